import stringWidth from 'string-width';

const ascii = /^[\x20-\x7e]*$/;

/** Returns the number of terminal columns of a text without escape sequences; names may have wide or combining characters. */
export function displayWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/** Returns the length, in UTF-16 units, of the longest prefix that fits into `width` columns; one character at least. */
export function lengthWithin(text: string, width: number): number {
  if (ascii.test(text)) return width;
  let columns = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    columns += stringWidth(segment);
    if (columns > width && index > 0) return index;
  }
  return text.length;
}
