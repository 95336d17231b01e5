import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Rig } from './rig.ts';
import { readScenarios, type Step } from './scenario.ts';

/** Matches command lines that only read the table. */
const reads = /^ipvsadm(-save| -[lLS]| --(list|save)|$)/;

/**
 * Defines tests that our ipvsadm behaves like the reference in each scenario of a folder.
 *
 * @param rig returns the directors; called only while tests run
 * @param share share of the steps of each scenario that are tested, from its beginning
 */
export function testScenarios(folder: URL, rig: () => Rig, share = 1): void {
  for (const { title, steps } of readScenarios(folder)) {
    describe(title, () => {
      before(() => rig().reset());
      for (const step of steps.slice(0, Math.ceil(steps.length * share)))
        it(step.line, () => compare(rig(), step));
      it('leaves the same table as ipvsadm 1.31', () => compareStates(rig()));
    });
  }
}

async function compare(rig: Rig, { line, differs }: Step): Promise<void> {
  const read = reads.test(line) && !/[|>]/.test(line);
  const [reference, ours] = await Promise.all([
    rig.reference.run(line),
    (read ? rig.oursOnReference : rig.ours).run(line),
  ]);
  if (differs) {
    const { number, ...expected } = differs;
    assert.deepEqual(ours, expected, `expected outcome of difference ${number}`);
    assert.notDeepEqual(ours, reference, `difference ${number} no longer exists`);
    await rig.reset();
    return;
  }
  assert.deepEqual(ours, reference);
  // A faulty command line (status 2) never reaches the kernel; the end of the scenario verifies that.
  if (!read && reference.status !== 2) await compareStates(rig);
}

/** Compares the tables; when they differ, empties both first, so that later steps do not fail for the same reason. */
async function compareStates(rig: Rig): Promise<void> {
  const { ours, reference } = await rig.states();
  if (ours.join() !== reference.join()) await rig.reset();
  assert.deepEqual(ours, reference);
}
