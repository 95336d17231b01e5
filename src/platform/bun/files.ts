import type { OpenFile } from '../port.ts';
import { readSome } from './descriptors.ts';
import { libc } from './libc.ts';

/** `O_RDONLY | O_CLOEXEC` of <fcntl.h>, on x86-64 and arm64. */
const readOnly = 0x80000;

/** Implements {@link Platform.openFile}. */
export function openFile(path: string): OpenFile {
  const opened = libc.open(new TextEncoder().encode(`${path}\0`), readOnly, 0);
  // If it failed, node:fs repeats the call and throws the error that describes the failure.
  const descriptor = opened >= 0 ? opened : process.getBuiltinModule('node:fs').openSync(path, 'r');
  return {
    read: (block, at) => readSome(descriptor, block, at),
    close: () => {
      libc.close(descriptor);
    },
  };
}
