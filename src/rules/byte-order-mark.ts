const byteOrderMark = '\ufeff';

/** Returns a text without the byte order mark that some editors put at its beginning. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

/** Returns the number of bytes of the byte order mark at the beginning of a text in UTF-8; 0 where there is none. */
export function byteOrderMarkLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
