// Makes dist/ipvsadm-ts-VERSION.x86_64.rpm and dist/ipvsadm-ts-VERSION.aarch64.rpm.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, architectureNames, architectures } from './architecture.ts';
import { makePackages, type PackagingOptions, packagingTool } from './artefact.ts';
import { copyright } from './copyright.ts';
import {
  commonContents,
  docFolder,
  layOut,
  packageName,
  put,
  putExecutable,
  unitFolder,
  units,
} from './layout.ts';
import { run, sourceDate, text, version } from './project.ts';
import { findRpmbuild, type Program } from './rpmbuild.ts';

const settings = '/etc/sysconfig/ipvsadm-config';
const libexec = `usr/libexec/${packageName}`;
const actions = 'usr/libexec/initscripts/legacy-actions/ipvsadm';

/**
 * The executable's path below /usr. In /usr/sbin, Red Hat's SELinux policy would grant it only the few rights of the other
 * ipvsadm, which neither compiles code nor opens connections.
 */
const executable = `libexec/${packageName}/ipvsadm`;

const common = commonContents(executable, unitsForRedHat());

/** Further files of the package: their paths and contents. */
const own: Readonly<Record<string, string>> = {
  [settings.slice(1)]: redhat('ipvsadm-config'),
  [`usr/${unitFolder}/ipvsadm.service.d/redhat.conf`]: redhat('ipvsadm.conf'),
  [`usr/${unitFolder}/ipvsadm-sync.service.d/redhat.conf`]: redhat('ipvsadm-sync.conf'),
  [`usr/${docFolder}/copyright`]: copyright('included'),
};

const scripts: Readonly<Record<string, string>> = {
  [`${libexec}/service`]: redhat('service'),
  [`${actions}/save`]: redhat('action').replaceAll('@action@', 'save'),
  [`${actions}/status`]: redhat('action').replaceAll('@action@', 'status'),
};

/** Folders that only this package has. */
const folders = [
  `usr/${unitFolder}/ipvsadm.service.d`,
  `usr/${unitFolder}/ipvsadm-sync.service.d`,
  `usr/${docFolder}`,
  libexec,
  actions,
];

const files = [executable, ...Object.keys(common.files), ...Object.keys(common.links)]
  .map((path) => `usr/${path}`)
  .concat(Object.keys(own), Object.keys(scripts));

interface Options extends PackagingOptions {
  readonly release: string;
}

packagingTool(
  'npm run build:rpm --',
  'Builds RPM packages: ipvsadm-ts-VERSION.ARCHITECTURE.rpm.',
  architectureNames,
)
  .option('--release <number>', 'the release number of the package, after the version', '1')
  .action(async (options: Options) => {
    const rpmbuild = await findRpmbuild();
    makePackages(options, (architecture, folder) => make(rpmbuild, architecture, folder, options));
  })
  .parseAsync();

function make(
  rpmbuild: Program,
  architecture: Architecture,
  folder: string,
  { release, fast }: Options,
): string | undefined {
  const tree = join(folder, 'tree');
  layOut(join(tree, 'usr'), common);
  layOut(tree, { files: own, links: {} });
  for (const [path, content] of Object.entries(scripts)) put(join(tree, path), content, 0o755);
  if (!putExecutable(architecture, join(tree, 'usr', executable))) return undefined;

  const specFile = join(folder, 'package.spec');
  writeFileSync(specFile, spec(architecture, tree, release));
  const { redhat } = architectures[architecture];
  const macros: Readonly<Record<string, string>> = {
    _topdir: folder,
    _dbpath: join(folder, 'db'),
    // rpm 4.11, of the oldest systems with the required C library, can read this compression. Its output depends on whether
    // there are several threads, not on their number.
    _binary_payload: fast ? 'w1.gzdio' : 'w6T2.xzdio',
    // The same source makes the same package.
    _buildhost: 'localhost',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    source_date_epoch_from_changelog: '0',
    // The executable is the runtime as its authors built it, with the program appended, which stripping would cut off.
    debug_package: '%{nil}',
    __os_install_post: '%{nil}',
    _build_id_links: 'none',
  };
  const defined = Object.entries(macros).flatMap(([macro, value]) => ['--define', `${macro} ${value}`]);
  const env = { ...rpmbuild.env, HOME: folder, SOURCE_DATE_EPOCH: String(sourceDate()), LC_ALL: 'C' };
  const args = ['-bb', '--quiet', '--target', `${redhat}-linux`, ...defined, specFile];
  if (!run(rpmbuild.file, args, folder, env)) return undefined;
  const file = join(folder, `${packageName}-${version}.${redhat}.rpm`);
  renameSync(join(folder, 'RPMS', redhat, `${packageName}-${version}-${release}.${redhat}.rpm`), file);
  return file;
}

/** Returns the spec of the package of an architecture, whose files are below `tree`. */
function spec(architecture: Architecture, tree: string, release: string): string {
  const changelog = text('packaging/debian/changelog');
  const [, entry = ''] = /^ {2}\* (.*)$/m.exec(changelog) ?? [];
  const [, day, date, month, year] = /^ -- .*> {2}(\w+), (\d+) (\w+) (\d+) /m.exec(changelog) ?? [];
  const names = Object.keys(units);
  const values: Readonly<Record<string, string>> = {
    version,
    release,
    tree,
    files: [...folders.map((path) => `%dir /${path}`), ...files.map((path) => listed(`/${path}`))].join('\n'),
    processor: architecture === 'x64' ? text('packaging/check-processor.sh').trimEnd() : '',
    unit: `/usr/${unitFolder}/ipvsadm.service`,
    units: names.join(' '),
    otherUnits: names.filter((unit) => unit !== 'ipvsadm.service').join(' '),
    exchange: '/run/ipvsadm-ts.exchange',
    changelogDate: `${day} ${month} ${date} ${year}`,
    changelog: entry,
  };
  return redhat('ipvsadm-ts.spec').replace(/@(\w+)@/g, (all, word: string) => values[word] ?? all);
}

/** Returns the line of a file in the spec's list. */
function listed(path: string): string {
  if (path === settings) return `%config(noreplace) ${path}`;
  return /^\/usr\/share\/(man|doc)\//.test(path) ? `%doc ${path}` : path;
}

/** Returns the units, with the paths of settings as in Red Hat's family. */
function unitsForRedHat(): Record<string, string> {
  const moved = (words: string) =>
    words
      .replaceAll('/etc/default/ipvsadm-agent', '/etc/sysconfig/ipvsadm-agent')
      .replaceAll(/\/etc\/default\/ipvsadm\b(?!-)/g, settings);
  return Object.fromEntries(Object.entries(units).map(([unit, words]) => [unit, moved(words)]));
}

function redhat(file: string): string {
  return text(join('packaging/redhat', file));
}
