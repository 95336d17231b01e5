import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runAgent } from '../../../src/fleet/agent/loop.ts';
import type { OrderSource } from '../../../src/fleet/agent/orders.ts';
import { MemoryKeeper, SimulatedDirector } from '../simulated-director.ts';

/**
 * Runs an agent for one turn for each of `troubles`: the reason why the store cannot be used then, or undefined. Returns what it
 * has logged.
 */
async function logOf(troubles: readonly (string | undefined)[]): Promise<string[]> {
  const logged: string[] = [];
  const stop = new AbortController();
  let turns = 0;
  const orders: OrderSource = {
    async read() {
      const trouble = troubles[turns++];
      if (turns === troubles.length) stop.abort();
      return { view: { kind: 'unreachable' }, overrides: undefined, trouble };
    },
    fetch: () => assert.fail('nothing is ordered'),
    async report() {},
    async wait() {},
    async begin() {},
    async end() {},
  };
  const agent = {
    ...{ orders, director: new SimulatedDirector(), keeper: new MemoryKeeper(), options: {} },
    ...{ now: Date.now, version: 'test', stop: stop.signal },
    log: (line: string) => logged.push(line),
  };
  await runAgent(agent, { boot: 'boot-1', once: false, accept: false, notify: () => {} });
  return logged;
}

describe('the log of an outage', () => {
  it('has each reason once, however often they alternate, and again in the next outage', async () => {
    const outage = ['away', 'no leader', 'away', 'away', 'no leader', 'away'];
    const lines = [
      'the table stays as it is: away',
      'the table stays as it is: no leader',
      'the store can be used again',
    ];
    assert.deepEqual(await logOf([...outage, undefined, ...outage, undefined]), [...lines, ...lines]);
  });
});
