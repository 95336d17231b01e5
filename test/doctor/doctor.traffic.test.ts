import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { Narration } from '../lab/narration.ts';
import { binFolder, nodeWithTypeScript } from '../lab/project.ts';
import { oneNetwork, oneNetworkLayout, twoNetworks, twoNetworksLayout } from '../traffic/layouts.ts';
import { Stage } from '../traffic/stage.ts';
import { type Fault, faults, type Health } from './faults.ts';

/** Shell functions that replace programs which may not be installed. */
const prelude = `sysctl() {
  echo "$2" | tr = ' ' | { read name value; echo "$value" >"/proc/sys/$(echo "$name" | tr . /)"; }
}`;

const silent = () => new Narration(() => {});

kernelSuite(import.meta.url, 'the doctor', () => {
  for (const fault of faults)
    it(`reports ${fault.name}, and commands that repair it`, () => findAndRepair(fault));

  it('reports NAT servers that use another gateway, and commands that repair it', async () => {
    const { vip, servers, addresses } = twoNetworks;
    const serving = Object.fromEntries(servers.map((name) => [name, [{ port: 8080 }]]));
    const stage = await Stage.open({ layout: twoNetworksLayout, serving }, silent(), 'gateway-');
    try {
      const rules = [
        `-A -t ${vip}:80 -s rr`,
        ...addresses.map((address) => `-a -t ${vip}:80 -r ${address}:8080 -m`),
      ];
      await stage.run(`ipvsadm -R <<END\n${rules.join('\n')}\nEND`);
      for (const name of servers) await stage.run('ip route replace default via 10.0.0.99', name);
      const target = { address: vip, port: 80 };
      // Fewer unanswered connections could be ones whose answers are still on their way.
      await stage.tryToVisit(target, { times: 4, patience: 300 });
      assert.equal((await examine(stage)).code, 0);
      await stage.tryToVisit(target, { times: 2, patience: 300 });
      const faulty = await examine(stage);
      assert.match(faulty.stdout, /^1\. No answers from 2 servers come back through the director\.\n/);
      for (const [index, name] of servers.entries()) {
        const [, line = ''] = new RegExp(`ssh ${addresses[index]} (.*)`).exec(faulty.stdout) ?? [];
        await stage.run(line.replace('DIRECTOR', '10.0.0.1'), name);
      }
      await stage.visit(target, { times: 2 });
      assert.equal((await examine(stage)).code, 0);
    } finally {
      await stage.close();
    }
  });

  describe('on a director', () => {
    let stage: Stage;
    before(async () => {
      stage = await Stage.open({ layout: oneNetworkLayout(), serving: {} }, silent(), 'doctor-');
    });
    after(() => stage.close());

    it('reports no problems with an empty table', async () => {
      assert.deepEqual(await examine(stage), {
        code: 0,
        stdout: 'No problems found with 0 services.\n',
        stderr: '',
      });
    });

    it('reports a connection table that is too small or nearly full', async (context) => {
      if (!existsSync('/proc/sys/net/ipv4/vs/conn_lfactor'))
        return context.skip('The size of this kernel’s table is set when its module is loaded.');
      const { vip, addresses } = oneNetwork;
      await stage.run(`ipvsadm -A -u ${vip}:9 -s rr; ipvsadm -a -u ${vip}:9 -r ${addresses[0]} -g`);
      await stage.run('echo 8 >/proc/sys/net/ipv4/vs/conn_lfactor');
      // No server answers, and the client hardly waits for answers.
      const target = { address: vip, port: 9 };
      await stage.agent('client').send(target, { times: 300, newPorts: true, wait: 1 });
      const crowded = await examine(stage);
      assert.equal(crowded.code, 1);
      assert.match(crowded.stdout, /too small for the number of connections/);
      assert.match(crowded.stdout, /300 connections share 256 buckets/);
      await repair(stage, crowded.stdout, {});
      const grown = await stage.eventually(
        () => examine(stage),
        ({ code }) => code === 0,
      );
      assert.equal(grown.stdout, 'No problems found with 1 service.\n');

      await stage.run('echo 310 >/proc/sys/net/ipv4/vs/conn_max');
      const full = await examine(stage);
      assert.match(full.stdout, /it has 300 connections; net\.ipv4\.vs\.conn_max allows 310/);
      await repair(stage, full.stdout, {});
      assert.equal((await examine(stage)).code, 0);
    });

    it('reports open connections to a removed server', async () => {
      const { vip, addresses } = oneNetwork;
      const service = `-t ${vip}:80`;
      const [web1, web2] = addresses;
      await Promise.all(['web1', 'web2'].map((name) => stage.agent(name).serve({ port: 80 })));
      await stage.run(`ipvsadm -C; ipvsadm -A ${service} -s rr; ipvsadm -a ${service} -r ${web1} -g`);
      const target = { address: vip, port: 80 };
      const held = await stage.visit(target, { times: 3, hold: true, patience: 700 });
      const numbers = held.map(({ open }) => open);
      await stage.run(`ipvsadm -a ${service} -r ${web2} -g`);
      assert.equal((await examine(stage)).code, 0);

      await stage.run(`ipvsadm -d ${service} -r ${web1}`);
      const client = stage.agent('client');
      const silence = { error: 'no answer' };
      assert.deepEqual(await client.again(numbers), [silence, silence, silence]);
      const faulty = await examine(stage);
      assert.equal(faulty.code, 1);
      const text = faulty.stdout.replaceAll(/\s+/g, ' ');
      assert.match(text, /^1\. Connections to removed servers hang\. service: TCP 192\.168\.10\.120:80 /);
      assert.match(text, /3 open connections lead to 192\.168\.10\.121:80, which/);
      assert.match(text, / 1 finding\. $/);

      await repair(stage, faulty.stdout, {});
      assert.equal((await examine(stage)).code, 0);
      // The client's kernel retransmits at growing intervals; the next packet is answered with an error.
      const errors = await stage.eventually(
        () => client.again(numbers),
        (answers) => answers.every((answer) => 'error' in answer && answer.error !== 'no answer'),
      );
      for (const answer of errors)
        assert.ok('error' in answer && answer.error !== 'no answer', JSON.stringify(answer));
      const [next] = await stage.visit(target);
      assert.equal(next?.server, 'web2');
    });

    it('needs no check for scheduler modules, as no service can exist without its own', async () => {
      const service = `-t ${oneNetwork.vip}:80`;
      const look = () => stage.run('ipvsadm -Ln | grep TCP');
      await stage.run(
        `ipvsadm -C; ipvsadm -A ${service} -s wrr; ipvsadm -a ${service} -r ${oneNetwork.director} -g`,
      );
      const listing = await look();
      assert.match(listing, /192\.168\.10\.120:80 wrr/);
      await assert.rejects(stage.run('modprobe -r ip_vs_wrr'), /in use/);
      // There is no module with this name.
      const refusal = /Scheduler or persistence engine not found/;
      await assert.rejects(stage.run(`ipvsadm -E ${service} -s missing`), refusal);
      await assert.rejects(stage.run(`ipvsadm -A -t ${oneNetwork.vip}:81 -s missing`), refusal);
      assert.equal(await look(), listing);
    });

    it('does not expect a backup to have the virtual address', async () => {
      await stage.run(`ipvsadm -C; ipvsadm -A -t 192.168.10.99:80 -s rr`);
      await stage.run(`ipvsadm -a -t 192.168.10.99:80 -r ${oneNetwork.addresses[0]} -g`);
      assert.equal((await examine(stage)).code, 1);
      await stage.run('ipvsadm --start-daemon backup --mcast-interface lan');
      assert.equal((await examine(stage)).code, 0);
      await stage.run('ipvsadm --stop-daemon backup');
    });

    it('ignores the one-byte addresses of Phonet', async () => {
      const { vip, addresses } = oneNetwork;
      await stage.run(
        `ipvsadm -C; ipvsadm -A -t ${vip}:80 -s rr; ipvsadm -a -t ${vip}:80 -r ${addresses[0]} -g`,
      );
      await stage.run('modprobe phonet');
      const index = (await stage.run('cat /sys/class/net/lo/ifindex')).trim();
      const program = fileURLToPath(new URL('phonet-address.ts', import.meta.url));
      const made = await stage.world.exec('director', [...nodeWithTypeScript, program, index]);
      assert.equal(made.code, 0, made.stderr);
      const { code, stdout, stderr } = await examine(stage);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
    });

    it('reports a firewall mark that no rule listed by nft sets', async () => {
      const service = '-f 7';
      await stage.run(
        `ipvsadm -C; ipvsadm -A ${service} -s rr; ipvsadm -a ${service} -r ${oneNetwork.addresses[0]} -g`,
      );
      // All kernels of the lab support at least nftables tables for bridges.
      await stage.run(
        "nft add table bridge marks; nft 'add chain bridge marks in { type filter hook prerouting priority -300; }'",
      );
      // The doctor looks for nft there; the lab has it elsewhere.
      await stage.run('[ -e /usr/sbin/nft ] || ln -s "$(command -v nft)" /usr/sbin/nft');
      await stage.run('nft add rule bridge marks in tcp dport 81 meta mark set 8');
      const faulty = await examine(stage);
      assert.equal(faulty.code, 1, faulty.stderr);
      assert.match(faulty.stdout, /^1\. No rule sets the firewall mark 7\.\n {3}service: {2}mark 7\n/);
      await stage.run("nft add rule bridge marks in tcp dport 80 meta mark set 'meta mark or 0x7'");
      const healthy = await examine(stage);
      assert.equal(healthy.stdout, 'No problems found with 1 service.\n');
      await stage.run('nft delete table bridge marks');
    });

    it('changes nothing on the director', async () => {
      const look = () =>
        stage.run(
          'ipvsadm -Sn; ip address; ip route show table all; cat /proc/modules; sysctl -a 2>/dev/null || true',
        );
      const earlier = await look();
      await examine(stage);
      assert.equal(withoutAges(await look()), withoutAges(earlier));
    });

    it('reports an error without root privileges', async () => {
      const { code, stdout, stderr } = await stage.world.exec('director', [
        ...['setpriv', '--reuid', '65534', '--clear-groups'],
        ...[`${binFolder}/ipvsadm`, '--doctor'],
      ]);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
      assert.match(stderr, /you must be root/);
    });
  });
});

