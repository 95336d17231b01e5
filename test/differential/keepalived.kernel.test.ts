import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { agree } from './allowed.ts';
import { fetchKeepalived, Keepalived } from './keepalived.ts';
import { Rig } from './rig.ts';
import { shellLine } from './step.ts';

const configuration = fileURLToPath(new URL('keepalived.conf', import.meta.url));
/** Number of real servers in the configuration. */
const servers = 12;

const listings = [
  [],
  ...['--stats', '--rate', '--thresholds', '--persistent-conn', '--tun-info', '--nosort', '--exact'].map(
    (option) => [option],
  ),
  ...['--daemon', '--timeout'].map((option) => [option]),
  ['-t', '192.0.2.1:25', '--tun-info'],
  ['-f', '7', '-6'],
];
const reads = [
  ...listings.flatMap((options) => [
    ['-L', '-n', ...options],
    ['-L', ...options],
  ]),
  ['-S'],
  ['-S', '-n'],
];

// Fetches keepalived before the guest boots. Ignores errors: where the lab is unavailable, the suite reports that.
if (!process.env.IPVSADM_LAB) await fetchKeepalived().catch(() => {});

kernelSuite(import.meta.url, "keepalived's table", () => {
  let rig: Rig;
  let keepalived: Keepalived;
  before(async () => {
    rig = new Rig();
    // keepalived's sync daemon needs a VRRP instance, which needs an interface.
    execFileSync('ip', ['-n', 'reference', 'link', 'add', 'dummy0', 'up', 'type', 'dummy']);
    execFileSync('ip', ['-n', 'reference', 'address', 'add', '192.0.2.10/24', 'dev', 'dummy0']);
    keepalived = new Keepalived(await fetchKeepalived(), 'reference', configuration);
    for (let wait = 0; wait < 100 && !(await isComplete(rig)); wait++) await sleep(200);
    assert.ok(await isComplete(rig), keepalived.log);
  });
  after(async () => {
    await keepalived.stop();
    rig.dispose();
  });

  for (const words of reads)
    it(`is the same as with ipvsadm 1.31: ${shellLine({ words })}`, async () => {
      const [reference, ours] = await Promise.all(
        [rig.reference, rig.oursOnReference].map((director) => director.run(shellLine({ words }))),
      );
      assert.ok(reference && ours);
      if (!agree({ words }, ours, reference)) assert.deepEqual(ours, reference);
    });

  it('is the same after saving and restoring it', async () => {
    const { stdout: saved } = await rig.oursOnReference.run('ipvsadm -Sn');
    const restored = await rig.ours.run(shellLine({ words: ['-R'], input: saved }));
    assert.deepEqual(restored, { status: 0, stdout: '', stderr: '' });
    const table = 'ipvsadm -Sn; ipvsadm -Ln --thresholds';
    const [reference, ours] = await Promise.all([rig.reference.run(table), rig.referenceOnOurs.run(table)]);
    assert.deepEqual(ours.stdout.split('\n').sort(), reference.stdout.split('\n').sort());
  });
});

/** Returns whether keepalived has set up everything: all servers and, as the last step, its sync daemon. */
async function isComplete({ reference }: Rig): Promise<boolean> {
  const { stdout } = await reference.run('ipvsadm -Sn; ipvsadm -L --daemon');
  return stdout.match(/^-a /gm)?.length === servers && stdout.includes('sync daemon');
}
