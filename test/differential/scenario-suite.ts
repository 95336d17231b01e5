import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Rig } from './rig.ts';
import { readScenarios, type Step } from './scenario.ts';

/** Command lines that change nothing. */
const reads = /^ipvsadm(-save| -[lLS]| --(list|save)|$)/;

/**
 * Tests that ours does as the reference does, in each scenario of a folder.
 *
 * @param rig gives the directors, once the tests run
 * @param share how large the part of each scenario is that is tested, from its beginning
 */
export function testScenarios(folder: URL, rig: () => Rig, share = 1): void {
  for (const { title, steps } of readScenarios(folder)) {
    describe(title, () => {
      before(() => rig().reset());
      for (const step of steps.slice(0, Math.ceil(steps.length * share)))
        it(step.line, () => compare(rig(), step));
      it('leaves the same table', () => compareStates(rig()));
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
    assert.deepEqual(ours, expected, `as difference ${number} allows`);
    assert.notDeepEqual(ours, reference, `difference ${number} is none any more`);
    await rig.reset();
    return;
  }
  assert.deepEqual(ours, reference);
  // What is refused as a command line never came to the kernel; the end of the scenario shows it.
  if (!read && reference.status !== 2) await compareStates(rig);
}

/** Compares the tables; when they differ, empties both, so that what follows is judged by itself. */
async function compareStates(rig: Rig): Promise<void> {
  const { ours, reference } = await rig.states();
  if (ours.join() !== reference.join()) await rig.reset();
  assert.deepEqual(ours, reference);
}
