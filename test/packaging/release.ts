// Tests `npm run build:release`: two builds in different folders and at different times, and the installation of the archive.
// This takes a minute or two, so `npm test` skips it, and `npm run test:release` runs it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';

const { version, bin, man } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
const archive = `ipvsadm-${version}-linux-x64.tar.gz`;

let folder: string;
const inFolder = (...path: string[]) => join(folder, ...path);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-release-'));
  release('one', { TZ: 'UTC' });
  release('another/of a longer name', { TZ: 'Asia/Tokyo', LC_ALL: 'C' });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Builds a release in a copy of the project. */
function release(name: string, env: NodeJS.ProcessEnv): void {
  const project = inFolder(name);
  const listed = succeeds(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    projectFolder,
  );
  for (const file of [...listed.split('\0').filter(Boolean), 'node_modules']) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    cpSync(join(projectFolder, file), join(project, file), { recursive: true, verbatimSymlinks: true });
  }
  // Not copied, because the runtimes are large and only run.
  const runtimes = 'packaging/runtime/node_modules';
  symlinkSync(join(projectFolder, runtimes), join(project, runtimes));
  const words = [
    'run',
    '--silent',
    'build:release',
    '--',
    '--fast',
    '--arch',
    'x64',
    '--into',
    `${project}.made`,
  ];
  succeeds('npm', words, project, { SOURCE_DATE_EPOCH: '1790000000', ...env });
}

function succeeds(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

describe('a release', () => {
  it('consists of everything that is published, with checksums', () => {
    const files = readdirSync(inFolder('one.made')).sort();
    assert.deepEqual(files, [
      'SHA256SUMS',
      archive,
      `ipvsadm-${version}.cdx.json`,
      `ipvsadm-${version}.tgz`,
      `ipvsadm-ts-${version}.x86_64.rpm`,
      `ipvsadm-ts_${version}_amd64.deb`,
    ]);
    const checked = succeeds('sha256sum', ['--check', '--strict', 'SHA256SUMS'], inFolder('one.made'));
    assert.equal(checked.trimEnd().split('\n').length, files.length - 1);
  });

  it('is reproducible at another time and in another folder', () => {
    for (const file of readdirSync(inFolder('one.made'))) {
      const [one, other] = ['one.made', 'another/of a longer name.made'].map((made) =>
        readFileSync(inFolder(made, file)),
      );
      assert.ok(one?.equals(other ?? Buffer.alloc(0)), `${file} differs`);
    }
  });

  it('contains a bill of materials of every file', () => {
    const bom = JSON.parse(readFileSync(inFolder('one.made', `ipvsadm-${version}.cdx.json`), 'utf8'));
    assert.deepEqual([bom.bomFormat, bom.specVersion], ['CycloneDX', '1.5']);
    assert.match(
      bom.serialNumber,
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.equal(bom.metadata.component.name, 'ipvsadm');
    const refs = bom.components.map((one: { 'bom-ref': string }) => one['bom-ref']);
    assert.equal(new Set(refs).size, refs.length);
    const dependencies = new Map<string, string[]>(
      bom.dependencies.map((one: { ref: string; dependsOn: string[] }) => [one.ref, one.dependsOn]),
    );
    for (const named of dependencies.values())
      for (const ref of named) assert.ok([...refs, `ipvsadm@${version}`].includes(ref), ref);
    const sums = readFileSync(inFolder('one.made/SHA256SUMS'), 'utf8').trimEnd().split('\n');
    for (const [sum, file = ''] of sums.map((line) => line.split('  '))) {
      if (file.endsWith('.cdx.json')) continue;
      const component = bom.components.find((one: { 'bom-ref': string }) => one['bom-ref'] === file);
      assert.deepEqual(component?.hashes, [{ alg: 'SHA-256', content: sum }], file);
      const named = dependencies.get(file) ?? [];
      const hasRuntime = named.some((ref) => ref.startsWith('@oven/bun-linux-x64@'));
      assert.equal(hasRuntime, !file.endsWith('.tgz'), file);
    }
  });
});

describe('the release archive', () => {
  const script = () => inFolder('unpacked', archive.replace('.tar.gz', ''), 'install.sh');
  const install = (...args: string[]) => succeeds(script(), args, '/', { DESTDIR: inFolder('system') });
  const installed = (...path: string[]) => inFolder('system', ...path);
  const everything = () =>
    readdirSync(installed(), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  before(() => {
    mkdirSync(inFolder('unpacked'));
    mkdirSync(installed());
    succeeds('tar', ['-xf', inFolder('one.made', archive), '-C', inFolder('unpacked')], '/');
  });

  it('installs commands, manual pages, completion, units and licences', () => {
    install();
    const prefix = installed('usr/local');
    const output = spawnSync(join(prefix, 'sbin/ipvsadm'), ['--version'], { encoding: 'utf8' }).stdout;
    assert.ok(output.startsWith(`ipvsadm ${version},`), output);
    for (const name of Object.keys(bin))
      assert.equal(succeeds('readlink', ['-e', join(prefix, 'sbin', name)], '/'), `${prefix}/sbin/ipvsadm\n`);
    for (const page of man) {
      const file = join(prefix, 'share/man/man8', `${page.replace('man/', '')}.gz`);
      assert.match(succeeds('zcat', [file], '/'), /^\.Dd /m);
    }
    const completion = `. ${prefix}/share/bash-completion/completions/ipvsadm; complete -p ipvsadm`;
    assert.match(succeeds('bash', ['-c', completion], '/'), /-F _ipvsadm/);
    const agent = readFileSync(join(prefix, 'lib/systemd/system/ipvsadm-agent.service'), 'utf8');
    assert.match(agent, /^ExecStart=\/usr\/local\/sbin\/ipvsadm-fleet agent /m);
    assert.doesNotMatch(agent, /^Environment=PATH/m);
    assert.match(
      readFileSync(join(prefix, 'share/doc/ipvsadm-ts/copyright'), 'utf8'),
      /LIBRARY GENERAL PUBLIC/,
    );
  });

  it('can be reinstalled, and uninstalled without leftovers', () => {
    install();
    mkdirSync(installed('usr/local/share/man/man1'));
    install('--uninstall');
    assert.deepEqual(everything(), []);
    assert.deepEqual(readdirSync(installed('usr/local'), { recursive: true }).sort(), [
      'share',
      'share/man',
      'share/man/man1',
    ]);
    rmSync(installed('usr'), { recursive: true });
    const again = spawnSync(script(), ['--uninstall'], { env: { ...process.env, DESTDIR: installed() } });
    assert.equal(again.status, 1);
  });

  it('installs units that find the commands below another prefix', () => {
    install('--prefix', '/opt/lvs');
    for (const unit of readdirSync(installed('opt/lvs/lib/systemd/system'))) {
      const words = readFileSync(installed('opt/lvs/lib/systemd/system', unit), 'utf8');
      assert.doesNotMatch(words, /[= ]\/usr\/sbin\//);
      assert.match(words, /^\[Service\]\nEnvironment=PATH=\/opt\/lvs\/sbin:/m);
    }
    install('--prefix=/opt/lvs', '--uninstall');
    assert.deepEqual(everything(), []);
  });

  it('refuses a prefix that units cannot contain, and unknown arguments', () => {
    for (const args of [['--prefix', 'lvs'], ['--prefix', '/opt/my lvs'], ['--prefix'], ['more']]) {
      const { status } = spawnSync(script(), args, { env: { ...process.env, DESTDIR: installed() } });
      assert.equal(status, 2, args.join(' '));
    }
    assert.deepEqual(everything(), []);
  });
});
