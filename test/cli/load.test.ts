import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';

const built = join(projectFolder, 'dist/ipvsadm.cjs');
const text = readFileSync(built, 'latin1');
const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-load-'));
const file = join(folder, 'ipvsadm.cjs');
after(() => rmSync(folder, { recursive: true }));

const program = `
  const { compiledScript, load } = require(process.argv[1]);
  const [file] = process.argv.splice(1, 2).slice(1);
  process.stderr.write(compiledScript(file) ? 'compiled' : 'not compiled');
  load(file);
`;

interface Run {
  /** Contents of the code cache file next to the command; default: no file. */
  readonly compiled?: Uint8Array;
  /** Changes the text of the built command. */
  readonly change?: (text: string) => string;
  readonly nodeOptions?: readonly string[];
}

/** Runs a copy of the command. Returns `compiled` if the code cache was used, or else `not compiled`. */
function run({ compiled, change = (text) => text, nodeOptions = [] }: Run): string {
  writeFileSync(file, change(text));
  rmSync(`${file}.v8`, { force: true });
  if (compiled) writeFileSync(`${file}.v8`, compiled);
  const script = ['-e', program, '--', join(projectFolder, 'dist/load.cjs'), file, 'ipvsadm', '--version'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [...nodeOptions, ...script], {
    encoding: 'utf8',
  });
  assert.match(stdout, /^ipvsadm \d+\.\d+\.\d+, compatible with ipvsadm 1\.3[12]\n$/);
  assert.equal(status, 0);
  return stderr;
}

/** Creates the code cache of the command with this Node. */
function compile(): Buffer {
  const script = 'process.stdout.write(require(process.argv[1]).compile(fs.readFileSync(process.argv[2])))';
  const args = ['-e', script, '--', join(projectFolder, 'dist/load.cjs'), built];
  return spawnSync(process.execPath, args, { maxBuffer: 2 ** 26 }).stdout;
}

describe('load', () => {
  const compiled = compile();
  const { v8: version } = process.versions;
  /** Offset of V8's data, which follows V8's version. */
  const dataStart = compiled.lastIndexOf(version) + version.length;
  const runsUncached = (options: Run) => assert.equal(run(options), 'not compiled');

  it('runs a command from its code cache', () => assert.equal(run({ compiled }), 'compiled'));
  const skip = process.env.IPVSADM_OTHER_NODE ? 'The build is from another version of Node.' : false;
  it('runs a command from the code cache of the build', { skip }, () => {
    assert.equal(run({ compiled: readFileSync(`${built}.v8`) }), 'compiled');
  });
  it('runs a command without a code cache', () => runsUncached({}));
  it('ignores an empty code cache', () => runsUncached({ compiled: new Uint8Array() }));
  it('ignores a truncated code cache', () => {
    for (const end of [100, dataStart - 1, dataStart, dataStart + 1, -1000, -1]) {
      runsUncached({ compiled: compiled.subarray(0, end) });
    }
  });
  it('ignores a damaged code cache', () => {
    for (const index of [0, 100, dataStart - 1, dataStart, compiled.length - 50_000, compiled.length - 1]) {
      runsUncached({ compiled: compiled.map((byte, at) => (at === index ? byte ^ 1 : byte)) });
    }
  });
  it('ignores the code cache of another V8 version, or of other V8 options', () => {
    runsUncached({ compiled, nodeOptions: ['--no-opt'] });
    const other = Buffer.from(compiled);
    other.write('0', dataStart - version.length);
    runsUncached({ compiled: other });
  });
  it('ignores the code cache of a different source text', () => {
    runsUncached({ compiled, change: (text) => `${text}\n//` });
    // V8 itself would accept this text of equal length, but run the cached code of the original.
    const other = text.replace('compatible with ipvsadm 1.31', 'compatible with ipvsadm 1.32');
    assert.notEqual(other, text);
    runsUncached({ compiled, change: () => other });
  });
  it('does not write a code cache', () => {
    runsUncached({});
    assert.deepEqual(readdirSync(folder), ['ipvsadm.cjs']);
  });
});
