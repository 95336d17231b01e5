import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Session, type SessionListener } from '../../../src/cli/watch/session.ts';

const events = ['data', 'end', 'error'] as const;

function listenersOfInput(): Record<string, number> {
  return Object.fromEntries(events.map((event) => [event, process.stdin.listenerCount(event)]));
}

// The standard input of a test is not a terminal: keys arrive line by line, and there is no raw mode.
describe('Session', () => {
  function openSession(listener: Partial<SessionListener> = {}): Session {
    const ignored = () => {};
    const session = new Session(
      { write: ignored, flush: ignored },
      { typed: ignored, resized: ignored, signalled: ignored, ...listener },
    );
    session.open();
    return session;
  }

  it('leaves no listeners on standard input', () => {
    const before = listenersOfInput();
    for (let time = 0; time < 3; time++) openSession().close();
    assert.deepEqual(listenersOfInput(), before);
  });

  it('reports SIGHUP once when standard input ends or fails', () => {
    const signals: string[] = [];
    const session = openSession({ signalled: (signal) => signals.push(signal) });
    process.stdin.emit('end');
    process.stdin.emit('error', new Error('the terminal is gone'));
    session.close();
    assert.deepEqual(signals, ['SIGHUP']);
  });

  it('reports every signal that would terminate the process', async () => {
    const expected = ['SIGALRM', 'SIGUSR1', 'SIGUSR2', 'SIGABRT', 'SIGVTALRM', 'SIGIO'] as const;
    const signals = new Set<string>();
    const session = openSession({ signalled: (signal) => signals.add(signal) });
    // The test runner of Node 24 has a report written at SIGUSR2.
    if (process.report) process.report.reportOnSignal = false;
    for (const signal of expected) process.kill(process.pid, signal);
    for (let tries = 0; signals.size < expected.length && tries < 100; tries++) await sleep(10);
    session.close();
    assert.deepEqual([...signals].sort(), [...expected].sort());
  });
});
