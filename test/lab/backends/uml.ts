import { copyFile, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { findPatchelf } from '../debian/elf.ts';
import { findDebianMirror, type Mirror } from '../debian/mirror.ts';
import { unpack } from '../debian/packages.ts';
import { debianSuite } from '../debian/suite.ts';
import { libraryFolders } from '../debian/tree.ts';
import { toolbox } from '../toolbox.ts';
import type { Backend, Boot, Command } from './backend.ts';
import { onOneProcessor } from './processor.ts';

/**
 * User-mode Linux: a whole kernel as one ordinary process. Debian's newest, as older ones do not start on recent
 * processors, with the C library it was built for.
 */
export const uml: Backend = {
  name: 'uml',
  async prepare() {
    const mirror = await findDebianMirror();
    const tree = await fetchKernel(mirror);
    return {
      tools: await toolbox(mirror),
      settings: { LAB_MODULES: tree, LAB_CONSOLE: '/dev/tty0', LAB_RINGS: loopHasRings() ? 'no' : 'yes' },
      scripts: ['uml-init.sh'],
      command: (boot) => command(join(tree, 'linux'), boot),
    };
  },
};

/**
 * Returns whether this Node's event loop maps io_uring rings, as libuv 1.49 and later do. The kernel cannot copy such a
 * mapping when a process forks: `Bad page map`, and a panic soon after.
 */
function loopHasRings(): boolean {
  const [major = 0, minor = 0] = (process.versions.uv ?? '').split('.').map(Number);
  return major > 1 || minor >= 49;
}

/** Returns a cached folder with the kernel, `linux`, and its modules in `lib/modules`. */
async function fetchKernel(mirror: Mirror): Promise<string> {
  const patchelf = await findPatchelf(mirror);
  return cached('uml', async (root, final) => {
    const sid = await debianSuite(mirror, 'sid');
    await unpack(sid.download, ['user-mode-linux', 'libc6'], root);
    const linux = join(root, 'linux');
    await copyFile(join(root, 'usr/bin/linux.uml'), linux);
    const libraries = libraryFolders(final).join(':');
    // The loader's path is patched into the binary: the kernel does not run when it is started through the loader.
    const loader = join(final, 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2');
    await patchelf('--set-interpreter', loader, '--set-rpath', libraries, linux);
    await rm(join(root, 'lib'), { recursive: true, force: true });
    await rename(join(root, 'usr/lib/uml'), join(root, 'lib'));
    await rm(join(root, 'usr/share'), { recursive: true, force: true });
    if ((await readdir(join(root, 'lib/modules'))).length === 0)
      throw new Error('user-mode-linux has no modules');
  });
}

async function command(linux: string, { folder, memory = '1G', anyProcessor }: Boot): Promise<Command> {
  // Kernel messages go to stderr, away from a user's terminal.
  const consoles = ['con=null', 'con0=fd:0,fd:1', 'con9=null,fd:2', 'console=tty9'];
  const streams = ['con1=null,fd:3', 'con2=null,fd:4', 'con3=null,fd:5'];
  // The faster way to run user processes, where the host supports it. It trusts them, which is fine for our own tests.
  const processes = 'seccomp=auto';
  const root = ['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro'];
  const init = [`init=${join(folder, 'uml-init.sh')}`, `LAB=${folder}`, `uml_dir=${folder}/`];
  const program = [linux, `mem=${memory}`, processes, ...root, 'quiet', ...init, ...consoles, ...streams];
  const [file = '', ...args] = anyProcessor ? program : await onOneProcessor(program);
  return {
    file,
    args,
    env: { ...process.env, TMPDIR: await memoryFolder(memory) },
  };
}

/** Returns the folder for the guest's memory, a file that is also executed: /dev/shm if it has room and is not noexec. */
async function memoryFolder(memory: string): Promise<string> {
  const wanted = Number.parseInt(memory, 10) * (memory.toUpperCase().endsWith('G') ? 2 ** 30 : 2 ** 20);
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: 0, bsize: 0 }));
  const mounts = await readFile('/proc/mounts', 'utf8');
  const noexec = / \/dev\/shm tmpfs \S*\bnoexec\b/.test(mounts); // as in containers
  return bavail * bsize > wanted && !noexec ? '/dev/shm' : tmpdir();
}
