import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeWithTypeScript, projectFolder } from '../lab/project.ts';
import { DebianRoot, type Ended } from './root.ts';

/** Version of our packages. */
export const version: string = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')).version;

/** Name of the package file that `npm run build:rpm` creates. */
const packageFile = `ipvsadm-ts-${version}.x86_64.rpm`;

/**
 * A system of Red Hat's family in a folder, for installing packages. The folder is in a Debian system with the tools: rpm, its
 * database, its scriptlets and dnf are real. As none of that family's own packages are used, the dependencies (shell, C library,
 * systemd) are Debian's files, the package that ours replaces is an imitation, and there is no SELinux.
 */
export class RedHatRoot {
  readonly #outside: DebianRoot;
  readonly #folder: string;

  private constructor(outside: DebianRoot, folder: string) {
    this.#outside = outside;
    this.#folder = folder;
  }

  /**
   * Creates a system with a repository in `/repository`, which contains two releases of our package for x86_64, and the package
   * that it replaces.
   *
   * @param folder folder for temporary files
   * @returns the system, which is empty until {@link renew}
   */
  static async create(folder: string): Promise<RedHatRoot> {
    const outside = await DebianRoot.create(['createrepo-c', 'dnf', 'rpm', 'rpmlint', 'systemd']);
    const root = new RedHatRoot(outside, folder);
    root.outside('mkdir -p /red /repository /etc/yum.repos.d');
    for (const spec of ['base', 'ipvsadm']) {
      const build = 'rpmbuild -bb --quiet --define "_rpmdir /repository" /package.spec';
      root.bring(join(import.meta.dirname, 'redhat', `${spec}.spec`), 'package.spec', build);
    }
    for (const release of ['1', '2']) {
      const options = ['--arch', 'x64', '--into', folder, '--release', release, '--fast'];
      command(...nodeWithTypeScript, join(projectFolder, 'packaging/rpm.ts'), ...options);
      root.bring(join(folder, packageFile), 'package.rpm', `mv /package.rpm /repository/${release}.rpm`);
    }
    root.outside(`createrepo_c --quiet /repository
      printf '[local]\\nname=local\\nbaseurl=file:///repository\\nenabled=1\\ngpgcheck=0\\n' >/etc/yum.repos.d/local.repo`);
    return root;
  }

  /** Path of the system's root. */
  get folder(): string {
    return join(this.#outside.folder, 'red');
  }

  /** Path of the repository. */
  get repository(): string {
    return join(this.#outside.folder, 'repository');
  }

  /** Makes a file available as `/name` where the tools are, and runs a script there. */
  bring(file: string, name: string, script: string): void {
    const copy = join(this.#folder, 'brought');
    copyFileSync(file, copy);
    this.#outside.bring(copy, name);
    // The system keeps its hard link.
    rmSync(copy);
    this.outside(script);
  }

  /** Resets the system to its state before any package is installed. */
  renew(): void {
    // Mounts of earlier calls ended with those, and this call mounts nothing, so removing /red is safe.
    const { code, output } = this.#outside.run(`set -e
      rm -rf --one-file-system /red
      mkdir -p /red/dev /red/proc /red/run /red/tmp /red/var/lib /red/etc/systemd/system-preset
      cp -al /usr /red/usr && ln -s usr/bin usr/sbin usr/lib usr/lib64 /red
      cp -a /etc/passwd /etc/group /red/etc
      for device in null zero urandom; do : >/red/dev/$device; done
      # As Red Hat's systems do.
      echo 'disable *' >/red/etc/systemd/system-preset/99-default-disable.preset`);
    if (code !== 0) throw new Error(output);
    this.outside('rpm --root /red -i /repository/noarch/base-*.rpm');
  }

  /** Runs a script where rpm and dnf are, with the system in `/red`; returns its output. Throws if it fails. */
  outside(script: string): string {
    const { code, output } = this.attempt(script);
    if (code !== 0) throw new Error(`${script}\n${output}`);
    return output;
  }

  /** Runs a script like {@link outside}, but returns the exit code instead of throwing. */
  attempt(script: string): Ended {
    return this.#outside.run(`
      if [ -d /red/proc ]; then
        mount --bind /proc /red/proc
        for device in null zero urandom; do mount --bind /dev/$device /red/dev/$device; done
      fi
      ${script}`);
  }

  /** Runs a script inside the system. */
  inside(script: string): Ended {
    const quoted = script.replaceAll("'", "'\\''");
    return this.attempt(`exec chroot /red /bin/sh -c '${quoted}'`);
  }

  dispose(): void {
    this.#outside.dispose();
  }
}

function command(program = '', ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout + stderr);
}
