import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildDirectRouting, type DirectRouting } from '../lab/direct-routing.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolder } from '../lab/project.ts';

const ipvsadm = join(binFolder, 'ipvsadm');

kernelSuite(import.meta.url, 'views of a director with traffic', () => {
  let dr: DirectRouting;
  before(async () => {
    dr = await buildDirectRouting({ prefix: 'views-' });
    const [one, two] = dr.servers;
    const rules = [
      `-A -t ${dr.vip}:80 -s rr`,
      `-a -t ${dr.vip}:80 -r ${one?.address}:80 -g`,
      `-a -t ${dr.vip}:80 -r ${two?.address}:80 -g -x 2`,
      `-A -f 7`,
    ];
    const { stderr } = await dr.world.exec('director', [ipvsadm, '-R'], `${rules.join('\n')}\n`);
    assert.equal(stderr, '');
    for (let visit = 0; visit < 4; visit++) {
      const { code } = await dr.world.fetch('client', `http://${dr.vip}/`);
      assert.equal(code, 0);
    }
    // The kernel sums its counters every two seconds.
    for (let tries = 0; tries < 50; tries++) {
      if (/^TCP +\S+ +4 /m.test(await list('-Ln --stats'))) return;
      await sleep(200);
    }
  });
  after(() => dr.world.dispose());

  /** Returns what ipvsadm prints on the director; asserts that it succeeds without messages on standard error. */
  async function list(words: string, env: readonly string[] = ['LC_ALL=C.UTF-8']): Promise<string> {
    const { code, stdout, stderr } = await dr.world.exec('director', [
      'env',
      ...env,
      ipvsadm,
      ...words.split(' '),
    ]);
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  }

  it('--table: shares, marks and services without servers', async () => {
    const [, heading, top, title, one, two, bottom, ...more] = (await list('-Ln --table')).split('\n');
    assert.match(heading ?? '', /^ {2}Service and servers +Forward +Weight +Active +Inactive +Share$/);
    assert.match(top ?? '', /^╭─+╮$/);
    assert.match(title ?? '', /^│ TCP 192\.168\.10\.120:80 rr +0 +4 +│$/);
    assert.match(one ?? '', /^│ {3}192\.168\.10\.121:80 +Route +1 +0 +2 +50% +█+ +│$/);
    assert.match(two ?? '', /^│ ▲ 192\.168\.10\.122:80 +Route +1 +0 +2 +50% +█+ +│$/);
    assert.match(bottom ?? '', /^╰─+╯$/);
    assert.match(more.join('\n'), /FWM 7 wlc \(no server\)/);
  });

  it('--table: in the C locale, with colours, and for one service', async () => {
    assert.match(await list('-Ln --table', ['LC_ALL=C']), /^[\x20-\x7e\n]*$/);
    const colored = await list('-Ln --table --color -f 7');
    assert.ok(colored.includes('\x1b[31mFWM 7') || colored.includes('\x1b[1m\x1b[31mFWM 7'), colored);
    assert.ok(!colored.includes('TCP') && !colored.includes('IP Virtual Server'));
  });

  for (const [columns, heading] of [
    ['stats', /Conns +In pkts +Out pkts +In bytes +Out bytes/],
    ['rate', /Conn\/s +In pkt\/s +Out pkt\/s +In B\/s +Out B\/s/],
    ['thresholds', /Weight +Upper +Lower +Active +Inactive +Used/],
    ['persistent-conn', /Weight +Persist +Active +Inactive/],
    ['tun-info', /Forward +Tunnel +Weight/],
  ] as const) {
    it(`--table --${columns}`, async () => assert.match(await list(`-Ln --table --${columns}`), heading));
  }

  it('--connection --top: clients, services, servers and states', async () => {
    const text = await list('-Lnc --top=1');
    assert.match(text, /^4 connections\n/);
    assert.match(text, /\nClients .*\n {2}192\.168\.10\.9 +4 +100%/);
    assert.match(text, /\nServices .*\n {2}TCP 192\.168\.10\.120:80 +4 +100%/);
    assert.match(text, /\nServers .*\n {2}TCP 192\.168\.10\.12[12]:80 +2 +50% .*\n {2}1 more +2 +50%/);
    assert.match(text, /\nStates .*\n {2}TCP [A-Z_]+ +\d/);
  });

  describe('--prometheus', () => {
    const labels = `local_address="192.168.10.120",local_mark="",local_port="80",proto="TCP"`;

    it('prints the counters of services and servers', async () => {
      const text = await list('-L --prometheus');
      assert.match(text, /^node_ipvs_connections_total 4$/m);
      assert.ok(text.includes(`\nipvs_service_connections_total{${labels},family="ipv4"} 4\n`));
      const server = `${labels},remote_address="192.168.10.122",remote_port="80"`;
      assert.ok(text.includes(`\nnode_ipvs_backend_connections_inactive{${server}} 2\n`));
      assert.ok(text.includes(`\nipvs_backend_connections_total{${server},family="ipv4"} 2\n`));
      assert.ok(text.includes(`\nipvs_service_backends_usable{${labels},family="ipv4"} 1\n`));
    });

    it('replaces a file atomically', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-metrics-'));
      const file = join(folder, 'ipvs.prom');
      writeFileSync(file, 'old', { mode: 0o600 });
      assert.equal(await list(`-L --prometheus --output ${file}`), '');
      assert.match(readFileSync(file, 'utf8'), /^node_ipvs_connections_total 4$/m);
      assert.equal(statSync(file).mode & 0o777, 0o644);
      assert.deepEqual(readdirSync(folder), ['ipvs.prom']);
      rmSync(folder, { recursive: true });
    });

    it('reports why a file cannot be written', async () => {
      const words = [ipvsadm, '-L', '--prometheus', '--output', '/missing/ipvs.prom'];
      const { code, stderr } = await dr.world.exec('director', words);
      const reason = 'ipvsadm: cannot write /missing/ipvs.prom: No such file or directory\n';
      assert.deepEqual([code, stderr], [1, reason]);
    });
  });
});
