import { after, before } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Rig } from './rig.ts';
import { testScenarios } from './scenario-suite.ts';

kernelSuite(import.meta.url, 'the same as ipvsadm 1.31', () => {
  let rig: Rig;
  before(() => {
    rig = new Rig();
  });
  after(() => rig.dispose());
  testScenarios(new URL('scenarios/', import.meta.url), () => rig);
});
