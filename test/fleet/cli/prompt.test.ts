import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { readLine } from '../../../src/cli/fleet/prompt.ts';

describe('a question', () => {
  it('is answered by a line', async () => {
    const input = new PassThrough();
    const answer = readLine(input, new AbortController().signal);
    input.write('yes\nno\n');
    assert.equal(await answer, 'yes');
  });

  it('has no answer at the end of the input, or if the program is stopped', async () => {
    const ended = new PassThrough();
    ended.end();
    assert.equal(await readLine(ended, new AbortController().signal), undefined);
    const stop = new AbortController();
    const stopped = readLine(new PassThrough(), stop.signal);
    stop.abort();
    assert.equal(await stopped, undefined);
    assert.equal(await readLine(new PassThrough(), stop.signal), undefined);
  });

  it('has no answer if the terminal hangs up, and leaves no listener for that', async () => {
    const listeners = process.listenerCount('SIGHUP');
    const answer = readLine(new PassThrough(), new AbortController().signal);
    process.kill(process.pid, 'SIGHUP');
    // A signal alone does not keep the process running until it arrives.
    const timer = setInterval(() => {}, 1000);
    assert.equal(await answer.finally(() => clearInterval(timer)), undefined);
    assert.equal(process.listenerCount('SIGHUP'), listeners);
  });
});
