import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Narration } from '../lab/narration.ts';
import { binFolder } from '../lab/project.ts';
import type { Answer } from '../traffic/agent.ts';
import { oneNetwork, twoDirectorsLayout } from '../traffic/layouts.ts';
import { Stage } from '../traffic/stage.ts';

const { vip, addresses, director: master } = oneNetwork;
const service = `-t ${vip}:80`;
const rules = [
  `-A ${service} -s rr`,
  ...addresses.slice(0, 2).map((address) => `-a ${service} -r ${address} -g -w 3`),
];

kernelSuite(import.meta.url, 'the doctor on one of two directors', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-directors-'));
  let stage: Stage;
  let open: readonly Answer[];
  before(async () => {
    const serving = { web1: [{ port: 80 }], web2: [{ port: 80 }] };
    stage = await Stage.open({ layout: twoDirectorsLayout(), serving }, new Narration(() => {}), 'pair-');
    for (const machine of ['director', 'backup'])
      await stage.run(`ipvsadm -R <<END\n${rules.join('\n')}\nEND`, machine);
    await stage.run('ipvsadm --start-daemon master --mcast-interface lan --syncid 8');
    await stage.run('ipvsadm --start-daemon backup --mcast-interface lan --syncid 7', 'backup');
    open = await stage.visit({ address: vip, port: 80 }, { times: 2, hold: true });
  });
  after(async () => {
    await stage.close();
    rmSync(folder, { recursive: true });
  });

  function doctor(machine: string, ...words: readonly string[]) {
    return stage.world.exec(machine, [`${binFolder}/ipvsadm`, '--doctor', ...words]);
  }

  /** Runs the doctor during traffic, so that the master has connections to report; it starts after 2.5 seconds. */
  async function inTraffic(): Promise<string> {
    let isOver = false;
    const examined = sleep(2500)
      .then(() => doctor('backup'))
      .finally(() => {
        isOver = true;
      });
    while (!isOver) {
      await stage.again(open);
      await stage.visit({ address: vip, port: 80 });
      await sleep(50);
    }
    return (await examined).stdout.replaceAll(/\s+/g, ' ');
  }

  it('reports that the other director uses another sync ID, and commands that repair it', async () => {
    const report = await inTraffic();
    assert.ok(report.startsWith(`1. The backup daemon ignores the sync messages of ${master}.`), report);
    assert.match(report, /uses the sync ID 8, .* accepts only messages with the sync ID 7/);
    const [, stop = '', start = ''] =
      /fix: (ipvsadm --stop-daemon backup) (ipvsadm --start-daemon backup .*?) 1 finding/.exec(report) ?? [];
    await stage.run(`set -e; ${stop}; ${start}`, 'backup');
    assert.match(await stage.run('ipvsadm -L --daemon', 'backup'), /syncid=8/);
    assert.equal(await inTraffic(), 'No problems found with 1 service. ');
    assert.equal((await doctor('director')).code, 0);
  });

  it('reports a server that only the master has', async () => {
    const known = () => stage.run('ipvsadm -Lnc', 'backup');
    assert.match(
      await stage.eventually(known, (seen) => (seen.match(/ESTABLISHED/g)?.length ?? 0) >= 2),
      /ESTABLISHED/,
    );
    await stage.run(`ipvsadm -d ${service} -r ${addresses[0]}`, 'backup');
    const report = await inTraffic();
    assert.match(report, /^1\. This backup lacks services or servers of its master\. /);
    assert.match(report, /lack their server 192\.168\.10\.121:80/);
    await stage.run(`ipvsadm -a ${service} -r ${addresses[0]} -g -w 3`, 'backup');
  });

  it('reports a virtual address that both directors have', async () => {
    await stage.run(`ip address add ${vip}/32 dev lan`, 'backup');
    const both = await inTraffic();
    assert.match(both, /^1\. Two directors have the virtual address 192\.168\.10\.120\. /);
    assert.match(both, /192\.168\.10\.1 has clients of it at this moment/);
    // The master delays sync messages that are not full for a few seconds.
    const { stdout } = await stage.eventually(
      () => doctor('backup'),
      (seen) => seen.stdout.includes('is a backup, but'),
      30,
    );
    assert.match(stdout, /^1\. This director is a backup, but has the virtual address 192\.168\.10\.120\.\n/);
    await stage.run(`ip address del ${vip}/32 dev lan`, 'backup');
    assert.equal((await doctor('backup')).code, 0);
  });

  it('reports an IPv6 address that another machine has', async () => {
    const taken = 'fd00:10::121';
    await stage.run(
      `ipvsadm -A -t [${taken}]:80 -s rr; ipvsadm -a -t [${taken}]:80 -r [fd00:10::122]:80 -g`,
      'backup',
    );
    await stage.run(
      `ip address add fd00:10::2/64 dev lan nodad; ip address add ${taken}/128 dev lan`,
      'backup',
    );
    const { stdout } = await stage.eventually(
      () => doctor('backup'),
      ({ stdout }) => stdout.includes('Another machine'),
      20,
    );
    assert.match(stdout, /^1\. Another machine has the virtual address fd00:10::121\.\n/);
    await stage.run(`ip address del ${taken}/128 dev lan; ipvsadm -D -t [${taken}]:80`, 'backup');
  });

  it('reports an interface without multicast', async () => {
    await stage.run('ip link set lan multicast off');
    const { code, stdout } = await doctor('director');
    assert.equal(code, 1);
    assert.match(stdout, /^1\. Sync messages may not pass through lan\.\n/);
    assert.match(stdout, /\n {3}fix: {6}ip link set lan multicast on\n/);
    await stage.run('ip link set lan multicast on');
    assert.equal((await doctor('director')).code, 0);
  });

  it('compares the table with a file, and reports the differences', async () => {
    const file = join(folder, 'web.rules');
    const json = join(folder, 'web.json');
    writeFileSync(file, await stage.run('ipvsadm -Sn --all'));
    writeFileSync(json, await stage.run('ipvsadm -Ln --json'));
    for (const name of [file, json]) {
      const same = await doctor('backup', '--expect', name);
      assert.deepEqual(same, {
        code: 0,
        stdout: 'No problems found with 1 service.\n',
        stderr: '',
      });
    }

    await stage.run(`cat ${file} | ipvsadm --doctor --expect /dev/stdin`, 'backup');

    await stage.run(`ipvsadm -e ${service} -r ${addresses[1]} -g -w 0`, 'backup');
    assert.equal((await doctor('backup', '--expect', file)).stdout.startsWith('1. The table differs'), false);
    await stage.run(
      `ipvsadm -E ${service} -s wlc; ipvsadm -d ${service} -r ${addresses[0]}; ipvsadm -A -u ${vip}:53; ` +
        `ipvsadm -a -u ${vip}:53 -r ${addresses[0]} -g`,
      'backup',
    );
    const { code, stdout } = await doctor('backup', '--expect', json);
    assert.equal(code, 1);
    assert.ok(stdout.includes(`The table differs from ${json}.`), stdout);
    const text = stdout.replaceAll(/\s+/g, ' ');
    assert.match(text, /missing here: 1 server; only here: 1 service; with different settings: 1 service\./);
    const repairs = stdout.slice(stdout.lastIndexOf('fix:')).match(/ipvsadm .*/g) ?? [];
    assert.equal(repairs.length, 3);
    await stage.run(`set -e\n${repairs.join('\n')}`, 'backup');
    assert.equal((await doctor('backup', '--expect', json)).stdout.includes('differs from'), false);
    assert.equal(
      (await stage.run('ipvsadm -Sn', 'backup')).split('\n').sort().join(),
      (await stage.run('ipvsadm -Sn'))
        .split('\n')
        .sort()
        .join()
        .replace(`${addresses[1]}:80 -g -w 3`, `${addresses[1]}:80 -g -w 0`),
    );
  });

  it('examines nothing if the file cannot be read or contains no rules', async () => {
    for (const [name, sentence] of [
      [folder, /^cannot read .*: Is a directory\n$/],
      [join(folder, 'none'), /^cannot read .*: No such file or directory\n$/],
      ['/etc/passwd', /^\/etc\/passwd: line 1: /],
      ['/dev/null', /^\/dev\/null has no services to compare /],
      ['', /^no file given for --expect\n$/],
    ] as const) {
      const { code, stdout, stderr } = await doctor('backup', '--expect', name);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
      assert.match(stderr, sentence);
    }
  });
});
