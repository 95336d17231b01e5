/** A file or folder of an archive; its kind is part of the mode, as in `stat(2)`. */
export interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly data?: Buffer;
}

/** Returns a cpio archive (format `newc`), which the Linux kernel can unpack as its initial file system. */
export function archive(entries: readonly Entry[]): Buffer {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(all.map((entry, index) => member(entry, index + 1)));
}

function member({ path, mode, data = Buffer.alloc(0) }: Entry, inode: number): Buffer {
  const [owner, group, links, time, device, check] = [0, 0, 1, 0, 0, 0];
  const name = Buffer.from(`${path}\0`);
  const numbers = [inode, mode, owner, group, links, time, data.length];
  const devices = [device, device, device, device];
  const fields = [...numbers, ...devices, name.length, check].map((field) =>
    field.toString(16).padStart(8, '0'),
  );
  return Buffer.concat([
    padded(Buffer.concat([Buffer.from(`070701${fields.join('')}`), name])),
    padded(data),
  ]);
}

/** Pads bytes to a multiple of four, as headers and contents begin at such offsets. */
function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
