import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import fc from 'fast-check';
import { Ipvs } from '../../src/ipvs/client.ts';
import { readState } from '../../src/ipvs/state.ts';
import { apply } from '../../src/rollout/apply.ts';
import type { Command } from '../../src/rules/command.ts';
import { toDesiredTable } from '../../src/rules/desired.ts';
import { plan } from '../../src/rules/plan.ts';
import { commandsOfPlan } from '../../src/rules/step.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Reference, run } from './director.ts';
import { relatedTables, rulesOf, tableFrom, text } from './tables.ts';

const samples = 50;
const tablesOfSample = 21;

/** Seed of the random tables, different in each run; a failure names it. */
const seed = Date.now();

kernelSuite(import.meta.url, 'a rollout of random tables', () => {
  let ipvs: Ipvs;
  let here: Reference;
  /** The reference on another director, where it creates the same tables. */
  let other: Reference;
  before(async () => {
    ipvs = await Ipvs.open();
    here = new Reference();
    other = new Reference('reference');
  });
  after(() => {
    ipvs.close();
    here.close();
    other.close();
  });

  /** Converges the table to the one that commands create; returns the number of requests. */
  async function roll(commands: readonly Command[]): Promise<number> {
    const original = await readState(ipvs);
    const planned = plan(original, { table: tableFrom(commands) });
    assert.equal(await apply(ipvs, original, planned), undefined);
    return commandsOfPlan(planned).length;
  }

  it('converges 1,000 tables to 1,000 others', async (context) => {
    const started = performance.now();
    let pairs = 0;
    let requests = 0;
    let compared = 0;
    for (const tables of fc.sample(relatedTables(tablesOfSample), { numRuns: samples, seed })) {
      await ipvs.flush();
      for (const [index, commands] of tables.entries()) {
        requests += await roll(commands);
        const found = await readState(ipvs);
        const wanted = tableFrom(commands);
        const where = `seed ${seed}, pair ${pairs}`;
        assert.deepEqual(rulesOf(toDesiredTable(found.table)), rulesOf(wanted), where);
        assert.deepEqual(commandsOfPlan(plan(found, { table: wanted })), [], where);
        if (index === 0) continue;
        pairs++;
        if (pairs % 20 === 0) {
          await other.restore(commands.map(text));
          assert.deepEqual(await here.state(), await other.state(), where);
          compared++;
        }
      }
    }
    assert.ok(pairs >= 1000);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    context.diagnostic(
      `${pairs} pairs, ${requests} requests, ${compared} compared with the reference, ${seconds} s`,
    );
  });

  it('prints with --dry-run the commands it would run, which ipvsadm -R accepts', async (context) => {
    context.diagnostic(`seed ${seed}`);
    const [first = [], ...others] = fc.sample(relatedTables(10), { numRuns: 1, seed })[0] ?? [];
    await ipvs.flush();
    await roll(first);
    for (const commands of others) {
      const rules = commands.map(text);
      const before = await here.state();
      const dry = await run('-R --sync --allow-empty --dry-run --exit-code', rules);
      assert.deepEqual(await here.state(), before);
      assert.deepEqual([dry.status, dry.stderr], [dry.stdout === '' ? 0 : 3, '']);
      assert.deepEqual(await run('-R --sync --allow-empty --dry-run', rules), { ...dry, status: 0 });
      assert.deepEqual(await run('-R', dry.stdout), { status: 0, stdout: '', stderr: '' });
      assert.deepEqual(await run('-R --sync --allow-empty --dry-run --exit-code', rules), {
        status: 0,
        stdout: '',
        stderr: '',
      });
      assert.deepEqual(rulesOf(toDesiredTable((await readState(ipvs)).table)), rulesOf(tableFrom(commands)));
    }
  });

  it('converges even if another program removes services and servers first', async (context) => {
    context.diagnostic(`seed ${seed}`);
    const [from = [], to = []] = fc.sample(relatedTables(2), { numRuns: 1, seed })[0] ?? [];
    await ipvs.flush();
    await roll(from);
    const original = await readState(ipvs);
    const wanted = tableFrom(to);
    // Another program removes the services and servers before the plan does.
    const beforeRemovals = async () => {
      for (const { command } of plan(original, { table: wanted }).removals) {
        if (command.name === 'delete-service') await ipvs.removeService(command.service);
        if (command.name === 'delete-server') await ipvs.removeDestination(command.service, command.server);
      }
      return plan(original, { table: wanted }).removals;
    };
    assert.equal(
      await apply(ipvs, original, plan(original, { table: wanted }), { beforeRemovals }),
      undefined,
    );
    assert.deepEqual(rulesOf(toDesiredTable((await readState(ipvs)).table)), rulesOf(wanted));
  });
});
