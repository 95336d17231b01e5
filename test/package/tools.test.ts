import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nodeWithTypeScript, projectFolder } from '../lab/project.ts';

/** A faulty command line, and the error message of the tool. */
type FaultyCall = readonly [words: readonly string[], message: RegExp];

/** Developer tools by file: the command that starts each, and faulty command lines. */
const tools: Readonly<
  Record<string, { readonly start: string; readonly faultyCalls: readonly FaultyCall[] }>
> = {
  'test/run.ts': {
    start: 'npm test --',
    faultyCalls: [
      [['--build', 'wasm'], /argument 'wasm' is invalid.* node, executable\./],
      [['--kernel', 'uml,7.0'], /There is no kernel 7\.0\./],
      [['floors', 'no-such-test'], /no test file's path contains no-such-test/],
    ],
  },
  'test/bench/main.ts': {
    start: 'npm run bench --',
    faultyCalls: [
      [['--runs', '0'], /argument '0' is invalid. It must be a whole number, 1 or greater\./],
      [['--kernel', '7.0'], /argument '7\.0' is invalid/],
      [['more'], /too many arguments/],
    ],
  },
  'test/bench/fleet/main.ts': {
    start: 'npm run bench:fleet --',
    faultyCalls: [
      [['--agents', '10,none'], /argument '10,none' is invalid. It must be a whole number, 1 or greater\./],
      [['more'], /too many arguments/],
    ],
  },
  'test/differential/fuzz/main.ts': {
    start: 'npm run test:fuzz --',
    faultyCalls: [
      [['--seed', '1.5'], /argument '1\.5' is invalid. It must be a whole number, 0 or greater\./],
      [['--cases'], /argument missing/],
    ],
  },
  'test/lab/run.ts': {
    start: 'node --import tsx test/lab/run.ts',
    faultyCalls: [
      [[], /missing required argument 'program'/],
      [['--time-limit', 'soon', 'true'], /argument 'soon' is invalid. It must be a number of seconds\./],
      [['--env', '=x', 'true'], /argument '=x' is invalid. It must be NAME=VALUE\./],
      [['--colour', 'true'], /unknown option '--colour'/],
    ],
  },
  'test/lab/shell.ts': {
    start: 'npm run lab --',
    faultyCalls: [
      [['juggling'], /'juggling' is invalid.* nat, fullnat, dr, /],
      [['nat', 'dr'], /too many arguments/],
      [['nat', '--shell'], /a shell needs a terminal/],
    ],
  },
  'test/lab/demo.ts': { start: 'npm start', faultyCalls: [[['now'], /too many arguments/]] },
  'packaging/executable.ts': {
    start: 'npm run build:executable --',
    faultyCalls: [[['--arch', 'x64', 'mips'], /argument 'mips' is invalid.* x64, arm64, this\./]],
  },
  'packaging/deb.ts': {
    start: 'npm run build:deb --',
    faultyCalls: [
      [['--arch', 'amd64'], /argument 'amd64' is invalid/],
      [['--into'], /argument missing/],
    ],
  },
  'packaging/rpm.ts': {
    start: 'npm run build:rpm --',
    faultyCalls: [[['--arch', 'x86_64'], /argument 'x86_64' is invalid/]],
  },
  'packaging/tarball.ts': {
    start: 'npm run build:tarball --',
    faultyCalls: [[['--into'], /argument missing/]],
  },
  'packaging/release.ts': {
    start: 'npm run build:release --',
    faultyCalls: [[['everything'], /too many arguments/]],
  },
};

describe('the developer tools', { concurrency: 2 }, () => {
  for (const [file, { start, faultyCalls }] of Object.entries(tools)) {
    it(`${file} prints help`, async () => {
      const { code, stdout, stderr } = await run(file, ['--help']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(stdout.startsWith(`Usage: ${start} [`), stdout);
      assert.match(stdout, /-h, --help +print this help/);
    });

    for (const [words, message] of faultyCalls) {
      it(`${file} refuses: ${words.join(' ')}`, async () => {
        const { code, stdout, stderr } = await run(file, words);
        assert.deepEqual([code, stdout], [2, '']);
        const [sentence = '', ...help] = stderr.split('\n\n');
        assert.match(sentence, message);
        assert.ok(help.join('\n\n').startsWith(`Usage: ${start} [`), stderr);
      });
    }
  }

  it('run the test files that match any of several patterns', async () => {
    const { code, stdout } = await run('test/run.ts', ['test/names/etc-services', 'test/library/rules']);
    assert.equal(code, 0);
    for (const suite of ['▶ PortNames', '▶ the library']) assert.ok(stdout.includes(suite), stdout);
  });
});

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, words: readonly string[]): Promise<Ended> {
  // Keeps Node from treating test files that the tool starts as part of this test run.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const [node = '', ...options] = [...nodeWithTypeScript, join(projectFolder, file), ...words];
  return new Promise((resolve) => {
    execFile(node, options, { cwd: projectFolder, env }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}
