import { z } from 'zod';

/** A number that counts from 1. */
export const ordinal = z.number().int().positive();

/** A moment, as `2026-11-28T22:00:00.000Z`. */
export const moment = z.iso.datetime();

/** The most characters of a text that somebody wrote. */
export const longestRemark = 1000;

/** A text that somebody wrote. */
export const remark = z.string().max(longestRemark);
