import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { PseudoTerminal } from './pseudo-terminal.ts';

/** Returns a script that reports the progress 1 of 3 continuously for `milliseconds`. */
const work = (milliseconds: number) => `
  import { Progress } from ${JSON.stringify(import.meta.resolve('../../src/cli/stdio/progress.ts'))};
  const progress = new Progress('working');
  const end = Date.now() + ${milliseconds};
  while (Date.now() < end) progress.update(1, 3);
  progress.end();
  console.log('done');`;

describe('progress of long work', () => {
  let terminal: PseudoTerminal | undefined;
  afterEach(() => terminal?.dispose());

  async function outputOf(milliseconds: number, redirection = ''): Promise<string> {
    const words = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval'];
    const command = `"$0" "$@" ${redirection}`;
    terminal = new PseudoTerminal(['sh', '-c', command, process.execPath, ...words, work(milliseconds)]);
    assert.equal((await terminal.end()).status, 0);
    return terminal.output;
  }

  it('is shown on a terminal, and erased at the end', async () => {
    const step = '\rworking: 1 of 3\x1b[K';
    const output = await outputOf(1200);
    assert.ok(output.startsWith(step));
    assert.equal(output.replaceAll(step, ''), '\r\x1b[Kdone\r\n');
  });

  it('is not shown for short work', async () => {
    assert.equal(await outputOf(100), 'done\r\n');
  });

  it('is not written to a pipe', async () => {
    assert.equal(await outputOf(1200, '2>&1 | cat'), 'done\r\n');
  });
});
