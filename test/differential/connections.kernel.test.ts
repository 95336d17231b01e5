import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Rig } from './rig.ts';
import type { Outcome } from './shell.ts';
import { backupDaemon, type SyncedConnection, sendConnections } from './sync-messages.ts';
import { SystemFile } from './system-file.ts';

const v4 = { virtual: ['10.9.0.1', 80], server: ['10.9.0.2', 8080] } as const;
const v6 = { virtual: ['2001:db8:9::1', 443], server: ['2001:db8:9::2', 443] } as const;

const connections: readonly SyncedConnection[] = [
  // Every TCP state.
  ...Array.from({ length: 11 }, (_, state) => ({
    ...v4,
    protocol: 'TCP' as const,
    client: ['10.9.0.3', 40000 + state] as const,
    state,
    timeout: 100 + 300 * state,
  })),
  { ...v4, protocol: 'TCP', client: ['10.9.0.99', 1], state: 1, timeout: 86400 },
  { ...v4, protocol: 'TCP', client: ['10.9.0.4', 2], virtual: ['10.9.0.5', 514], state: 1, timeout: 900 },
  { ...v4, protocol: 'UDP', client: ['10.9.0.5', 514], virtual: ['10.9.0.1', 53], timeout: 300 },
  { ...v4, protocol: 'SCTP', client: ['10.9.0.2', 3], virtual: ['10.9.0.1', 2905], state: 1, timeout: 900 },
  { ...v6, protocol: 'TCP', client: ['2001:db8:9::3', 40000], state: 1, timeout: 900 },
  { ...v6, protocol: 'UDP', client: ['2001:db8:9::99', 40000], timeout: 300 },
  {
    ...v6,
    protocol: 'SCTP',
    client: ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 65535],
    state: 1,
    timeout: 300,
  },
  // Templates: of a service, of all services of a host, of a firewall mark.
  { ...v4, protocol: 'TCP', client: ['10.9.0.3', 0], timeout: 360, template: true },
  { ...v4, protocol: 'TCP', client: ['10.9.0.0', 0], virtual: ['10.9.0.1', 0], timeout: 360, template: true },
  { ...v4, protocol: 'IP', client: ['10.9.0.3', 0], virtual: ['0.0.0.7', 0], timeout: 360, template: true },
  { ...v6, protocol: 'TCP', client: ['2001:db8:9::', 0], timeout: 360, template: true },
  { ...v6, protocol: 'IP', client: ['2001:db8:9::', 0], virtual: ['::7', 0], timeout: 360, template: true },
  // Templates with data of a persistence engine.
  ...['5f3e@192.0.2.9', 'a', 'x'.repeat(60), 'two words', 'c:d=e'].map((data, index) => ({
    ...v4,
    protocol: 'UDP' as const,
    client: ['10.9.0.3', 0] as const,
    virtual: ['10.9.0.1', 5060 + index] as const,
    server: [index % 2 ? '10.9.0.2' : '100.100.100.100', 5060] as const,
    timeout: 3600,
    template: true,
    persistence: { engine: 'sip', data },
  })),
];

kernelSuite(import.meta.url, 'listings of connections, compared with ipvsadm 1.31', () => {
  let hosts: SystemFile;
  let rig: Rig;
  before(async () => {
    hosts = new SystemFile('/etc/hosts', readFileSync(new URL('names/hosts', import.meta.url), 'utf8'));
    rig = new Rig();
    const ip = (...words: string[]) => execFileSync('ip', ['-n', 'reference', ...words]);
    ip('link', 'set', 'lo', 'multicast', 'on');
    ip('route', 'add', '224.0.0.0/4', 'dev', 'lo');
    // Adding this service makes the kernel load the engine's module.
    await rig.reference.run('ipvsadm -A -u 10.9.0.1:5060 -p --pe sip');
    await rig.reference.run(`ipvsadm ${backupDaemon}`);
    await sendConnections('reference', connections);
    await untilArrived(rig, connections.length);
    await mixFamilies(rig, ip);
  });
  after(async () => {
    await rig.reset();
    rig.dispose();
    hosts.restore();
  });

  it('contain all connections', async () => {
    const { stdout } = await rig.reference.run('ipvsadm -Lnc --persistent-conn');
    assert.equal(await count(rig), connections.length + 2, stdout);
    assert.match(stdout, /5f3e@192\.0\.2\.9/);
  });

  for (const line of [
    'ipvsadm -Lnc',
    'ipvsadm -Lc',
    'ipvsadm -Lnc --persistent-conn',
    'ipvsadm -Lc --persistent-conn',
    'ipvsadm -L -c -n --nosort',
    'ipvsadm -L -c -n --exact --sort',
    'ipvsadm -L --persistent-conn',
    'ipvsadm -L -n --stats',
  ])
    it(`are the same: ${line}`, async () => {
      const { reference, ours } = await atOneTime(rig, line);
      assert.deepEqual(ours, reference);
    });

  // The reference parses the text after the 255th character of a line as another connection.
  it('contain persistence data in full, beyond 255 characters of a line', async () => {
    const data = 'x'.repeat(200);
    const persistence = { engine: 'sip', data };
    const long = { ...v4, protocol: 'UDP', client: ['10.9.0.3', 0], timeout: 60, template: true } as const;
    await rig.reference.run(`ipvsadm -C; ipvsadm ${backupDaemon}`);
    await sendConnections('reference', [{ ...long, persistence }]);
    await untilArrived(rig, connections.length + 3);
    const { stdout } = await rig.oursOnReference.run('ipvsadm -Lnc --persistent-conn');
    assert.match(stdout, new RegExp(`^UDP \\S+ {2}NONE .* 10\\.9\\.0\\.2:8080 +sip +${data}$`, 'm'));
    assert.equal(stdout.split('\n').length, 2 + connections.length + 3 + 1);
  });
});

