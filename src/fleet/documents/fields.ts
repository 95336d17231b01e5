import { z } from 'zod';
import { isLegalName } from './names.ts';

/** Schema of a number that counts from 1. */
export const ordinal = z.number().int().positive();

/** Schema of the name of a director. */
export const directorName = z.string().refine(isLegalName, 'it is no name of a director');

/** Schema of a timestamp such as `2026-11-28T22:00:00.000Z`. */
export const moment = z.iso.datetime();

/** Maximum length of a remark, in characters. */
export const longestRemark = 1000;

/** Schema of free text, such as a name, message or reason. */
export const remark = z.string().max(longestRemark);
