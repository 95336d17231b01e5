import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ServiceFlag } from '../../src/ipvs/model.ts';
import { type DesiredTable, desiredState } from '../../src/rules/desired.ts';
import { refusingSteps, tableWhileDraining } from '../../src/rules/draining.ts';
import { settingsAfterDraining, settingsWhileDraining } from '../../src/rules/fallback-settings.ts';
import { refusesByHash } from '../../src/rules/hash-schedulers.ts';
import { plan } from '../../src/rules/plan.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { directorWith } from '../rollout/tables.ts';

const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];

/** Settings without the flag that marks a fallback while draining. */
const settings = fc
  .tuple(fc.constantFrom(...schedulers), fc.integer({ min: 0, max: 0x3f }))
  .map(([scheduler, flags]) => ({ scheduler, flags: flags & ~ServiceFlag.scheduler3 }));

function tableOf(...rules: string[]): DesiredTable {
  const { rules: parsed, errors } = parseRules(rules.join('\n'));
  assert.deepEqual(errors, []);
  return desiredState(parsed).table;
}

/** Returns scheduler and flags of each service in a table. */
function schedulingOf(table: DesiredTable): unknown[] {
  return [...table.values()].map(({ settings: { scheduler, flags } }) => [scheduler, flags]);
}

describe('settings while draining', () => {
  it('refuse no clients, and can be reverted', () => {
    fc.assert(
      fc.property(settings, (own) => {
        const temporary = settingsWhileDraining(own);
        assert.equal(refusesByHash(temporary), false);
        assert.deepEqual(settingsAfterDraining(temporary), own);
        assert.equal(temporary === own, !refusesByHash(own));
      }),
    );
  });

  it('are not reverted for a service without the marker', () => {
    fc.assert(fc.property(settings, (own) => assert.equal(settingsAfterDraining(own), own)));
  });
});

describe('tableWhileDraining', () => {
  const service = '-A -t 192.0.2.1:80 -s sh';
  const [first, second] = ['-a -t 192.0.2.1:80 -r 10.0.0.1', '-a -t 192.0.2.1:80 -r 10.0.0.2'];
  const sh = ['sh', 0];
  const fallback = ['sh', ServiceFlag.scheduler1 | ServiceFlag.scheduler3];

  function draining(from: DesiredTable, to: DesiredTable): unknown[] {
    return schedulingOf(tableWhileDraining(directorWith(from).table, to));
  }

  it('uses a fallback for a service that loses a server', () => {
    assert.deepEqual(draining(tableOf(service, first, second), tableOf(service, second)), [fallback]);
  });

  it('uses no fallback if no server is removed, or none with a weight above 0 remains', () => {
    const both = tableOf(service, first, second);
    for (const wanted of [both, tableOf(service), tableOf(service, `${second} -w 0`)])
      assert.deepEqual(draining(both, wanted), [sh]);
    assert.deepEqual(draining(tableOf(service, second), both), [sh]);
    assert.deepEqual(draining(tableOf(), both), [sh]);
  });
});

describe('refusingSteps', () => {
  const service = '-A -t 192.0.2.1:80 -s';
  const [first, second] = ['-a -t 192.0.2.1:80 -r 10.0.0.1', '-a -t 192.0.2.1:80 -r 10.0.0.2'];

  function places(from: readonly string[], to: readonly string[]): unknown[] {
    const [current, wanted] = [directorWith(tableOf(...from)), tableOf(...to)];
    const { additions } = plan(current, { table: wanted });
    return refusingSteps(additions, current.table, wanted).map(({ step }) => step.place);
  }

  it('returns steps that set weight 0 under a scheduler that then refuses clients', () => {
    for (const scheduler of schedulers) {
      const refused = refusesByHash({ scheduler, flags: 0 }) ? [2] : [];
      const rules = [`${service} ${scheduler}`, `${first} -w 0`, second];
      assert.deepEqual(places([`${service} ${scheduler}`, first, second], rules), refused, scheduler);
      // Nothing is reported if the table was empty, as after a reboot, or equal before.
      assert.deepEqual(places([], rules), [], scheduler);
      assert.deepEqual(places(rules, rules), [], scheduler);
      assert.deepEqual(places([`${service} ${scheduler}`, first], rules.slice(0, 2)), [], scheduler);
    }
  });

  it('returns no steps for a service with a fallback', () => {
    const fallback = `${service} sh -b sh-fallback`;
    assert.deepEqual(places([fallback, first, second], [fallback, `${first} -w 0`, second]), []);
  });
});
