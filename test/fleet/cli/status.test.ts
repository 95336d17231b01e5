import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { programOf } from '../../../src/cli/fleet/program.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { reportDocument } from '../../../src/fleet/documents/report.ts';
import { fleetName, keys } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';

describe('status --watch, into a file or pipe', () => {
  for (const words of [[], ['--json']]) {
    it(`prints nothing again that is the same: ${['status --watch', ...words].join(' ')}`, async () => {
      const fleet = await SimulatedFleet.withFirstRevision(['lb1']);
      let reads = 0;
      const { read } = fleet.store;
      fleet.store.read = (path) => {
        if (path === keys.state) reads++;
        return read.call(fleet.store, path);
      };
      const printed: string[] = [];
      const out = { write: (text: string | Uint8Array) => printed.push(String(text)), flush() {} };
      const streams = { input: async () => [], out, err: out };
      const program = programOf(streams, {
        async onFleet(_, task) {
          await task({ store: fleet.store, keys, fleet: fleetName, streams, words: {} });
        },
        withSettings: () => assert.fail(),
        alone: () => assert.fail(),
      });
      const watching = program.parseAsync(['status', '--watch', ...words], { from: 'user' });
      const untilRead = async (count: number) => {
        for (let tries = 0; reads < count; tries++) {
          assert.ok(tries < 500, `read ${reads} times`);
          await sleep(10);
        }
        await sleep(50);
      };
      await untilRead(1);
      assert.equal(printed.length, 1);
      const report = fleet.agent('lb1').report;
      assert.ok(report);
      const rewrite = (problem?: string) => {
        const findings = problem === undefined ? [] : [{ problem, services: 1 }];
        const put = putDocument(keys.report('lb1'), reportDocument, { ...report, findings });
        return fleet.store.commit({ compares: [], puts: [put] });
      };
      await rewrite();
      await untilRead(2);
      assert.equal(printed.length, 1);
      await rewrite('No packets.');
      await untilRead(3);
      assert.equal(printed.length, 2);
      assert.match(printed[1] ?? '', /No packets\./);
      process.emit('SIGINT');
      await watching;
    });
  }
});
