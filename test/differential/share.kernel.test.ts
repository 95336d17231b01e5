import { after, before, describe } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { isEmulated, wantedBuild } from '../lab/project.ts';
import { Rig } from './rig.ts';
import { testScenarios } from './scenario-suite.ts';

/** Share of the steps of each scenario that are tested on Node, too. */
const share = isEmulated ? 1 / 32 : 1 / 4;

if (!wantedBuild) {
  kernelSuite(import.meta.url, 'scenarios on Node, compared with ipvsadm 1.31', () => {
    let rig: Rig;
    before(() => {
      rig = new Rig('node');
    });
    after(() => rig.dispose());
    testScenarios(new URL('scenarios/', import.meta.url), () => rig, share);
  });
} else {
  describe(`scenarios.kernel.test.ts tests all scenarios with the build ${wantedBuild}`, () => {});
}
