import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { resolverSettings, startNameServer } from './name-server.ts';
import { Rig } from './rig.ts';
import { SystemFile } from './system-file.ts';

/** Control characters that a terminal would interpret. */
const escapes = '\x1b[31m\x07\x9b1m\r';

const zone = {
  '10.9.0.1': 'vip.dns.example',
  '10.9.0.2': `evil${escapes}.dns.example`,
  '10.9.0.3': 'blank and-more.dns.example',
};
const hosts = `127.0.0.1 localhost\n10.9.0.4 evil${escapes}.file.example\n10.9.0.5 \x1b]0;title\x07.file.example\n`;

kernelSuite(import.meta.url, 'names from a name server', () => {
  let files: SystemFile[];
  let rig: Rig;
  let server: ChildProcess;
  before(async () => {
    files = [new SystemFile('/etc/resolv.conf', resolverSettings), new SystemFile('/etc/hosts', hosts)];
    rig = new Rig();
    server = await startNameServer('reference', zone);
  });
  after(async () => {
    server.kill();
    await once(server, 'exit');
    rig.dispose();
    for (const file of files) file.restore();
  });

  it('are printed as by ipvsadm 1.31', async () => {
    await rig.reference.run('ipvsadm -A -t 10.9.0.1:80');
    const { stdout } = await assertSame(rig, 'ipvsadm -L');
    assert.match(stdout, /^TCP {2}vip\.dns\.example:http wlc$/m);
    await assertSame(rig, 'ipvsadm -S');
  });

  for (const address of ['10.9.0.2', '10.9.0.3', '10.9.0.4', '10.9.0.5'])
    it(`are printed without control characters (${address})`, async () => {
      await rig.reference.run(
        `ipvsadm -C; ipvsadm -A -t ${address}:80; ipvsadm -a -t ${address}:80 -r ${address}`,
      );
      for (const line of ['ipvsadm -L', 'ipvsadm -L --stats', 'ipvsadm -S']) {
        const { stdout } = await rig.oursOnReference.run(line);
        assert.doesNotMatch(stdout, /[^\n\P{Cc}]/u, line);
        assert.match(stdout, /http/);
      }
    });

  it('are resolved concurrently', async () => {
    const servers = Array.from({ length: 1000 }, (_, index) => `10.8.${index >> 8}.${index & 255}`);
    const rules = ['-A -t 10.9.0.1:80', ...servers.map((server) => `-a -t 10.9.0.1:80 -r ${server}`)];
    await rig.reference.run(`ipvsadm -C; ipvsadm -R <<'end'\n${rules.join('\n')}\nend`);
    const begun = performance.now();
    const { stdout } = await rig.oursOnReference.run('ipvsadm -L');
    const seconds = (performance.now() - begun) / 1000;
    assert.equal(stdout.split('\n').length, 3 + 1 + 1000 + 1);
    assert.match(stdout, /^TCP {2}vip\.dns\.example:http wlc$/m);
    assert.ok(seconds < 12, `1,000 unknown names took ${seconds.toFixed(1)} s`);
  });
});

/** Runs a command line with both programs on the same table; asserts equal outcomes, and returns them. */
async function assertSame(rig: Rig, line: string) {
  const [reference, ours] = await Promise.all([rig.reference.run(line), rig.oursOnReference.run(line)]);
  assert.deepEqual(ours, reference);
  return ours;
}
