import { after, before } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { isEmulated, wantedBuild } from '../lab/project.ts';
import { Rig } from './rig.ts';
import { testScenarios } from './scenario-suite.ts';

/** Share of the steps of each scenario that are tested. */
const share = isEmulated ? 1 / 8 : 1;

// The executable starts faster than Node, which saves minutes over all scenarios; another test runs a share on Node.
kernelSuite(import.meta.url, 'scenarios, compared with ipvsadm 1.31', () => {
  let rig: Rig;
  before(() => {
    rig = new Rig(wantedBuild ?? 'executable');
  });
  after(() => rig.dispose());
  testScenarios(new URL('scenarios/', import.meta.url), () => rig, share);
});
