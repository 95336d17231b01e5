import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import fc from 'fast-check';
import { Ipvs } from '../../src/ipvs/client.ts';
import { readState } from '../../src/ipvs/state.ts';
import { readTable } from '../../src/ipvs/table.ts';
import { apply } from '../../src/rollout/apply.ts';
import { plan } from '../../src/rules/plan.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { run } from './director.ts';
import { relatedTables, tableFrom } from './tables.ts';

const silent = { status: 0, stdout: '', stderr: '' };

kernelSuite(import.meta.url, 'saving and restoring', () => {
  let ipvs: Ipvs;
  before(async () => {
    ipvs = await Ipvs.open();
  });
  after(() => ipvs.close());

  /** Returns everything that the kernel reports of its table except traffic, sorted for comparison. */
  async function kernelState(): Promise<string[]> {
    const state: string[] = [];
    for (const { service, destinations } of await readTable(ipvs)) {
      const { stats: _, ...about } = service;
      state.push(describe(about));
      for (const destination of destinations) {
        const { id, forwarding, weight, upperThreshold, lowerThreshold, tunnel } = destination;
        const settings = { id, forwarding, weight, upperThreshold, lowerThreshold, tunnel };
        state.push(describe([service.id, settings]));
      }
    }
    return state.sort();
  }

  /** Saves the table, clears it, and restores it; returns the saved rules. */
  async function saveAndRestore(restoring: string): Promise<string> {
    const saved = await run('-S -n');
    assert.deepEqual({ ...saved, stdout: '' }, silent);
    assert.deepEqual(await run('-C'), silent);
    assert.deepEqual(await kernelState(), []);
    assert.deepEqual(await run(restoring, saved.stdout), silent);
    return saved.stdout;
  }

  it('preserves random tables', async (context) => {
    const seed = Date.now();
    let tables = 0;
    let lines = 0;
    for (const related of fc.sample(relatedTables(10), { numRuns: 30, seed })) {
      await ipvs.flush();
      for (const commands of related) {
        const current = await readState(ipvs);
        assert.equal(await apply(ipvs, current, plan(current, { table: tableFrom(commands) })), undefined);
        const before = await kernelState();
        assert.equal(before.length, commands.length);
        const saved = await saveAndRestore(tables % 10 ? '-R' : '-R --sync');
        const where = `seed ${seed}, table ${tables}:\n${saved}`;
        assert.deepEqual(await kernelState(), before, where);
        // Not byte by byte: the reference, and so ours, sorts by differences, which overflow when marks or addresses are far
        // apart; the order then depends on the kernel's.
        assert.deepEqual(linesOf((await run('-S -n')).stdout), linesOf(saved), where);
        tables++;
        lines += before.length;
      }
    }
    context.diagnostic(`${tables} tables with ${lines} services and servers`);
  });

  it('preserves rarely used settings', async () => {
    // With flag-3, which marks a drain, a weight of 0 would cause a warning.
    const rules = [
      '-A -f 4294967295 -s sh -p 2678400 -M 0.0.0.0 --pe sip -o -b sh-fallback,sh-port,flag-3',
      '-a -f 4294967295 -r 10.0.0.1:0 -g -w 1 -x 2147483647 -y 2147483647',
      '-a -f 4294967295 -r [2001:db8::1]:0 -i -w 1 --tun-type gue --tun-port 65535 --tun-remcsum',
      '-A -f 4294967295 -6 -s mh -p 1 -M 1 -b mh-fallback,mh-port,flag-3',
      '-a -f 4294967295 -6 -r 10.0.0.1:65535 -i -w 2147483647 --tun-type gre --tun-csum',
      '-A --sctp-service [::ffff:192.0.2.1]:0 -s wlc -p 360 -M 64',
      '-a --sctp-service [::ffff:192.0.2.1]:0 -r [2001:db8::1]:7 -m -w 0',
    ];
    await ipvs.flush();
    assert.deepEqual(await run('-R', rules.join('\n')), silent);
    const before = await kernelState();
    assert.equal(before.length, rules.length);
    const saved = await saveAndRestore('-R');
    assert.deepEqual(linesOf(saved), rules.toSorted());
    assert.deepEqual(await kernelState(), before);
  });
});

/** Returns the lines of a text, sorted for comparison. */
function linesOf(text: string): string[] {
  return text.trimEnd().split('\n').sort();
}

/** Formats a value as JSON, with addresses in text form. */
function describe(value: unknown): string {
  return JSON.stringify(value, (key, part) => (key === 'address' ? part.text : part));
}
