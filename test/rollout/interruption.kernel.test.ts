import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { fileOf, run, start } from './director.ts';

/** Two tables that differ in everything: schedulers, one of four servers, and the weights of all other servers. */
const [first, second] = [table(1), table(2)];

function table(weight: number): readonly string[] {
  const rules: string[] = [];
  for (let service = 0; service < 5; service++) {
    const virtual = `-t 192.0.2.${service + 1}:80`;
    rules.push(`-A ${virtual} -s ${weight === 1 ? 'wlc' : 'wrr'}`);
    for (let index = 0; index < 80; index++) {
      const server = index + (weight === 1 ? 0 : 20);
      rules.push(`-a ${virtual} -r 10.${service}.0.${server + 1}:80 -g -w ${weight}`);
    }
  }
  return rules;
}

/** Returns the rules of the director's current table, sorted. */
async function rulesNow(): Promise<string[]> {
  const { stdout } = await run('-S -n');
  return stdout.trimEnd().split('\n').sort();
}

/** Number of times that each kind of rollout is killed. */
const kills = 25;

kernelSuite(import.meta.url, 'a rollout that is killed', () => {
  /** Duration of a whole rollout process, in milliseconds. */
  let whole: number;

  before(async () => {
    const times: number[] = [];
    for (const rules of [first, second, first]) {
      const begin = performance.now();
      const { status, stderr } = await start('ipvsadm-restore', [], fileOf(rules)).ended;
      times.push(performance.now() - begin);
      assert.deepEqual([status, stderr], [0, '']);
      assert.deepEqual(await rulesNow(), rules.toSorted());
    }
    whole = Math.max(...times);
  });

  describe('at a random moment', () => {
    beforeEach(async () => {
      const { status } = await run('-R --sync', first);
      assert.equal(status, 0);
    });

    for (const [kind, words] of [
      ['with draining', ['--drain=3']],
      ['without draining', []],
    ] as const) {
      it(`is completed by the next one, ${kind} (${kills} times)`, async (context) => {
        const outcomes = { before: 0, within: 0, after: 0 };
        // A rollout spends most of its time before it changes anything; so kills are centred on the estimated time of changes.
        let centre = whole * 0.8;
        for (let count = 0; count < kills; count++) {
          const [from, to] = count % 2 === 0 ? [first, second] : [second, first];
          const { child, ended } = start('ipvsadm-restore', words, fileOf(to));
          await sleep(centre + whole * 0.4 * (Math.random() - 0.5));
          child.kill('SIGKILL');
          await ended;
          const left = await rulesNow();
          const outcome = equal(left, from) ? 'before' : equal(left, to) ? 'after' : 'within';
          outcomes[outcome]++;
          centre += whole * { before: 0.05, within: 0, after: -0.05 }[outcome];
          // Waits in case flock(1) is still running; the killed process itself no longer holds the lock.
          assert.deepEqual(await run('-R --sync --wait=2', to), { status: 0, stdout: '', stderr: '' });
          assert.deepEqual(await rulesNow(), to.toSorted());
        }
        const { before, within, after } = outcomes;
        // A system call sends hundreds of requests, so that few kills happen between two calls.
        if (words.length > 0)
          assert.ok(within > 0, `no kill happened during the changes: ${JSON.stringify(outcomes)}`);
        context.diagnostic(
          `killed ${before} times before its changes, ${within} times during them, ${after} times after them; a rollout takes ${whole.toFixed()} ms`,
        );
      });
    }
  });
});

kernelSuite(import.meta.url, 'a rollout that drains', () => {
  it('reports the fallback of a service when it begins to wait, not when it ends', async () => {
    const service = '-A -t 192.0.2.1:80 -s sh';
    const server = (host: number) => `-a -t 192.0.2.1:80 -r 10.0.0.${host}:80 -g -w 1`;
    assert.equal((await run('-R --sync', [service, server(1), server(2)])).status, 0);
    const { child, ended } = start('ipvsadm-restore', ['--drain=30'], fileOf([service, server(2)]));
    assert.ok(child.stderr);
    await once(child.stderr, 'data');
    child.kill('SIGKILL');
    const { signal, stderr } = await ended;
    assert.equal(signal, 'SIGKILL');
    assert.match(stderr, /^sh refuses clients .* uses sh-fallback while servers drain\n$/);
    assert.ok((await rulesNow()).some((rule) => rule.includes('-r 10.0.0.1:80')));
  });
});

function equal(rules: readonly string[], others: readonly string[]): boolean {
  return rules.join('\n') === others.toSorted().join('\n');
}
