import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Rig } from './rig.ts';
import { testScenarios } from './scenario-suite.ts';
import { SystemFile } from './system-file.ts';

const folder = new URL('names/', import.meta.url);

kernelSuite(import.meta.url, 'names, compared with ipvsadm 1.31', () => {
  let hosts: SystemFile;
  let rig: Rig;
  before(() => {
    hosts = new SystemFile('/etc/hosts', readFileSync(new URL('hosts', folder), 'utf8'));
    rig = new Rig();
  });
  after(() => {
    rig.dispose();
    hosts.restore();
  });
  testScenarios(folder, () => rig);
});
