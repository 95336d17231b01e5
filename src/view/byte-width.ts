// ipvsadm 1.31 lays its listings out with printf(3), which counts the bytes of a name, not its characters.

/** Pads a text with blanks to `width` bytes of UTF-8. */
export function padToBytes(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - Buffer.byteLength(text)));
}
