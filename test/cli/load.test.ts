import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';

const built = join(projectFolder, 'dist/ipvsadm.cjs');
const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-load-'));
const file = join(folder, 'ipvsadm.cjs');
after(() => rmSync(folder, { recursive: true }));

const program = `
  const { compiledScript, load } = require(process.argv[1]);
  const [file] = process.argv.splice(1, 2).slice(1);
  process.stderr.write(compiledScript(file) ? 'compiled' : 'not compiled');
  load(file);
`;

/** Runs a copy of the command, changed so, with that beside it which V8 is said to have made of it. */
function run(compiled: Uint8Array | undefined, change = '') {
  writeFileSync(file, `${readFileSync(built, 'latin1')}${change}`);
  rmSync(`${file}.v8`, { force: true });
  if (compiled) writeFileSync(`${file}.v8`, compiled);
  const words = ['-e', program, '--', join(projectFolder, 'dist/load.cjs'), file, 'ipvsadm', '--version'];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  assert.match(stdout, /^ipvsadm \d+\.\d+\.\d+, compatible with ipvsadm 1\.31\n$/);
  assert.equal(status, 0);
  return stderr;
}

describe('load', () => {
  const compiled = readFileSync(`${built}.v8`);
  const cut = compiled.subarray(0, compiled.length / 2);
  const other = Uint8Array.from(compiled, (byte, index) => (index === 4 ? byte ^ 1 : byte));

  it('runs a command with what was compiled of it', () => assert.equal(run(compiled), 'compiled'));
  it('runs one of which nothing was', () => assert.equal(run(undefined), 'not compiled'));
  it('passes over what is empty', () => assert.equal(run(new Uint8Array()), 'not compiled'));
  it('passes over what is cut short', () => assert.equal(run(cut), 'not compiled'));
  it('passes over what another V8 has made', () => assert.equal(run(other), 'not compiled'));
  it('passes over what was made of another text', () => assert.equal(run(compiled, '\n//'), 'not compiled'));
});
