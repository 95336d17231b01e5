// Makes dist/ipvsadm-ts_VERSION_amd64.deb, and that for arm64 where it is asked for.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type Architecture,
  type ArchitectureWord,
  architectureOption,
  architectures,
  architecturesNamed,
} from './architecture.ts';
import { compile } from './compile.ts';
import { project, run, runtimeVersion, version } from './project.ts';
import { tool } from './tool.ts';

/** The package's name. That of Debian's is taken; it provides that. */
const name = 'ipvsadm-ts';

const units = 'usr/lib/systemd/system';
const doc = `usr/share/doc/${name}`;
const completions = 'usr/share/bash-completion/completions';

/** What the package holds beside the executable: a path, and the text there. */
const texts: Readonly<Record<string, string | Buffer>> = {
  'etc/default/ipvsadm': debian('ipvsadm.default'),
  'etc/ipvsadm.rules': debian('ipvsadm.rules'),
  [`${units}/ipvsadm.service`]: text('packaging/system/ipvsadm.service'),
  [`${units}/ipvsadm.service.d/auto.conf`]: debian('auto.conf'),
  [`${units}/ipvsadm-agent.service`]: text('packaging/system/ipvsadm-agent.service'),
  [`${units}/ipvsadm-sync.service`]: debian('ipvsadm-sync.service'),
  [`${completions}/ipvsadm`]: text('packaging/system/completion.bash'),
  'usr/share/man/man8/ipvsadm.8.gz': gzip(text('man/ipvsadm.8')),
  'usr/share/man/man8/ipvsadm-save.8.gz': gzip(text('man/ipvsadm-save.8')),
  'usr/share/man/man8/ipvsadm-restore.8.gz': gzip(text('man/ipvsadm-restore.8')),
  'usr/share/man/man8/ipvsadm-fleet.8.gz': gzip(text('man/ipvsadm-fleet.8')),
  [`${doc}/changelog.gz`]: gzip(debian('changelog')),
  [`${doc}/copyright`]: debian('copyright').replace('@bun@', runtimeVersion).replace('@MIT@', licence()),
  [`usr/share/lintian/overrides/${name}`]: debian('lintian-overrides'),
};

const links: Readonly<Record<string, string>> = {
  'usr/sbin/ipvsadm-save': 'ipvsadm',
  'usr/sbin/ipvsadm-restore': 'ipvsadm',
  'usr/sbin/ipvsadm-fleet': 'ipvsadm',
  [`${completions}/ipvsadm-save`]: 'ipvsadm',
  [`${completions}/ipvsadm-fleet`]: 'ipvsadm',
};

tool('npm run build:deb --', 'Makes Debian packages: ipvsadm-ts_VERSION_ARCHITECTURE.deb.')
  .addOption(architectureOption(['x64']))
  .option('--into <folder>', 'the folder for the packages', 'dist')
  .action(({ arch, into }: { readonly arch: readonly ArchitectureWord[]; readonly into: string }) => {
    process.exitCode = main(architecturesNamed(arch), into);
  })
  .parse();

/** Builds the packages; returns the exit status. */
function main(wanted: readonly Architecture[], into: string): number {
  const [, latest] = /^\S+ \((.*)\)/.exec(debian('changelog')) ?? [];
  if (latest !== version) {
    process.stderr.write(`packaging/debian/changelog ends at ${latest}, and package.json says ${version}\n`);
    return 1;
  }
  process.umask(0o022);
  return wanted.every((architecture) => build(architecture, into)) ? 0 : 1;
}

function build(architecture: Architecture, into: string): boolean {
  const root = mkdtempSync(join(tmpdir(), 'ipvsadm-deb-'));
  try {
    chmodSync(root, 0o755);
    return fill(root, architecture) && pack(root, architecture, into);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Lays out the package below `root`. */
function fill(root: string, architecture: Architecture): boolean {
  const executable = 'usr/sbin/ipvsadm';
  const put = (path: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content, { mode });
  };
  for (const [path, content] of Object.entries(texts)) put(path, content);
  mkdirSync(join(root, dirname(executable)), { recursive: true });
  if (!compile(architecture, join(root, executable))) return false;
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }

  const files = [executable, ...Object.keys(texts)];
  const conffiles = files.filter((path) => path.startsWith('etc/'));
  const size = files.reduce((sum, path) => sum + Math.ceil(statSync(join(root, path)).size / 1024), 0);
  const sums = files
    .filter((path) => !conffiles.includes(path))
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(root, path)))
          .digest('hex')}  ${path}\n`,
    );
  const fields = `Version: ${version}\nArchitecture: ${architectures[architecture].debian}\nInstalled-Size: ${size}\n`;
  put('DEBIAN/control', debian('control').replace(/(?<=^Package: .*\n)/, fields));
  put('DEBIAN/conffiles', conffiles.map((path) => `/${path}\n`).join(''));
  put('DEBIAN/md5sums', sums.join(''));
  // It has to know what dpkg will find.
  const preinst = debian('preinst').replace(/^@(.*)@\n/gm, (_, file: string) => debian(file));
  put('DEBIAN/preinst', preinst, 0o755);
  for (const script of ['postinst', 'prerm', 'postrm']) put(`DEBIAN/${script}`, debian(script), 0o755);
  return true;
}

function pack(root: string, architecture: Architecture, into: string): boolean {
  const file = join(into, `${name}_${version}_${architectures[architecture].debian}.deb`);
  mkdirSync(resolve(project, into), { recursive: true });
  // The same package at every build: nothing in it is younger than its changelog.
  const [, date = ''] = /^ -- .*> {2}(.*)$/m.exec(debian('changelog')) ?? [];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(Date.parse(date) / 1000) };
  // Debian 11 reads nothing newer than xz.
  const done = run('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', root, file], project, env);
  if (done) console.log(`${file}: ${Math.round(statSync(resolve(project, file)).size / 1e6)} MB`);
  return done;
}

function text(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}

function debian(file: string): string {
  return text(join('packaging/debian', file));
}

function gzip(content: string): Buffer {
  return gzipSync(content, { level: 9 });
}

/** The text of our licence, as a paragraph of a copyright file. */
function licence(): string {
  const [, words = ''] = /^(Permission .*)/ms.exec(text('LICENSE')) ?? [];
  return words
    .trimEnd()
    .replace(/^(?=.)/gm, ' ')
    .replace(/^$/gm, ' .');
}
