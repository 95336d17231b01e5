import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DebianRoot, type Ended } from './root.ts';

/**
 * A system of Red Hat's family in a folder, to install packages in. The folder is in a Debian, which has the tools: rpm, its
 * database, its scriptlets and dnf are real. What cannot be had without that family's own packages: what the packages stand
 * on are a Debian's files (shell, C library, systemd), the package that ours replaces is written after its description, and
 * there is no SELinux.
 */
export class RedHatRoot {
  readonly #outside: DebianRoot;
  readonly #folder: string;

  private constructor(outside: DebianRoot, folder: string) {
    this.#outside = outside;
    this.#folder = folder;
  }

  /**
   * Makes one, with a repository of packages.
   *
   * @param folder for temporary files
   * @param specs of packages to make, by path
   * @param packages other packages, by path
   */
  static async create(
    folder: string,
    specs: readonly string[],
    packages: readonly string[],
  ): Promise<RedHatRoot> {
    const outside = await DebianRoot.create(['createrepo-c', 'dnf', 'rpm', 'rpmlint', 'systemd']);
    const root = new RedHatRoot(outside, folder);
    root.outside('mkdir -p /red /repository /etc/yum.repos.d');
    for (const file of specs)
      root.bring(file, 'package.spec', 'rpmbuild -bb --quiet --define "_rpmdir /repository" /package.spec');
    for (const file of packages)
      root.bring(file, 'package.rpm', `mv /package.rpm /repository/${file.replace(/^.*\//, '')}`);
    root.outside(`createrepo_c --quiet /repository
      printf '[local]\\nname=local\\nbaseurl=file:///repository\\nenabled=1\\ngpgcheck=0\\n' >/etc/yum.repos.d/local.repo`);
    return root;
  }

  /** Puts a file where the tools are, and runs a script there. */
  bring(file: string, name: string, script: string): void {
    const copy = join(this.#folder, 'brought');
    copyFileSync(file, copy);
    this.#outside.bring(copy, name);
    // The root has a link to it.
    rmSync(copy);
    this.outside(script);
  }

  /** Makes the system as it is before any package is in it. */
  renew(): void {
    // What earlier calls have mounted below has ended with them, and nothing is mounted in this one.
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

  /** Runs a script where rpm and dnf are, with the system in `/red`; returns what it says. */
  outside(script: string): string {
    const { code, output } = this.attempt(script);
    if (code !== 0) throw new Error(`${script}\n${output}`);
    return output;
  }

  /** Runs a script there, whether it succeeds or not. */
  attempt(script: string): Ended {
    return this.#outside.run(`
      if [ -d /red/proc ]; then
        mount --bind /proc /red/proc
        for device in null zero urandom; do mount --bind /dev/$device /red/dev/$device; done
      fi
      ${script}`);
  }

  /** Runs a script in the system. */
  inside(script: string): Ended {
    const quoted = script.replaceAll("'", "'\\''");
    return this.attempt(`exec chroot /red /bin/sh -c '${quoted}'`);
  }

  dispose(): void {
    this.#outside.dispose();
  }
}
