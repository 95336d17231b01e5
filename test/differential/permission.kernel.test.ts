import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Rig } from './rig.ts';
import { SystemFile } from './system-file.ts';

/** Command lines with every command, and faulty ones. */
const lines = [
  'ipvsadm',
  'ipvsadm -L',
  'ipvsadm -Ln -t 192.0.2.1:80',
  'ipvsadm -Lnc',
  'ipvsadm -L --timeout',
  'ipvsadm -L --daemon',
  'ipvsadm -S',
  'ipvsadm -A -t 192.0.2.1:80',
  'ipvsadm -E -t 192.0.2.1:80 -s rr',
  'ipvsadm -D -t 192.0.2.1:80',
  'ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.2',
  'ipvsadm -e -t 192.0.2.1:80 -r 192.0.2.2',
  'ipvsadm -d -t 192.0.2.1:80 -r 192.0.2.2',
  'ipvsadm -C',
  'ipvsadm -Z',
  'ipvsadm --set 1 2 3',
  'ipvsadm --start-daemon master --mcast-interface lo',
  'ipvsadm --stop-daemon master',
  'ipvsadm -R',
  'ipvsadm -A',
  'ipvsadm -A -t 192.0.2.1:80 -w 1',
  'ipvsadm -A -t nonsense',
  'ipvsadm --nonsense',
  'ipvsadm nonsense',
];

const users = {
  root: '',
  // May read every file, wherever the programs are installed, but has no other capability.
  'an ordinary user':
    'setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search',
};

kernelSuite(import.meta.url, 'commands that fail, compared with ipvsadm 1.31', () => {
  describe('without permission', () => compareAll('an ordinary user'));

  const machine = process.env.IPVSADM_LAB === 'host' && "this machine's own module is not unloaded";
  describe('without the ip_vs module', { skip: machine }, () => {
    before(() => {
      execFileSync('modprobe', ['--remove', 'ip_vs']);
      // Keeps the kernel from loading the module itself.
      writeFileSync('/proc/sys/kernel/modprobe', '/bin/false');
    });

    describe('if modprobe fails', () => {
      let modprobe: SystemFile;
      before(() => {
        modprobe = new SystemFile('/sbin/modprobe', '#!/bin/sh\nexit 1\n');
      });
      after(() => modprobe.restore());
      compareAll('root');
      compareAll('an ordinary user');
    });

    it('ipvsadm loads the module with /sbin/modprobe', async () => {
      assert.ok(!existsSync('/proc/net/ip_vs'));
      const rig = new Rig();
      const { status, stderr } = await rig.ours.run('ipvsadm -Ln');
      rig.dispose();
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
      assert.ok(existsSync('/proc/net/ip_vs'));
    });
  });
});

/** Defines a test per command line: both programs fail in the same way when `user` runs it. */
function compareAll(user: keyof typeof users): void {
  describe(`as ${user}`, () => {
    let rig: Rig;
    before(() => {
      rig = new Rig();
    });
    after(() => rig.dispose());
    for (const line of lines)
      it(line, async () => {
        const [reference, ours] = await Promise.all(
          [rig.reference, rig.ours].map((director) => director.run(`${users[user]} ${line}`)),
        );
        assert.deepEqual(ours, reference);
        assert.notEqual(ours?.status, 0);
      });
  });
}
