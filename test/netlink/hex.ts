/** Converts pairs of hexadecimal digits to bytes; ignores white space, and comments from `#` to the end of the line. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex'));
}
