import { z } from 'zod';
import { isLegalName } from './names.ts';

/** Schema of a number that counts from 1. */
export const ordinal = z.number().int().positive();

/** Schema of the name of a director. */
export const directorName = z.string().refine(isLegalName, 'it is no name of a director');

/** Longest time in a document, in seconds: the longest that a command line can give. A date so much later is still one. */
export const longestTime = 9_999_999 * 3600;

/** Schema of a time in seconds. */
export const seconds = z.number().int().min(0).max(longestTime);

/** Schema of a timestamp such as `2026-11-28T22:00:00.000Z`. */
export const moment = z.iso.datetime();

/** Maximum length of a remark, in characters. */
export const longestRemark = 1000;

/** Schema of free text, such as a name, message or reason. */
export const remark = z.string().max(longestRemark);

/**
 * Schema of a sentence that a program builds, from names, messages of others or other sentences. A longer one is cut when it is
 * written: nothing must fail because its explanation is long.
 */
export const sentence = cutTo(longestRemark);

/** Schema of a sentence of which a document has one for each director: the whole fleet has to fit into one value of the store. */
export const shortSentence = cutTo(300);

function cutTo(length: number) {
  return z.string().transform((text) => cut(text, length));
}

/** Schema of a list of which a document has the first `length` items: others may have written more. */
export function first<Item extends z.ZodType>(length: number, item: Item) {
  return z.array(item).transform((items) => items.slice(0, length));
}

/** Returns a text of at most `length` characters; a longer one is cut, and ends with an ellipsis. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
