import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';

const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));

/** Matches the files that are allowed in the package. */
const allowed =
  /^(package\.json|README\.md|LICENSE|bin\/(package\.json|ipvsadm(-save|-restore|-fleet)?)|dist\/.+(?<!\.test)\.(c?js|d\.ts)|man\/.+\.8|packaging\/system\/[^/]+|src\/json\/ipvsadm\.schema\.json)$/;

/** A program that uses the library and its types, but no types of Node. */
const program = `\
import {
  Address, type Destination, formatRules, type Ipvs, NetlinkError, parseRules, type Service,
} from 'ipvsadm';
export const serversOf = (ipvs: Ipvs, { id }: Service): Promise<Destination[]> => ipvs.destinations(id);
const address: string | undefined = Address.parse('2001:db8:0::1')?.text;
// @ts-expect-error: it is a bigint
export const connections = (service: Service): number => service.stats.connections;
const { rules } = parseRules('ipvsadm -C');
export const said = [address, NetlinkError.prototype instanceof Error, formatRules(rules.map(({ command }) => command))];
`;

const commonJsProgram = `\
import ipvsadm = require('ipvsadm');
export const address: string | undefined = ipvsadm.Address.parse('::1')?.text;
`;

/** TypeScript settings for module resolution. */
const resolutions = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
];

/** Whether this Node supports `require` of ECMAScript modules, as since 20.19 and 22.12. */
const requiresModules = 'require_module' in process.features;

/** Matches npm's warning that it does not support this version of Node, which has nothing to do with the package. */
const versionWarning = /^npm warn cli npm v\S+ does not support Node\.js .*\n/gm;

