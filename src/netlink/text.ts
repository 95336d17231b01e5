/** Decodes UTF-8 up to a NUL or the end, as a copy. */
export function readText(view: DataView, start: number, length: number): string {
  // The kernel's names are short ASCII, for which every other way of decoding takes longer.
  let text = '';
  for (let at = start; at < start + length; at++) {
    const character = view.getUint8(at);
    if (character === 0) return text;
    if (character > 0x7f) return readUtf8(view, start, length);
    text += String.fromCharCode(character);
  }
  return text;
}

function readUtf8(view: DataView, start: number, length: number): string {
  const bytes = Buffer.from(view.buffer, view.byteOffset + start, length);
  const nul = bytes.indexOf(0);
  return bytes.toString('utf8', 0, nul < 0 ? bytes.length : nul);
}