/** Waits until the table has `wanted` connections, or about five seconds have passed. */
async function untilArrived(rig: Rig, wanted: number): Promise<void> {
  for (let wait = 0; wait < 50 && (await count(rig)) < wanted; wait++) await sleep(100);
}

/**
 * Opens two connections whose server has the other address family, which requires a tunnel. Stops the sync daemon first:
 * the kernel refuses such servers while one is running.
 */
async function mixFamilies({ reference }: Rig, ip: (...words: string[]) => void): Promise<void> {
  ip('link', 'add', 'dummy0', 'up', 'type', 'dummy');
  for (const address of ['10.9.0.1/24', '2001:db8:9::1/64'])
    ip('address', 'add', address, 'dev', 'dummy0', ...(address.includes(':') ? ['nodad'] : []));
  await reference.run(`
    ipvsadm --stop-daemon backup
    ipvsadm -A -u 10.9.0.1:7; ipvsadm -a -u 10.9.0.1:7 -r [2001:db8:9::2]:7 -i
    ipvsadm -A -u [2001:db8:9::1]:7; ipvsadm -a -u [2001:db8:9::1]:7 -r 10.9.0.2:7 -i
    bash -c 'echo >/dev/udp/10.9.0.1/7'; bash -c 'echo >/dev/udp/2001:db8:9::1/7'`);
}

async function count({ reference }: Rig): Promise<number> {
  const { stdout } = await reference.run('cat /proc/net/ip_vs_conn');
  return stdout.split('\n').length - 2;
}

/**
 * Returns what both programs print of the same table. As expiry times count down, ours runs between two runs of the reference,
 * and each time that lies between the reference's is replaced by its first. Returns the first of ten tries in which both agree,
 * or else the last.
 */
async function atOneTime(rig: Rig, line: string): Promise<{ reference: Outcome; ours: Outcome }> {
  for (let tries = 0; ; tries++) {
    const reference = await rig.reference.run(line);
    const ours = await rig.oursOnReference.run(line);
    const after = await rig.reference.run(line);
    const stdout = putBack(reference.stdout, ours.stdout, after.stdout);
    if (tries === 9 || reference.stdout === stdout) return { reference, ours: { ...ours, stdout } };
  }
}

/** Replaces the time in each line of `text` by that of `before`, if it lies between those of `before` and `after`. */
function putBack(before: string, text: string, after: string): string {
  const [first, last] = [before, after].map((text) => text.split('\n').map(timeIn));
  const lines = text.split('\n').map((line, index) => {
    const [earliest, time, latest] = [last?.[index], timeIn(line), first?.[index]];
    if (!earliest || !time || !latest || time.text.length !== latest.text.length) return line;
    const isBetween = earliest.seconds <= time.seconds && time.seconds <= latest.seconds;
    return isBetween ? line.replace(time.text, latest.text) : line;
  });
  return lines.join('\n');
}

/** Parses the time until the connection in a line expires: `PRO MM:SS STATE …`. */
function timeIn(line: string): { readonly text: string; readonly seconds: number } | undefined {
  const [, text, minutes, seconds] = /^\S+ +((\d+):(\d\d)) /.exec(line) ?? [];
  return text ? { text, seconds: 60 * Number(minutes) + Number(seconds) } : undefined;
}
