import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { output, which } from '../child.ts';
import { LabUnavailable } from '../unavailable.ts';

/** The package archive of this machine, as far as the lab needs it to fetch packages. */
export interface Mirror {
  readonly distribution: 'debian' | 'ubuntu';
  /** Address of the archive. */
  readonly site: string;
  /** The machine's own suite, for example `bookworm`. */
  readonly suite: string;
  readonly keyring: string;
}

/** Returns the archive that this machine's apt is configured for; throws {@link LabUnavailable} if there is none. */
export async function findMirror(): Promise<Mirror> {
  if (process.arch !== 'x64') throw new LabUnavailable('The lab has kernels for x86-64 only.');
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const distribution = /^ID=(debian|ubuntu)$/m.exec(release)?.[1] as Mirror['distribution'] | undefined;
  const suite = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  const keyring = ['gpg', 'pgp']
    .map((ending) => `/usr/share/keyrings/${distribution}-archive-keyring.${ending}`)
    .find((path) => existsSync(path));
  const site = suite && (await archive(suite));
  if (distribution && suite && keyring && site) return { distribution, site, suite, keyring };
  throw new LabUnavailable(
    'The lab is made of Debian packages, and finds no archive of them on this machine.',
  );
}

/** Returns this machine's archive if it is Debian's, which alone has the lab's kernels; else throws {@link LabUnavailable}. */
export async function findDebianMirror(): Promise<Mirror> {
  const mirror = await findMirror();
  if (mirror.distribution === 'debian') return mirror;
  throw new LabUnavailable("The lab's kernels are Debian packages, but this machine does not run Debian.");
}

/** Returns the address from which this machine's apt gets the main part of a suite. */
async function archive(suite: string): Promise<string | undefined> {
  if (!(await which('apt-get')) || !(await which('dpkg-deb'))) return undefined;
  // Without release files, as a fresh container has no package lists at all.
  const format = '$(SITE) $(RELEASE) $(COMPONENT)';
  const targets = await output('apt-get', ['indextargets', '--no-release-info', '--format', format]);
  return targets
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, release, component]) => release === suite && component === 'main')?.[0];
}
