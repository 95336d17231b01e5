import stringWidth from 'string-width';

const ascii = /^[\x20-\x7e]*$/;

/** Returns the number of terminal columns of a text without escape sequences; names may have wide or combining characters. */
export function displayWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

/** Returns the longest suffix that fits into `width` columns, with no part of a character. */
export function endWithin(text: string, width: number): string {
  if (ascii.test(text)) return text.slice(Math.max(0, text.length - width));
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  let first = characters.length;
  let columns = 0;
  while (first > 0) {
    columns += stringWidth(characters[first - 1] ?? '');
    if (columns > width) break;
    first--;
  }
  return characters.slice(first).join('');
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
