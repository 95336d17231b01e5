import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';

const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));

/** All that may be in the package. */
const wanted =
  /^(package\.json|README\.md|LICENSE|bin\/(package\.json|ipvsadm(-save|-restore)?)|dist\/.+(?<!\.test)\.(c?js|d\.ts)|man\/.+\.8|packaging\/system\/[^/]+|src\/json\/ipvsadm\.schema\.json)$/;

/** A program that uses the library, in which types matter. */
const program = `\
import {
  Address, type Destination, formatRules, type Ipvs, NetlinkError, parseRules, type Service,
} from 'ipvsadm';
export const serversOf = (ipvs: Ipvs, { id }: Service): Promise<Destination[]> => ipvs.destinations(id);
const address: string | undefined = Address.parse('2001:db8:0::1')?.text;
// @ts-expect-error: it is a bigint
export const connections = (service: Service): number => service.stats.connections;
const { rules } = parseRules('ipvsadm -C');
console.log(address, NetlinkError.prototype instanceof Error, formatRules(rules.map(({ command }) => command)));
`;

describe('the package', () => {
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

  const run = (name: string, args: readonly string[], input = '') =>
    spawnSync(inFolder('node_modules/.bin', name), args, { cwd: folder, input, encoding: 'utf8' });

  it('has nothing in it but what it needs', () => {
    assert.deepEqual(
      files.filter((file) => !wanted.test(file)),
      [],
    );
  });

  it('has the manual, the completion, the systemd unit and the schema', () => {
    const system = ['packaging/system/completion.bash', 'packaging/system/ipvsadm.service'];
    for (const file of [...manifest.man, ...system, manifest.exports['./schema.json']])
      assert.ok(existsSync(installed(file)), file);
  });

  it('brings commands that run', () => {
    const version = run('ipvsadm', ['--version']);
    assert.equal(version.status, 0, version.stderr);
    assert.ok(version.stdout.includes(manifest.version), version.stdout);
    const help = run('ipvsadm', ['--help']);
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, /--add-service/);
    assert.match(run('ipvsadm-save', ['--help']).stderr, /^Usage: ipvsadm-save/);
    // With or without IPVS: an illegal line, and nothing done.
    assert.equal(run('ipvsadm-restore', [], 'nonsense\n').status, 2);
  });

  it('installs commands and manual for all of the system', () => {
    for (const name of Object.keys(manifest.bin)) assert.ok(existsSync(inFolder('prefix/bin', name)), name);
    for (const file of manifest.man) {
      assert.ok(existsSync(inFolder('prefix/share/man/man8', file.replace('man/', ''))), file);
    }
  });

  it('is a library with types', () => {
    writeFileSync(inFolder('program.ts'), program);
    const types = ['--types', 'node', '--typeRoots', join(projectFolder, 'node_modules/@types')];
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
    const options = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023', ...types, ...strict];
    const tsc = join(projectFolder, 'node_modules/.bin/tsc');
    const { stdout, status } = spawnSync(tsc, [...options, 'program.ts'], { cwd: folder, encoding: 'utf8' });
    assert.equal(stdout, '');
    assert.equal(status, 0);
    const output = execFileSync(process.execPath, [inFolder('program.js')], { encoding: 'utf8' });
    assert.equal(output, '2001:db8::1 true -C\n\n');
  });
});

function npm(cwd: string, ...args: readonly string[]): string {
  // What the npm that runs the tests has set would hold for this one too.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  return execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