describe('the npm package', () => {
  let folder: string;
  let files: string[];
  const inFolder = (...path: string[]) => join(folder, ...path);
  const installed = (...path: string[]) => inFolder('node_modules', 'ipvsadm', ...path);

  before(() => {
    assert.ok(existsSync(join(projectFolder, 'dist/index.js')), 'dist/ is not built: npm run build');
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-package-'));
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const [packed] = JSON.parse(npm(projectFolder, ...pack));
    files = packed.files.map(({ path }: { path: string }) => path);
    const tarball = inFolder(packed.filename);
    writeFileSync(inFolder('package.json'), '{ "private": true, "type": "module" }\n');
    npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball);
    mkdirSync(inFolder('prefix'));
    const global = ['install', '--global', '--prefix', inFolder('prefix')];
    npm(folder, ...global, '--prefer-offline', '--no-audit', '--no-fund', tarball);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('contains no unexpected files', () => {
    assert.deepEqual(
      files.filter((file) => !allowed.test(file)),
      [],
    );
  });

  it('contains the manual, the completion, the systemd unit and the schema', () => {
    const system = ['packaging/system/completion.bash', 'packaging/system/ipvsadm.service'];
    for (const file of [...manifest.man, ...system, manifest.exports['./schema.json']])
      assert.ok(existsSync(installed(file)), file);
  });

  it('provides commands that run, installed locally and globally', () => {
    for (const folder of [inFolder('node_modules/.bin'), inFolder('prefix/bin')]) {
      const env = { PATH: [folder, dirname(process.execPath), '/usr/bin:/bin'].join(':') };
      const run = (line: string, input = '') =>
        spawnSync('/bin/sh', ['-c', line], { cwd: '/', env, input, encoding: 'utf8' });
      const version = run('ipvsadm --version');
      assert.deepEqual([version.status, version.stderr], [0, '']);
      assert.ok(version.stdout.includes(manifest.version), version.stdout);
      const help = run('ipvsadm --help');
      assert.deepEqual([help.status, help.stderr], [0, '']);
      assert.match(help.stdout, /--add-service/);
      assert.match(run('ipvsadm-save --help').stderr, /^Usage: ipvsadm-save/);
      assert.match(run('ipvsadm-restore --help').stdout, /^Usage: ipvsadm-restore/);
      const good = run('ipvsadm -R --check', '-A -t 192.0.2.1:80 -s wlc\n');
      assert.deepEqual([good.status, good.stdout, good.stderr], [0, '', '']);
      const bad = run('ipvsadm-restore --check', 'nonsense\n');
      assert.deepEqual([bad.status, bad.stdout, bad.stderr], [2, '', 'line 1: not a command: nonsense\n']);
    }
  });

  it('installs commands and manual pages globally', () => {
    for (const name of Object.keys(manifest.bin)) assert.ok(existsSync(inFolder('prefix/bin', name)), name);
    for (const file of manifest.man) {
      assert.ok(existsSync(inFolder('prefix/share/man/man8', file.replace('man/', ''))), file);
    }
  });

  /** Compiles a TypeScript file of the folder; returns the compiler's messages. */
  const compile = (file: string, options: Readonly<Record<string, string>>): string => {
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const base = ['--target', 'es2022', '--lib', 'es2023', '--types', '', ...strict];
    const chosen = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const tsc = join(projectFolder, 'node_modules/.bin/tsc');
    return spawnSync(tsc, [...base, ...chosen, file], { cwd: folder, encoding: 'utf8' }).stdout;
  };
  const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });

  for (const resolution of resolutions) {
    const { module, moduleResolution } = resolution;
    it(`is a typed library: module ${module}, moduleResolution ${moduleResolution}`, () => {
      writeFileSync(inFolder('program.ts'), program);
      assert.equal(compile('program.ts', resolution), '');
      const script = "import { said } from './program.js'; console.log(...said)";
      assert.equal(node('--input-type=module', '--eval', script), '2001:db8::1 true -C\n\n');
    });
  }

  it('has readable names and lines for the messages of programs that use it', () => {
    const script =
      "import * as all from 'ipvsadm'; for (const [name, is] of Object.entries(all)) console.log(name, is.name)";
    const named = node('--input-type=module', '--eval', script).trimEnd().split('\n');
    const wrong = named.filter((line) => !/^(\w+) (\1|undefined)$/.test(line));
    assert.deepEqual(wrong, []);
    const fails = "import { Address } from 'ipvsadm'; Address.of('nowhere')";
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', fails], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.match(stderr, /RangeError: "nowhere" is not an IPv4 or IPv6 address\n +at Address\.of /);
    assert.ok(
      stderr.split('\n').every((line) => line.length < 200),
      stderr,
    );
  });

  it('supports require() if Node does, and throws ERR_REQUIRE_ESM otherwise', () => {
    writeFileSync(inFolder('program.cts'), commonJsProgram);
    assert.equal(compile('program.cts', { module: 'nodenext' }), '');
    const output = node('--print', "try { require('./program.cjs').address } catch ({ code }) { code }");
    assert.equal(output, requiresModules ? '::1\n' : 'ERR_REQUIRE_ESM\n');
  });

  it('can be published without warnings from npm', () => {
    // An unreachable registry: nothing leaves this machine, and npm cannot look up published versions.
    const settings = ['registry=http://127.0.0.1:9/', '//127.0.0.1:9/:_authToken=none', 'fetch-retries=0'];
    writeFileSync(inFolder('npmrc'), settings.join('\n'));
    const publish = ['publish', '--dry-run', '--ignore-scripts', '--json', '--loglevel=warn'];
    const { status, stdout, stderr } = spawnSync('npm', [...publish, '--userconfig', inFolder('npmrc')], {
      cwd: projectFolder,
      env: npmEnv,
      encoding: 'utf8',
    });
    assert.deepEqual([status, stderr.replace(versionWarning, '')], [0, '']);
    assert.equal(JSON.parse(stdout).ipvsadm.version, manifest.version);
  });
});

describe('package.json', () => {
  it('declares for every install script whether it may run', () => {
    const { packages } = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8'));
    const names = Object.keys(packages).filter(
      (path) => packages[path].hasInstallScript && !packages[path].optional,
    );
    assert.ok(names.length > 0);
    assert.deepEqual(
      names.map((path) => path.replace('node_modules/', '')).sort(),
      Object.keys(manifest.allowScripts).sort(),
    );
  });
});

// Without the variables of the npm that runs the tests, which would affect the one that they start.
const npmEnv = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));

function npm(cwd: string, ...args: readonly string[]): string {
  return execFileSync('npm', args, {
    cwd,
    env: npmEnv,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
