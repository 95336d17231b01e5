import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { output, which } from '../child.ts';
import { LabUnavailable } from '../unavailable.ts';

/** What the lab has to know of this machine's package archive to fetch packages the way it does. */
export interface Mirror {
  readonly distribution: 'debian' | 'ubuntu';
  /** Address of the archive this machine uses. */
  readonly site: string;
  /** The machine's own suite, for example `bookworm`. */
  readonly suite: string;
  readonly keyring: string;
}

/** Reads the archive this machine's apt is configured for; throws {@link LabUnavailable} where there is none. */
export async function findMirror(): Promise<Mirror> {
  if (process.arch !== 'x64') throw new LabUnavailable('The lab knows kernels for x86-64 only.');
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

/** As {@link findMirror}, but a Debian's: only that has the lab's kernels. */
export async function findDebianMirror(): Promise<Mirror> {
  const mirror = await findMirror();
  if (mirror.distribution === 'debian') return mirror;
  throw new LabUnavailable("The lab's kernels are Debian packages, and this machine is not a Debian.");
}

/** The address from which this machine's apt gets the main part of a suite. */
async function archive(suite: string): Promise<string | undefined> {
  if (!(await which('apt-get')) || !(await which('dpkg-deb'))) return undefined;
  // Without the release files' help, as a fresh container has no package lists at all.
  const format = '$(SITE) $(RELEASE) $(COMPONENT)';
  const targets = await output('apt-get', ['indextargets', '--no-release-info', '--format', format]);
  return targets
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, release, component]) => release === suite && component === 'main')?.[0];
}
