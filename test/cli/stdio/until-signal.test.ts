import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

const module = new URL('../../../src/cli/stdio/until-signal.ts', import.meta.url).href;

/** A process that reports when its task is aborted, and ends then; the interval keeps it running until then. */
const script = `
  import { once } from 'node:events';
  import { untilSignal } from '${module}';
  const interval = setInterval(() => {}, 1000);
  await untilSignal(async (stop) => {
    console.log('running');
    await once(stop, 'abort');
  });
  clearInterval(interval);
  console.log('ended');`;

describe('untilSignal', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const) {
    it(`aborts its task on ${signal}, and lets the process exit`, { timeout: 20_000 }, async (context) => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
      context.after(() => child.kill('SIGKILL'));
      const errors = text(child.stderr);
      await once(child.stdout, 'data');
      const rest = text(child.stdout);
      child.kill(signal);
      assert.equal(await rest, 'ended\n');
      assert.equal(await errors, '');
      assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 0);
    });
  }
});
