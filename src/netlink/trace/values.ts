/** Maximum number of bytes of a value that are shown. */
const maxBytes = 64;

/** Formats bytes in hexadecimal, only the first ones if there are many. */
export function hex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, maxBytes)).toString('hex');
  const more = bytes.length > maxBytes ? `… (${bytes.length} bytes)` : '';
  return bytes.length === 0 ? 'empty' : `0x${shown}${more}`;
}

/** Formats an address of 4 or 16 bytes; any other bytes in hexadecimal. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return hex(bytes);
  return Array.from({ length: 8 }, (_, group) =>
    (((bytes[2 * group] ?? 0) << 8) | (bytes[2 * group + 1] ?? 0)).toString(16),
  ).join(':');
}
