import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { outputBytes } from '../child.ts';
import { archive } from './cpio.ts';

/** Kernel modules needed to mount this machine's files, and to pass a program's output to this machine. */
const modules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console'];

/** Returns the initial file system of an emulated machine: a shell, and modules and a script to mount the real root. */
export async function buildInitrd(kernel: string, busybox: string): Promise<Buffer> {
  const folder = join(kernel, 'lib/modules', await only(join(kernel, 'lib/modules')));
  const files = inOrder(modules, await readFile(join(folder, 'modules.dep'), 'utf8'));
  const contents = await Promise.all(files.map((file) => readModule(join(folder, file), busybox)));
  return archive([
    ...['dev', 'proc', 'bin', 'modules', 'lower', 'layer', 'root'].map((path) => ({ path, mode: 0o040755 })),
    {
      path: 'init',
      mode: 0o100755,
      data: await readFile(join(import.meta.dirname, '../guest/qemu-init.sh')),
    },
    { path: 'bin/busybox', mode: 0o100755, data: await readFile(busybox) },
    // Numbered, as they have to be loaded in this order.
    ...contents.map((data, index) => ({ path: `modules/${100 + index}.ko`, mode: 0o100644, data })),
  ]);
}

async function only(folder: string): Promise<string> {
  const [first, ...others] = await readdir(folder);
  if (!first || others.length > 0) throw new Error(`${folder} should contain exactly one entry`);
  return first;
}

/** Returns the files of modules, each one after its dependencies. A module built into the kernel has no file. */
function inOrder(names: readonly string[], modulesDep: string): string[] {
  const lines = modulesDep.split('\n').map((line) => line.split(/:? /));
  const wanted = names.flatMap((name) => {
    const line = lines.find(([file = '']) => basename(file).replace(/\.ko(\.xz)?:?$/, '') === name);
    return (
      line
        ?.map((file) => file.replace(/:$/, ''))
        .filter(Boolean)
        .reverse() ?? []
    );
  });
  return [...new Set(wanted)];
}

async function readModule(file: string, busybox: string): Promise<Buffer> {
  if (!file.endsWith('.xz')) return readFile(file);
  return outputBytes(busybox, ['xzcat', file]);
}