async function findAndRepair({
  health,
  commands,
  problem,
  evidence,
  breaks,
  placeholders = {},
}: Fault): Promise<void> {
  const stage = await Stage.open(health, silent(), 'fault-');
  try {
    await setUp(stage, health);
    const healthy = await examine(stage);
    assert.equal(healthy.code, 0, `${healthy.stdout}${healthy.stderr}`);
    if (breaks) await assertAnswers(stage, health, breaks, true);

    await stage.run(`set -e\n${commands.join('\n')}`);
    if (breaks) await assertAnswers(stage, health, breaks, false);
    const faulty = await examine(stage);
    assert.equal(faulty.code, 1, faulty.stderr);
    const text = faulty.stdout.replaceAll(/\s+/g, ' ');
    assert.ok(text.includes(problem), faulty.stdout);
    assert.match(text, evidence);
    for (const line of faulty.stdout.split('\n'))
      assert.ok(line.length <= 80 || line.includes('ipvsadm'), line);

    await repair(stage, faulty.stdout, placeholders);
    // An IPv6 address is usable only after the kernel's duplicate address detection.
    const repaired = await stage.eventually(
      () => examine(stage),
      ({ code }) => code === 0,
    );
    assert.equal(repaired.code, 0, repaired.stdout);
    if (breaks) await assertAnswers(stage, health, breaks, true);
  } finally {
    await stage.close();
  }
}

