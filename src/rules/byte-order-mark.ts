const byteOrderMark = '\ufeff';

/** Returns a text without the byte order mark that some editors put at its beginning. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}
