import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FleetError } from '../fleet-error.ts';

/** Largest part of a revision's rules, in bytes: etcd allows requests of up to 1.5 MiB. */
export const partSize = 1024 * 1024;

/** Rules in the form in which they are stored: gzipped, in parts. */
export interface Packed {
  /** SHA-256 of the rules. */
  readonly sha256: string;
  /** Length of the rules in bytes, before compression. */
  readonly bytes: number;
  /** SHA-256 of the gzipped rules: of all parts together. */
  readonly packed: string;
  readonly parts: readonly Uint8Array[];
}

/** Compresses rules with gzip, and splits them into parts of at most {@link partSize} bytes. */
export function pack(rules: string): Packed {
  const text = Buffer.from(rules);
  const packed = gzipSync(text, { level: 9 });
  const parts = [];
  for (let at = 0; at < packed.length; at += partSize) parts.push(packed.subarray(at, at + partSize));
  return { sha256: sha256Of(text), bytes: text.length, packed: sha256Of(packed), parts };
}

/** Error for rules in the store that are not what was published. */
export class ContentsError extends FleetError {
  override readonly name = 'ContentsError';
}

/**
 * Decompresses rules, and verifies them.
 *
 * @throws {ContentsError} if they are not gzip, or their length or checksum differs from what was published.
 */
export function unpack({ sha256, bytes, parts }: Omit<Packed, 'packed'>): string {
  const text = unzip(Buffer.concat(parts), bytes);
  if (text.length !== bytes || sha256Of(text) !== sha256) {
    throw new ContentsError('the checksum of the rules is wrong');
  }
  return text.toString('utf8');
}

function unzip(packed: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: Math.max(maxBytes, 1) });
  } catch (error) {
    throw new ContentsError('the rules cannot be unpacked', { cause: error });
  }
}

/** Returns the SHA-256 in hexadecimal. */
export function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
