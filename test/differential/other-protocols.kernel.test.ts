import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { nodeWithTypeScript } from '../lab/project.ts';
import { Rig } from './rig.ts';

kernelSuite(import.meta.url, 'services of protocols other than TCP, UDP and SCTP', () => {
  let rig: Rig;
  before(async () => {
    rig = new Rig();
    await rig.reference.run('ipvsadm -A -t 10.0.0.1:80; ipvsadm -A -u 10.0.0.1:80');
    const program = [...nodeWithTypeScript, join(import.meta.dirname, 'other-protocols.ts')];
    execFileSync('ip', ['netns', 'exec', 'reference', ...program], { stdio: 'inherit' });
  });
  after(() => rig.dispose());

  for (const line of [
    'ipvsadm -Ln',
    'ipvsadm -L',
    'ipvsadm -Ln --stats',
    'ipvsadm -Ln --thresholds',
    'ipvsadm -Ln --tun-info',
    'ipvsadm -Sn',
    'ipvsadm -S',
  ]) {
    it(`are printed as by ipvsadm 1.31: ${line}`, async () => {
      const reference = await rig.reference.run(line);
      assert.match(reference.stdout, /^(\?|-A --xxx-service)/m);
      assert.deepEqual(await rig.oursOnReference.run(line), reference);
    });
  }

  for (const line of ['ipvsadm -Ln --json', 'ipvsadm -Ln --table', 'ipvsadm -L --prometheus']) {
    it(`have their protocol number in ${line}`, async () => {
      const { status, stdout, stderr } = await rig.oursOnReference.run(line);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.match(stdout, /ip_47/i);
    });
  }

  it('are removed by ipvsadm-restore if its input does not contain them', async () => {
    const line = 'echo -A -t 10.0.0.1:80 -s wlc | ipvsadm-restore && ipvsadm -Sn';
    assert.deepEqual(await rig.oursOnReference.run(line), {
      ...(await rig.oursOnReference.run('true')),
      stdout: '-A -t 10.0.0.1:80 -s wlc\n',
    });
  });
});
