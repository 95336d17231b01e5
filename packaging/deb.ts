// Makes dist/ipvsadm-ts_VERSION_amd64.deb, and the package for arm64 on request.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, architectures } from './architecture.ts';
import { makePackages, type PackagingOptions, packagingTool } from './artefact.ts';
import { copyright } from './copyright.ts';
import {
  commonContents,
  compressed,
  docFolder,
  layOut,
  packageName,
  put,
  putExecutable,
  unitFolder,
} from './layout.ts';
import { project, run, sourceDate, text, version } from './project.ts';

/** The executable's path below /usr. */
const executable = 'sbin/ipvsadm';

const common = commonContents(executable);

/** Further files of the package: their paths and contents. */
const own: Readonly<Record<string, string | Buffer>> = {
  'etc/default/ipvsadm': debian('ipvsadm.default'),
  'etc/ipvsadm.rules': debian('ipvsadm.rules'),
  [`usr/${unitFolder}/ipvsadm.service.d/auto.conf`]: debian('auto.conf'),
  [`usr/${unitFolder}/ipvsadm-sync.service.d/retry.conf`]: debian('retry.conf'),
  [`usr/${docFolder}/changelog.gz`]: compressed(debian('changelog')),
  [`usr/${docFolder}/copyright`]: copyright('in Debian'),
  [`usr/share/lintian/overrides/${packageName}`]: debian('lintian-overrides'),
};

/** All files of the package except links. */
const files = [executable, ...Object.keys(common.files)]
  .map((path) => `usr/${path}`)
  .concat(Object.keys(own));

packagingTool('npm run build:deb --', 'Builds Debian packages: ipvsadm-ts_VERSION_ARCHITECTURE.deb.', ['x64'])
  .action((options: PackagingOptions) => {
    const [, latest] = /^\S+ \((.*)\)/.exec(debian('changelog')) ?? [];
    if (latest === version)
      return makePackages(options, (architecture, folder) => make(architecture, folder, options));
    process.stderr.write(
      `packaging/debian/changelog has version ${latest}, but package.json has ${version}\n`,
    );
    process.exitCode = 1;
  })
  .parse();

function make(architecture: Architecture, folder: string, { fast }: PackagingOptions): string | undefined {
  const root = join(folder, 'root');
  const { debian } = architectures[architecture];
  layOut(join(root, 'usr'), common);
  layOut(root, { files: own, links: {} });
  if (!putExecutable(architecture, join(root, 'usr', executable))) return undefined;
  putControl(join(root, 'DEBIAN'), root, debian);

  const file = join(folder, `${packageName}_${version}_${debian}.deb`);
  // No file in the package is younger, so that the same source makes the same package.
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(sourceDate()) };
  // Debian 11 supports no compression newer than xz.
  const compression = fast ? ['-Zgzip', '-z1'] : ['-Zxz'];
  const done = run('dpkg-deb', ['--root-owner-group', ...compression, '--build', root, file], project, env);
  return done ? file : undefined;
}

/** Writes the control files of a package, whose files are below `root`, into a folder. */
function putControl(folder: string, root: string, architecture: string): void {
  const control = (name: string, content: string, mode?: number) => put(join(folder, name), content, mode);
  const conffiles = files.filter((path) => path.startsWith('etc/'));
  const size = files.reduce((sum, path) => sum + Math.ceil(statSync(join(root, path)).size / 1024), 0);
  const sums = files
    .filter((path) => !conffiles.includes(path))
    .map((path) => `${md5(join(root, path))}  ${path}\n`);
  const fields = `Version: ${version}\nArchitecture: ${architecture}\nInstalled-Size: ${size}\n`;
  control('control', debian('control').replace(/(?<=^Package: .*\n)/, fields));
  control('conffiles', conffiles.map((path) => `/${path}\n`).join(''));
  control('md5sums', sums.join(''));
  // preinst contains the configuration files that dpkg will unpack.
  const preinst = debian('preinst').replace(/^@(.*)@\n/gm, (_, file: string) => debian(file));
  control('preinst', preinst, 0o755);
  for (const script of ['postinst', 'prerm', 'postrm']) control(script, debian(script), 0o755);
}

function md5(file: string): string {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}

function debian(file: string): string {
  return text(join('packaging/debian', file));
}
