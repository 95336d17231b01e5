import { spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../lab/cache.ts';
import { output, which } from '../lab/child.ts';
import { findDebianMirror, type Mirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';
import { program } from '../lab/debian/tree.ts';

/** Exit code of a program in a root, and its output on both streams. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/**
 * A Debian system in a folder, for installing packages. Each call runs its programs in new namespaces: all processes and mounts
 * end with the call. Requires root, or user namespaces.
 */
export class DebianRoot {
  readonly #base: string;

  private constructor(base: string) {
    this.#base = base;
  }

  /** Creates a system of this machine's suite with these packages installed. */
  static async create(packages: readonly string[]): Promise<DebianRoot> {
    const image = await imageWith(packages);
    const base = mkdtempSync(join(tmpdir(), 'ipvsadm-root-'));
    // Users of the system, mapped to other ids outside, need access, too.
    chmodSync(base, 0o755);
    const root = new DebianRoot(base);
    const { code, output } = root.#inNamespaces('mkdir "$1/root" && tar -xf "$2" -C "$1/root"', base, image);
    if (code !== 0) throw new Error(`cannot unpack the Debian system: ${output}`);
    return root;
  }

  /** Path of the system's root. */
  get folder(): string {
    return join(this.#base, 'root');
  }

  /** Runs a shell script in the system as root, without network. */
  run(script: string): Ended {
    return this.#inNamespaces(
      `mount -t proc proc "$1/root/proc" && mount -t tmpfs tmpfs "$1/root/tmp" || exit 90
      for device in null zero urandom; do
        [ -c "$1/root/dev/$device" ] || : >"$1/root/dev/$device"
        mount --bind "/dev/$device" "$1/root/dev/$device" || exit 90
      done
      exec chroot "$1/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \\
        DEBIAN_FRONTEND=noninteractive sh -c "$2"`,
      this.#base,
      script,
    );
  }

  /** Makes a file, which must be on the file system of temporary files, available as `/name` in the system, as a hard link. */
  bring(file: string, name: string): void {
    linkSync(file, join(this.#base, name));
    const { code, output } = this.#inNamespaces(
      'rm -f "$1/root/$2" && mv "$1/$2" "$1/root/$2"',
      this.#base,
      name,
    );
    if (code !== 0) throw new Error(output);
  }

  read(path: string): string {
    return readFileSync(join(this.#base, 'root', path), 'utf8');
  }

  dispose(): void {
    this.#inNamespaces('rm -rf "$1/root"', this.#base);
    rmSync(this.#base, { recursive: true });
  }

  #inNamespaces(script: string, ...args: readonly string[]): Ended {
    const mapped = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user', '--map-auto'];
    const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--propagation', 'private'];
    const options = [...mapped, ...namespaces, '--fork', '--kill-child'];
    const { status, stdout, stderr, error } = spawnSync(
      'unshare',
      [...options, 'sh', '-c', script, 'sh', ...args],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    if (error) throw error;
    return { code: status, output: stdout + stderr };
  }
}

/** Returns a Debian with these packages as an archive, which is cached. */
async function imageWith(packages: readonly string[]): Promise<string> {
  const mirror = await findDebianMirror();
  const mmdebstrap =
    (await which('mmdebstrap')) ?? (await program(await debianTool(mirror, 'mmdebstrap'), 'mmdebstrap'));
  const folder = await cached(`${mirror.suite}-root-${[...packages].sort().join('-')}`, async (made) => {
    process.stderr.write(`lab: making a Debian ${mirror.suite} with ${packages.join(', ')}\n`);
    await output(mmdebstrap, [
      ...options(mirror, packages),
      mirror.suite,
      join(made, 'image.tar'),
      source(mirror),
    ]);
  });
  return join(folder, 'image.tar');
}

function options({ keyring }: Mirror, packages: readonly string[]): string[] {
  return [
    '--quiet',
    '--mode=unshare',
    '--variant=minbase',
    `--keyring=${keyring}`,
    `--include=${packages.join(',')}`,
  ];
}

function source({ site, suite, keyring }: Mirror): string {
  return `deb [signed-by=${keyring}] ${site} ${suite} main`;
}
