import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Rig } from './rig.ts';
import { readScenarios, type Step } from './scenario.ts';

/** Command lines that change nothing. */
const reads = /^ipvsadm(-save| -[lLS]| --(list|save)|$)/;

kernelSuite(import.meta.url, 'the same as ipvsadm 1.31', () => {
  let rig: Rig;
  before(() => {
    rig = new Rig();
  });
  after(() => rig.dispose());

  for (const { title, steps } of readScenarios(new URL('scenarios/', import.meta.url))) {
    describe(title, () => {
      before(() => rig.reset());
      for (const step of steps) it(step.line, () => compare(rig, step));
      it('leaves the same table', () => compareStates(rig));
    });
  }
});

async function compare(rig: Rig, { line, differs }: Step): Promise<void> {
  const read = reads.test(line) && !line.includes('|');
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
