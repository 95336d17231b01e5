/** The bytes that pairs of hexadecimal digits denote; white space and what follows a `#` on a line is for readers. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex'));
}
