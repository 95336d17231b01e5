import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Rig } from './rig.ts';

/** Waits until the kernel's hash table has a bucket per service. Only kernels that resize it report the number of buckets. */
const untilGrown = `
  hasGrown() {
    buckets=$(sed -n 's/^Service buckets:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/net/ip_vs_status 2>/dev/null)
    [ "\${buckets:-20001}" -ge 20001 ]
  }
  for try in $(seq 300); do hasGrown && break; sleep 0.1; done
  hasGrown`;

kernelSuite(import.meta.url, 'a table of 20,001 services', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-many-'));
  let rig: Rig;
  before(async () => {
    rig = new Rig();
    let rules = '';
    for (let service = 0; service <= 20_000; service++) {
      const address = `10.0.${service >> 8}.${service & 255}:80`;
      rules += `-A -t ${address} -s rr\n`;
      if (service % 100 === 0) rules += `-a -t ${address} -r 172.16.0.1:80 -i -w 1 --tun-type gre\n`;
    }
    const file = join(folder, 'rules');
    writeFileSync(file, rules);
    const { status } = await rig.oursOnReference.run(`ipvsadm -R < ${file}`);
    assert.equal(status, 0);
    // While the kernel resizes its hash table, any listing contains some services twice and misses others.
    assert.equal(
      (await rig.oursOnReference.run(untilGrown)).status,
      0,
      'the hash table of services has not grown',
    );
  });
  after(() => {
    rig.dispose();
    rmSync(folder, { recursive: true });
  });

  for (const line of ['ipvsadm -Ln', 'ipvsadm -Ln --tun-info']) {
    it(`is the same as with ipvsadm 1.31: ${line}`, async () => {
      const reference = await rig.reference.run(line);
      assert.match(reference.stdout, /10\.0\.78\.32:80 /);
      assert.deepEqual(await rig.oursOnReference.run(line), reference);
    });
  }
});
