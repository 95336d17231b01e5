import type { OpenFile } from '../port.ts';
import { readSome } from './descriptors.ts';
import { libc } from './libc.ts';

/** `O_RDONLY | O_CLOEXEC` of <fcntl.h>, on x86-64 and arm64. */
const readOnly = 0x80000;

/** Opens a file, as {@link Platform.openFile} says. */
export function openFile(path: string): OpenFile {
  const opened = libc.open(new TextEncoder().encode(`${path}\0`), readOnly, 0);
  // Repeated by node:fs, which throws the error that describes the failure.
  const descriptor = opened >= 0 ? opened : process.getBuiltinModule('node:fs').openSync(path, 'r');
  return {
    read: (block, at) => readSome(descriptor, block, at),
    close: () => {
      libc.close(descriptor);
    },
  };
}