async function setUp(stage: Stage, { commands }: Health): Promise<void> {
  const machines = new Map<string, string[]>();
  for (const one of commands) {
    const { on, line } = typeof one === 'string' ? { on: 'director', line: one } : one;
    machines.set(on, [...(machines.get(on) ?? []), line]);
  }
  for (const [machine, lines] of machines) {
    const rules = lines.filter((line) => line.startsWith('ipvsadm '));
    const others = lines.filter((line) => !rules.includes(line));
    // A rule file needs only one run of ipvsadm.
    const script = ['set -e', ...others, ...(rules.length > 0 ? ['ipvsadm -R <<END', ...rules, 'END'] : [])];
    await stage.run(script.join('\n'), machine);
  }
}

function examine(stage: Stage) {
  return stage.world.exec('director', [`${binFolder}/ipvsadm`, '--doctor']);
}

/** Runs the repair commands of a report. */
async function repair(
  stage: Stage,
  report: string,
  placeholders: Readonly<Record<string, string>>,
): Promise<void> {
  const repairs: string[] = [];
  let isRepair = false;
  for (const line of report.split('\n')) {
    const [, heading, rest = ''] = /^ {3}(\w+: +| {10})(.*)$/.exec(line) ?? [];
    isRepair = heading?.startsWith('fix:') || (isRepair && heading?.trim() === '');
    if (isRepair) repairs.push(rest);
  }
  assert.ok(repairs.length > 0);
  const filled = Object.entries(placeholders).reduce(
    (text, [placeholder, value]) => text.replaceAll(placeholder, value),
    repairs.join('\n'),
  );
  await stage.run(`${prelude}\nset -e\n${filled}`);
}

/**
 * Visits the service, and asserts how many visits fail. If the fault breaks all visits, there are two, one for each of two
 * servers; otherwise forty. If `expected`, none may fail; if not, all of the two, or some of the forty, must fail.
 */
async function assertAnswers(
  stage: Stage,
  { target }: Health,
  breaks: 'some' | 'all',
  expected: boolean,
): Promise<void> {
  const times = breaks === 'all' ? 2 : 40;
  const visits = await stage.agent('client').visit(target, { times, patience: expected ? 3000 : 700 });
  const failed = visits.filter((visit) => 'error' in visit).length;
  const isExpected = expected
    ? failed === 0
    : breaks === 'all'
      ? failed === times
      : failed > 0 && failed < times;
  assert.ok(isExpected, JSON.stringify(visits));
}

/** Removes values that change over time. */
function withoutAges(text: string): string {
  return text.replaceAll(/(?:valid_lft|expires) \S+|^(?:kernel|fs|vm|net\.netfilter)\..*$/gm, '');
}
