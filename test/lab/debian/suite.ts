import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from '../child.ts';
import { LabUnavailable } from '../unavailable.ts';
import type { Mirror } from './mirror.ts';

/** One Debian suite, as seen by an apt whose lists and cache are its own: the machine's apt is not touched. */
export interface Suite {
  /** Returns the packages that must be installed on this machine for some packages to work, including these. */
  closure(packages: readonly string[]): Promise<string[]>;
  /** Returns the first dependency of a package whose name matches. */
  dependency(of: string, name: RegExp): Promise<string>;
  /** Downloads packages into a folder, with progress on stderr. */
  download(packages: readonly string[], folder: string): Promise<void>;
}

/** Components of the archives that have the lab's packages. */
const components = { debian: 'main', ubuntu: 'main universe' };

const opened = new Map<string, Promise<Suite>>();

/** Returns a suite, whose package lists are fetched once per process. */
export function debianSuite(mirror: Mirror, name: string): Promise<Suite> {
  const suite = opened.get(name) ?? openSuite(mirror, name);
  opened.set(name, suite);
  return suite;
}

async function openSuite({ distribution, site, keyring }: Mirror, name: string): Promise<Suite> {
  const state = await mkdtemp(join(tmpdir(), 'ipvsadm-apt-'));
  process.once('exit', () => rmSync(state, { recursive: true, force: true }));
  await mkdir(join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(
    join(state, 'sources.list'),
    `deb [signed-by=${keyring}] ${site} ${name} ${components[distribution]}\n`,
  );
  const settings = {
    'Dir::Etc::SourceList': join(state, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::lists': join(state, 'lists'),
    'Dir::Cache': join(state, 'cache'),
    'APT::Sandbox::User': '',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Debug::NoLocking': '1',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);

  process.stderr.write(`lab: reading the package lists of ${distribution} ${name}\n`);
  await output('apt-get', [...options, '-q', 'update']).catch((error: Error) => {
    throw new LabUnavailable(
      `The lab cannot read the package lists of ${distribution} ${name}: ${error.message}`,
    );
  });
  return {
    closure: async (packages) => {
      const install = ['install', '--reinstall', '--no-install-recommends', '--print-uris', '-qq', '-y'];
      return parseUris(await output('apt-get', [...options, ...install, ...packages]));
    },
    dependency: async (of, name) => {
      const lines = await output('apt-cache', [...options, 'depends', '--important', of]);
      const found = /Depends: (\S+)/g;
      for (const [, dependency] of lines.matchAll(found))
        if (dependency && name.test(dependency)) return dependency;
      throw new LabUnavailable(`Debian's ${of} has no dependency like ${name}.`);
    },
    download: async (packages, folder) => {
      // apt's own progress, on our stderr: a percentage on a terminal, else a line per package with its size.
      const child = spawn('apt-get', [...options, 'download', ...packages], {
        cwd: folder,
        stdio: ['ignore', 2, 2],
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0)
        throw new LabUnavailable(`Downloading from ${distribution} ${name} failed (${packages.join(' ')}).`);
    },
  };
}

/** Returns the names of packages from lines like `'URI' name_version_arch.deb size hash`. */
function parseUris(lines: string): string[] {
  return [...lines.matchAll(/^'[^']+' ([^_\s]+)_\S+\.deb /gm)].flatMap(([, name]) => (name ? [name] : []));
}
