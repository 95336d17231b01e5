import stringWidth from 'string-width';

const ascii = /^[\x20-\x7e]*$/;

/** Columns that a text without escape sequences takes on a terminal: names from outside may be wide, or combine. */
export function displayWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/** Length of the longest beginning of a text, in UTF-16 units, that fits into `width` columns; one sign at least. */
export function lengthWithin(text: string, width: number): number {
  if (ascii.test(text)) return width;
  let columns = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    columns += stringWidth(segment);
    if (columns > width && index > 0) return index;
  }
  return text.length;
}
