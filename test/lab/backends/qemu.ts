import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { output, which } from '../child.ts';
import { findDebianMirror, type Mirror } from '../debian/mirror.ts';
import { unpack } from '../debian/packages.ts';
import { debianSuite } from '../debian/suite.ts';
import { debianTool } from '../debian/tool.ts';
import { libraryFolders, program } from '../debian/tree.ts';
import { toolbox } from '../toolbox.ts';
import type { Backend, Boot, Command, KernelName } from './backend.ts';
import { buildInitrd } from './initrd.ts';

/** Debian 12's own kernel, on an emulated machine. */
export const debian12 = debianKernel('6.1', 'bookworm');
/** Debian 13's own kernel, on an emulated machine. */
export const debian13 = debianKernel('6.12', 'trixie');

function debianKernel(name: KernelName, suite: string): Backend {
  return {
    name,
    async prepare() {
      const mirror = await findDebianMirror();
      const kernel = await fetchKernel(mirror, suite);
      const emulator = await findEmulator(mirror);
      const busybox = await program(await debianTool(mirror, 'busybox-static'), 'busybox');
      return {
        tools: await toolbox(mirror),
        settings: { LAB_MODULES: kernel, LAB_CONSOLE: '/dev/ttyS0' },
        scripts: ['qemu-start.sh'],
        async command(boot) {
          const initrd = join(boot.folder, 'initrd');
          await writeFile(initrd, await buildInitrd(kernel, busybox));
          return command(emulator, join(kernel, 'vmlinuz'), initrd, boot);
        },
      };
    },
  };
}

/** Returns a cached folder with the kernel, `vmlinuz`, and its modules in `lib/modules`. */
async function fetchKernel(mirror: Mirror, name: string): Promise<string> {
  const depmod = (await which('depmod')) ?? (await program(await debianTool(mirror, 'kmod'), 'depmod'));
  return cached(`kernel-${name}`, async (root) => {
    const suite = await debianSuite(mirror, name);
    const version = /^linux-image-(\d.*)$/;
    const image = await suite.dependency('linux-image-amd64', version);
    await unpack(suite.download, [image], root);
    const [, release = ''] = version.exec(image) ?? [];
    await rename(join(root, 'boot', `vmlinuz-${release}`), join(root, 'vmlinuz'));
    if (!(await readdir(root)).includes('lib')) await rename(join(root, 'usr/lib'), join(root, 'lib'));
    await output(depmod, ['-b', root, release]);
  });
}

interface Emulator {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Returns this machine's QEMU, or Debian's from the cache. */
async function findEmulator(mirror: Mirror): Promise<Emulator> {
  const installed = await which('qemu-system-x86_64');
  if (installed) return { file: installed, args: [], env: process.env };
  const tree = await debianTool(mirror, 'qemu-system-x86');
  const firmware = ['usr/share/qemu', 'usr/share/seabios'].map((folder) => join(tree, folder));
  const libraries = libraryFolders(tree);
  return {
    file: await program(tree, 'qemu-system-x86_64'),
    args: firmware.flatMap((folder) => ['-L', folder]),
    env: {
      ...process.env,
      // QEMU loads its modules from the path that it was built for, unless this variable is set.
      QEMU_MODULE_DIR: libraries.map((folder) => join(folder, 'qemu')).at(-1),
      LD_LIBRARY_PATH: libraries.join(':'),
    },
  };
}

async function command(emulator: Emulator, kernel: string, initrd: string, boot: Boot): Promise<Command> {
  const { folder, results, memory = '3G' } = boot;
  const shared = 'local,security_model=none,multidevs=remap';
  return {
    file: emulator.file,
    env: emulator.env,
    args: [
      ...emulator.args,
      // Not the smaller `microvm`: on a busy host Linux fails to calibrate the processor's clock, and that machine has no other.
      ...['-M', 'q35,smbus=off,sata=off', '-accel', 'tcg,thread=multi', '-cpu', 'max'],
      ...['-smp', '2', '-m', memory, '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...['-kernel', kernel, '-initrd', initrd],
      ...['-append', `console=ttyS1 quiet panic=-1 reboot=t mitigations=off LAB=${folder}`],
      ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
      // Kernel messages go to stderr, away from a user's terminal.
      ...['-chardev', 'socket,id=kernel,fd=2', '-serial', 'chardev:kernel'],
      ...['-fsdev', `${shared},id=root,path=/,readonly=on`],
      ...['-device', 'virtio-9p-pci,fsdev=root,mount_tag=root'],
      ...['-fsdev', `${shared},id=results,path=${results.replaceAll(',', ',,')}`],
      ...['-device', 'virtio-9p-pci,fsdev=results,mount_tag=results'],
      ...['-device', 'virtio-serial-pci'],
      ...[1, 2, 3].flatMap((port) => [
        ...['-chardev', `socket,id=port${port},fd=${port + 2}`],
        ...['-device', `virtserialport,chardev=port${port},nr=${port}`],
      ]),
    ],
  };
}
