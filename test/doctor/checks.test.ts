import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examine } from '../../src/doctor/examine.ts';
import { nameOfService } from '../../src/doctor/repair-commands.ts';
import type { Route, System } from '../../src/doctor/system.ts';
import type { Forwarding } from '../../src/ipvs/model.ts';
import { address } from '../ipvs/values.ts';
import { type Changes, here, onLan, system } from './snapshot.ts';

const nat = ['-A -t 192.0.2.100:80 -s rr', '-a -t 192.0.2.100:80 -r 10.0.0.11:8080 -m'];
const nat6 = ['-A -t [2001:db8:1::100]:80 -s rr', '-a -t [2001:db8:1::100]:80 -r [fd00::11]:8080 -m'];
const dr = ['-A -t 192.0.2.100:80 -s rr', '-a -t 192.0.2.100:80 -r 192.0.2.11 -g'];
const tunnel = ['-A -t 192.0.2.100:80 -s rr', '-a -t 192.0.2.100:80 -r 203.0.113.11 -i'];
const mark = ['-A -f 7 -s rr', '-a -f 7 -r 192.0.2.11:8080 -g'];

/** Returns the problem, services and repair commands of each finding, as one string for comparison. */
function found(observed: System): string[] {
  return examine(observed).map(({ problem, services, repairs }) =>
    [problem, services.map(nameOfService).join(', '), ...repairs.flat()].join(' | '),
  );
}

function evidence(observed: System): string {
  return examine(observed)
    .flatMap((finding) => finding.evidence)
    .join('\n');
}

describe('a healthy director', () => {
  for (const [what, rules] of Object.entries({ none: [], nat, nat6, dr, tunnel, mark }))
    it(`has no findings (rules: ${what})`, () => assert.deepEqual(found(system(rules)), []));

  it('has no findings with IPv4, IPv6 and firewall mark services together', () => {
    assert.deepEqual(found(system([...nat, ...nat6, ...mark])), []);
  });
});

describe('a kernel without IPVS', () => {
  it('is the only finding', () => {
    assert.deepEqual(found(system([], { hasIpvs: false })), [
      'IPVS is not loaded in the kernel. |  | modprobe ip_vs',
    ]);
  });
});

describe('a cause that affects many services', () => {
  const count = 300;
  const addresses = Array.from(
    { length: count },
    (_, index) => `198.51.${100 + (index >> 8)}.${index & 255}`,
  );
  const servers = addresses.map((text) => text.replace('198.51.1', '10.9.1'));
  const rules = (option: string, port = 80) =>
    addresses.flatMap((text, index) => [
      `-A -t ${text}:80 -s rr`,
      `-a -t ${text}:80 -r ${servers[index]}:${port} ${option}`,
    ]);
  const routes = (texts: readonly string[], route: Route) =>
    Object.fromEntries(texts.map((text) => [text, route]));
  const onlyFinding = (observed: System) => {
    const findings = examine(observed);
    assert.equal(findings.length, 1, findings.map(({ problem }) => problem).join('\n'));
    const [finding] = findings;
    assert.ok(finding);
    assert.equal(finding.services.length, count);
    return finding;
  };

  it('is reported as one finding, however many services and servers it affects', () => {
    const unreachable = onlyFinding(system(rules('-m'), { routes: routes(servers, { to: 'nowhere' }) }));
    assert.equal(unreachable.problem, 'The director cannot reach 300 servers.');
    assert.equal(unreachable.subjects?.names.length, count);
    assert.deepEqual(unreachable.repairs[299], [`ip route add ${servers[299]} via GATEWAY`]);

    const gateway = { to: 'out', interface: 'lan', gateway: address('192.0.2.254') } as const;
    const behindGateway = onlyFinding(system(rules('-g'), { routes: routes(servers, gateway) }));
    assert.equal(behindGateway.problem, '300 servers are not on a network of the director.');
    assert.equal(behindGateway.repairs.length, count);

    const missing = onlyFinding(system(rules('-m'), { routes: routes(addresses, onLan) }));
    assert.equal(missing.problem, 'No interface has any of 300 virtual addresses.');
    assert.deepEqual(missing.repairs[7], [`ip address add ${addresses[7]}/32 dev lan`]);

    const notListening = onlyFinding(system(rules('-m', 8080), { routes: routes(servers, here) }));
    assert.equal(notListening.problem, 'No program on this machine listens for 300 servers.');

    const withoutWeight = onlyFinding(system(rules('-m -w 0')));
    assert.equal(withoutWeight.problem, '300 services have no server that accepts new connections.');

    const empty = onlyFinding(system(rules('').filter((rule) => rule.startsWith('-A'))));
    assert.equal(empty.problem, '300 services have no real servers.');

    const unscheduled = onlyFinding(system(rules('-m').map((rule) => rule.replace('-s rr', '-s none'))));
    assert.equal(unscheduled.problem, '300 services have no scheduler.');
  });

  it('is reported separately from a different cause', () => {
    const to = (last: number) =>
      ({ to: 'out', interface: 'lan', gateway: address(`192.0.2.${last}`) }) as const;
    const ways = servers.map((text, index) => [text, to(index < 100 ? 254 : 253)] as const);
    const problems = examine(system(rules('-g'), { routes: Object.fromEntries(ways) })).map(
      ({ problem }) => problem,
    );
    assert.deepEqual(problems, [
      '100 servers are not on a network of the director.',
      '200 servers are not on a network of the director.',
    ]);
  });

  it('is reported with the names of all interfaces at which it occurs', () => {
    const device = (index: number) => ({
      ...{ name: `dev${index}`, isUp: true },
      addresses: [address(addresses[index] ?? '')],
    });
    const settings = { 'net.ipv4.conf.all.rp_filter': '1' };
    const [finding, ...others] = examine(
      system(rules('-i'), { settings, defaultInterfaces: ['wan'], interfaces: [0, 1, 2].map(device) }),
    );
    assert.deepEqual(others, []);
    assert.equal(finding?.problem, 'Packets from distant clients are dropped at 3 interfaces.');
    assert.deepEqual(finding.subjects, { noun: 'device', names: ['dev0', 'dev1', 'dev2'] });
    assert.equal(finding.services.length, 3);
  });
});

describe('a virtual address that no interface has', () => {
  it('is reported once for all its services', () => {
    const rules = [...nat, '-A -u 192.0.2.100:53 -s rr', '-a -u 192.0.2.100:53 -r 10.0.0.11:53 -m'];
    assert.deepEqual(found(system(rules, { routes: { '192.0.2.100': onLan } })), [
      'No interface has the virtual address 192.0.2.100. | TCP 192.0.2.100:80, UDP 192.0.2.100:53 | ' +
        'ip address add 192.0.2.100/32 dev lan',
    ]);
  });

  it('is reported if there is no route to it', () => {
    const unrouted = { routes: { '2001:db8:1::100': { to: 'nowhere' } } } as const;
    const observed = system(nat6, unrouted);
    assert.deepEqual(found(observed), [
      'No interface has the virtual address 2001:db8:1::100. | TCP [2001:db8:1::100]:80 | ' +
        'ip address add 2001:db8:1::100/128 dev lan',
    ]);
    assert.match(evidence(observed), /there is no route to it/);
    const interfaces = [
      { name: 'down', isUp: false, addresses: [] },
      ...['lo', 'lan', 'wan'].map((name) => ({ name, isUp: true, addresses: [] })),
    ];
    const repair = (some: typeof interfaces) =>
      examine(system(nat6, { ...unrouted, interfaces: some }))[0]?.repairs.flat();
    assert.deepEqual(repair(interfaces), ['ip address add 2001:db8:1::100/128 dev lan']);
    assert.deepEqual(repair(interfaces.slice(0, 2)), ['ip address add 2001:db8:1::100/128 dev INTERFACE']);
  });

  it('is not reported on a backup until it takes over', () => {
    const daemon = { role: 'backup', interface: 'lan', syncId: 0 } as const;
    const routes = { '192.0.2.100': onLan };
    assert.deepEqual(found(system(nat, { routes, daemons: [daemon] })), []);
    const both = [daemon, { ...daemon, role: 'master' } as const];
    assert.deepEqual(found(system(nat, { routes, daemons: both })), []);
    const another = [...nat, '-A -t 192.0.2.101:80 -s rr', '-a -t 192.0.2.101:80 -r 10.0.0.11:8080 -m'];
    assert.equal(found(system(another, { routes, daemons: both })).length, 1);
    assert.equal(found(system(nat, { routes, daemons: both.slice(1) })).length, 1);
  });
});

describe('a firewall mark', () => {
  const setter = (value: number) => ({ of: 'packet', families: ['inet'], value }) as const;
  const knownMarks = (...marks: readonly number[]) => ({ setters: marks.map(setter), isComplete: true });

  it('is reported if no firewall rule sets it', () => {
    assert.deepEqual(found(system(mark, { marking: knownMarks(8) })), [
      'No rule sets the firewall mark 7. | mark 7 | ' +
        'nft add rule inet TABLE CHAIN ip daddr ADDRESS tcp dport PORT meta mark set 7',
    ]);
    assert.deepEqual(found(system(mark, { marking: knownMarks(7) })), []);
    const mark6 = ['-A -f 7 -6 -s rr', '-a -f 7 -6 -r [2001:db8:1::11]:8080 -g'];
    const [six = ''] = found(system(mark6, { marking: knownMarks(7) }));
    assert.match(six, /^No rule sets the firewall mark 7\. \| mark 7 of IPv6 \| .* ip6 daddr /);
  });

  it('shares one finding with all other marks that no rule sets', () => {
    const rules = [1, 2, 3].flatMap((one) => [`-A -f ${one} -s rr`, `-a -f ${one} -r 192.0.2.11 -g`]);
    const problems = examine(system(rules, { marking: knownMarks(2) })).map(({ problem }) => problem);
    assert.deepEqual(problems, ['No rule sets any of 2 firewall marks.']);
  });

  it('is not reported if the rules are unknown, or before a takeover', () => {
    assert.deepEqual(found(system(mark, { marking: { setters: [], isComplete: false } })), []);
    const daemon = { role: 'backup', interface: 'lan', syncId: 0 } as const;
    assert.deepEqual(found(system(mark, { marking: knownMarks(), daemons: [daemon] })), []);
  });
});

describe('reverse path filters', () => {
  const strict = { 'net.ipv4.conf.lan.rp_filter': '1' };

  it('are reported if the default route uses another interface', () => {
    const observed = system(tunnel, { settings: strict, defaultInterfaces: ['wan'] });
    assert.deepEqual(found(observed), [
      'Packets from distant clients are dropped at lan. | TCP 192.0.2.100:80 | sysctl -w net.ipv4.conf.lan.rp_filter=2',
    ]);
    assert.match(evidence(observed), /the default route leads through wan/);
    assert.deepEqual(found(system(tunnel, { settings: strict, defaultInterfaces: ['lan'] })), []);
    assert.deepEqual(found(system(tunnel, { settings: strict, defaultInterfaces: [] })), []);
  });

  it('are reported on tunnel interfaces, even if only the setting for all interfaces is strict', () => {
    const interfaces = [
      { name: 'lan', isUp: true, addresses: [] },
      { name: 'tunl0', isUp: true, kind: 'ipip', addresses: [] },
      { name: 'gre0', isUp: false, kind: 'gre', addresses: [] },
    ];
    const settings = { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.tunl0.rp_filter': '0' };
    assert.deepEqual(found(system(tunnel, { interfaces, settings })), [
      'Packets from the tunnel tunl0 are dropped. | TCP 192.0.2.100:80 | sysctl -w net.ipv4.conf.tunl0.rp_filter=2',
    ]);
  });

  it('is reported with a command that sysctl takes if the interface has a dot in its name', () => {
    const interfaces = [{ name: 'eth0.100', isUp: true, kind: 'ipip', addresses: [address('192.0.2.100')] }];
    assert.match(
      `${found(system(tunnel, { interfaces, settings: { 'net.ipv4.conf.eth0.100.rp_filter': '1' } }))}`,
      / \| sysctl -w net\/ipv4\/conf\/eth0\.100\/rp_filter=2$/,
    );
  });

  it('is reported with commands that are safe to paste, whatever the interface is called', () => {
    const interfaces = [{ name: '`halt`', isUp: true, kind: 'ipip', addresses: [address('192.0.2.100')] }];
    assert.match(
      `${found(system(tunnel, { interfaces, settings: { 'net.ipv4.conf.`halt`.rp_filter': '1' } }))}`,
      / \| sysctl -w 'net\.ipv4\.conf\.`halt`\.rp_filter=2'$/,
    );
  });

  it('are not reported if they are loose, or if no server uses a tunnel', () => {
    const defaultInterfaces = ['wan'];
    const loose = { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.lan.rp_filter': '2' };
    assert.deepEqual(found(system(tunnel, { settings: loose, defaultInterfaces })), []);
    assert.deepEqual(found(system(dr, { settings: strict, defaultInterfaces })), []);
  });
});

describe('open connections to removed servers', () => {
  const lost = (to: string, port = 80, count = 2) => ({
    protocol: 'tcp' as const,
    virtual: { address: address('192.0.2.100'), port: 80 },
    destination: { address: address(to), port },
    ...{ count, seconds: 500 },
  });
  const gone = { connections: { open: [lost('192.0.2.66'), lost('192.0.2.11')] } };
  const finding =
    'Connections to removed servers hang. | TCP 192.0.2.100:80 | sysctl -w net.ipv4.vs.expire_nodest_conn=1';

  it('are reported', () => {
    assert.deepEqual(found(system(dr, gone)), [finding]);
    assert.match(evidence(system(dr, gone)), /^2 open connections lead to 192\.0\.2\.66:80, which/);
    assert.match(evidence(system(dr, gone)), /for up to 500 more seconds/);
  });

  it('are reported once for all servers, with the names of a few', () => {
    const open = [1, 2, 3, 4, 5].map((last) => lost(`192.0.2.${60 + last}`, 80, last));
    const observed = system(dr, { connections: { open } });
    assert.deepEqual(found(observed), [finding]);
    assert.match(evidence(observed), /^15 open .* 192\.0\.2\.63:80 and 2 more, which/);
  });

  it('are distinguished from other connections by port and protocol', () => {
    assert.deepEqual(found(system(nat, { connections: { open: [lost('10.0.0.11', 8080)] } })), []);
    assert.deepEqual(found(system(nat, { connections: { open: [lost('10.0.0.11', 8081)] } })), [finding]);
    const udp = ['-A -u 192.0.2.100:80 -s rr', '-a -u 192.0.2.100:80 -r 192.0.2.11 -g'];
    assert.deepEqual(found(system(udp, gone)), []);
  });

  it('are reported for a service on all ports', () => {
    const anyPort = ['-A -t 192.0.2.100:0 -s rr -p 60', '-a -t 192.0.2.100:0 -r 192.0.2.11 -g'];
    assert.deepEqual(found(system(anyPort, gone)), [finding.replace(':80', ':0')]);
    assert.deepEqual(found(system(anyPort, { connections: { open: [lost('192.0.2.11')] } })), []);
  });

  it('are not reported if they may belong to a firewall mark or a removed service', () => {
    assert.deepEqual(
      found(system([...nat, ...mark], { connections: { open: [lost('192.0.2.11', 8080)] } })),
      [],
    );
    assert.deepEqual(found(system(nat6, gone)), []);
  });

  it('are not reported if the kernel expires them, or before a takeover', () => {
    assert.deepEqual(found(system(dr, { ...gone, settings: { 'net.ipv4.vs.expire_nodest_conn': '1' } })), []);
    const daemon = { role: 'backup', interface: 'lan', syncId: 0 } as const;
    assert.ok(!found(system(dr, { ...gone, daemons: [daemon] })).includes(finding));
  });
});

describe('services', () => {
  it('are reported without a scheduler', () => {
    assert.deepEqual(found(system(['-A -t 192.0.2.100:80 -s none -p 60', ...dr.slice(1)])), [
      'The service has no scheduler. | TCP 192.0.2.100:80 | modprobe ip_vs_wlc | ' +
        'ipvsadm -E -t 192.0.2.100:80 -s wlc -p 60',
    ]);
  });

  it('are reported without servers', () => {
    assert.deepEqual(found(system(['-A -t 192.0.2.100:80 -s rr', '-A -f 3 -6 -s rr'])), [
      '2 services have no real servers. | TCP 192.0.2.100:80, mark 3 of IPv6 | ' +
        'ipvsadm -a -t 192.0.2.100:80 -r SERVER -g | ipvsadm -a -f 3 -6 -r SERVER -g',
    ]);
  });

  it('are reported if all their servers have weight 0', () => {
    const rules = [
      '-A -t 192.0.2.100:80 -s rr',
      '-a -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 0 -x 9',
      '-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 0',
    ];
    assert.deepEqual(found(system(rules)), [
      'No server accepts new connections. | TCP 192.0.2.100:80 | ' +
        'ipvsadm -e -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 1 -x 9 | ' +
        'ipvsadm -e -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 1',
    ]);
    assert.deepEqual(found(system([...rules, ...nat.slice(1)])), []);
  });
});

describe('servers under hashing schedulers', () => {
  const rules = (scheduler: string, weight = 0, more = '') => [
    `-A -t 192.0.2.100:80 -s ${scheduler}`,
    `-a -t 192.0.2.100:80 -r 192.0.2.11 -g -w ${weight}${more}`,
    '-a -t 192.0.2.100:80 -r 192.0.2.12 -g -w 1',
  ];
  const problem = (scheduler: string) =>
    `The scheduler ${scheduler} refuses the clients of server 192.0.2.11:80. | TCP 192.0.2.100:80 | `;

  it('are reported with weight 0, unless the scheduler has its fallback flag', () => {
    assert.deepEqual(found(system(rules('sh'))), [
      `${problem('sh')}ipvsadm -E -t 192.0.2.100:80 -s sh -b sh-fallback`,
    ]);
    assert.deepEqual(found(system(rules('sh -b sh-port -p 60'))), [
      `${problem('sh')}ipvsadm -E -t 192.0.2.100:80 -s sh -p 60 -b sh-fallback,sh-port`,
    ]);
    assert.deepEqual(found(system(rules('mh'))), [
      `${problem('mh')}ipvsadm -E -t 192.0.2.100:80 -s mh -b mh-fallback`,
    ]);
    assert.match(evidence(system(rules('mh'))), /mh skips only servers that were added with weight 0/);
    assert.deepEqual(found(system(rules('dh'))), [
      `${problem('dh')}ipvsadm -d -t 192.0.2.100:80 -r 192.0.2.11:80`,
    ]);
    assert.match(evidence(system(rules('dh'))), /dh has no fallback/);
  });

  it('are not reported with the fallback flag, a higher weight, or another scheduler', () => {
    for (const scheduler of ['sh -b sh-fallback', 'mh -b mh-fallback', 'sh -b sh-fallback,sh-port'])
      assert.deepEqual(found(system(rules(scheduler))), []);
    for (const scheduler of ['sh', 'mh', 'dh']) assert.deepEqual(found(system(rules(scheduler, 1))), []);
    for (const scheduler of ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sed', 'nq', 'fo', 'ovf'])
      assert.deepEqual(found(system(rules(scheduler))), []);
  });

  it('are not reported separately if all servers of the service have weight 0', () => {
    assert.deepEqual(
      examine(system(rules('sh').slice(0, 2))).map((finding) => finding.problem),
      ['No server accepts new connections.'],
    );
  });

  it('are reported if they have reached their upper threshold', () => {
    const full = (connections: number) => {
      const observed = system(rules('sh', 1, ' -x 7'));
      const table = observed.table.map((entry) => ({
        ...entry,
        destinations: entry.destinations.map((server) => ({ ...server, inactiveConnections: connections })),
      }));
      return { ...observed, table };
    };
    assert.deepEqual(found(full(6)), []);
    assert.deepEqual(found(full(7)), [`${problem('sh')}ipvsadm -E -t 192.0.2.100:80 -s sh -b sh-fallback`]);
    assert.match(evidence(full(7)), /as many connections as the upper threshold/);
  });
});

describe('forwarding methods that only other programs set', () => {
  const withForwarding = (rules: readonly string[], forwarding: Forwarding, changes: Changes = {}) => {
    const observed = system(rules, changes);
    const table = observed.table.map((entry) => ({
      ...entry,
      destinations: entry.destinations.map((server) => ({ ...server, forwarding })),
    }));
    return { ...observed, table };
  };

  it('are reported: Local for a server on another machine', () => {
    assert.deepEqual(found(withForwarding(dr, 'local')), [
      'Connections to server 192.0.2.11:80 stay on the director. | TCP 192.0.2.100:80 | ' +
        'ipvsadm -e -t 192.0.2.100:80 -r 192.0.2.11:80 -g -w 1',
    ]);
    // Other programs can also set a port that differs from the service's, which only NAT would use.
    assert.deepEqual(found(withForwarding(nat, 'local')), [
      'Connections to server 10.0.0.11:8080 stay on the director. | TCP 192.0.2.100:80 | ' +
        'ipvsadm -e -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 1',
    ]);
  });

  it('are not reported: Local for this machine, if a program listens', () => {
    const routes = { '192.0.2.11': here };
    const listeners = [{ protocol: 'tcp', address: address('0.0.0.0'), port: 80 }] as const;
    assert.deepEqual(found(withForwarding(dr, 'local', { routes, listeners })), []);
    assert.equal(found(withForwarding(dr, 'local', { routes })).length, 1);
  });

  it('are reported: Bypass, wherever the server is', () => {
    const problem =
      'No packets are sent to server 192.0.2.11:80. | TCP 192.0.2.100:80 | ' +
      'ipvsadm -e -t 192.0.2.100:80 -r 192.0.2.11:80 -g -w 1';
    assert.deepEqual(found(withForwarding(dr, 'bypass')), [problem]);
    assert.match(
      evidence(withForwarding(dr, 'bypass')),
      /that destination is this machine, so they are dropped/,
    );
    assert.deepEqual(found(withForwarding(dr, 'bypass', { routes: { '192.0.2.11': here } })), [problem]);
    const nowhere = { routes: { '192.0.2.11': { to: 'nowhere' } } } as const;
    assert.deepEqual(found(withForwarding(dr, 'bypass', nowhere)), [problem]);
    assert.doesNotMatch(evidence(withForwarding(mark, 'bypass')), /dropped/);
  });

  it('are explained for one server of several services, and for several servers', () => {
    const https = nat.map((rule) => rule.replace('192.0.2.100:80', '192.0.2.100:443'));
    const another = '-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m';
    for (const method of ['local', 'bypass'] as const) {
      assert.match(evidence(withForwarding([...nat, ...https], method)), /^its forwarding method is /);
      assert.match(evidence(withForwarding([...nat, another], method)), /^their forwarding method is /);
    }
  });
});

describe('servers', () => {
  it('are reported if there is no route to them', () => {
    assert.deepEqual(found(system(nat6, { routes: { 'fd00::11': { to: 'nowhere' } } })), [
      'The director cannot reach server [fd00::11]:8080. | TCP [2001:db8:1::100]:80 | ip route add fd00::11 via GATEWAY',
    ]);
  });

  it('are reported if they are behind a gateway, but use direct routing', () => {
    const far = { to: 'out', interface: 'lan', gateway: address('192.0.2.254') } as const;
    const observed = system(dr, { routes: { '192.0.2.11': far } });
    assert.deepEqual(found(observed), [
      'Server 192.0.2.11:80 is not on a network of the director. | TCP 192.0.2.100:80 | ' +
        'ipvsadm -e -t 192.0.2.100:80 -r 192.0.2.11:80 -i -w 1 --tun-type ipip',
    ]);
    assert.match(evidence(observed), /through 192\.0\.2\.254 on lan/);
    assert.deepEqual(found(system(nat, { routes: { '10.0.0.11': far } })), []);
    assert.deepEqual(found(system(tunnel, { routes: { '203.0.113.11': far } })), []);
  });

  it("are reported without NAT if their port differs from the service's", () => {
    for (const [rules, option] of [
      [dr, '-g -w 1'],
      [tunnel, '-i -w 1 --tun-type ipip'],
    ] as const) {
      const observed = system(rules);
      const [entry] = observed.table;
      const [server] = entry?.destinations ?? [];
      assert.ok(entry && server);
      const { address } = server.id;
      const destinations = [{ ...server, id: { address, port: 8080 } }];
      assert.deepEqual(found({ ...observed, table: [{ ...entry, destinations }] }), [
        `The port of server ${address}:8080 has no effect. | TCP 192.0.2.100:80 | ` +
          `ipvsadm -d -t 192.0.2.100:80 -r ${address}:8080 | ` +
          `ipvsadm -a -t 192.0.2.100:80 -r ${address}:80 ${option}`,
      ]);
      const [finding] = found({
        ...observed,
        table: [{ ...entry, destinations: [...destinations, server] }],
      });
      assert.deepEqual(finding?.split(' | ').slice(2), [`ipvsadm -d -t 192.0.2.100:80 -r ${address}:8080`]);
    }
  });
});

describe('servers on the director itself', () => {
  const routes = { '192.0.2.11': here, '10.0.0.11': here };
  const listener = (text: string, port: number) =>
    ({ protocol: 'tcp', address: address(text), port }) as const;

  it('are reported if no program listens', () => {
    const finding =
      'No program on this machine listens for server 192.0.2.11:80. | TCP 192.0.2.100:80 | ' +
      'ipvsadm -d -t 192.0.2.100:80 -r 192.0.2.11:80';
    assert.deepEqual(found(system(dr, { routes })), [finding]);
    assert.deepEqual(found(system(dr, { routes, listeners: [listener('192.0.2.11', 80)] })), [finding]);
    assert.deepEqual(found(system(dr, { routes, listeners: [listener('0.0.0.0', 8080)] })), [finding]);
    const datagrams = { ...listener('0.0.0.0', 80), protocol: 'udp' } as const;
    assert.deepEqual(found(system(dr, { routes, listeners: [datagrams] })), [finding]);
  });

  it('are not reported if a program listens on the destination of their packets', () => {
    for (const text of ['192.0.2.100', '0.0.0.0', '::'])
      assert.deepEqual(found(system(dr, { routes, listeners: [listener(text, 80)] })), []);
    for (const text of ['10.0.0.11', '0.0.0.0'])
      assert.deepEqual(found(system(nat, { routes, listeners: [listener(text, 8080)] })), []);
  });

  it('are not reported for firewall marks and services on all ports', () => {
    assert.deepEqual(found(system(mark, { routes })), []);
    const anyPort = ['-A -t 192.0.2.100:0 -s rr -p 60', '-a -t 192.0.2.100:0 -r 192.0.2.11 -g'];
    assert.deepEqual(found(system(anyPort, { routes })), []);
  });

  it('are reported if NAT leads to a loopback address', () => {
    const rules = ['-A -t 192.0.2.100:80 -s rr', '-a -t 192.0.2.100:80 -r 127.0.0.1:8080 -m'];
    const listeners = [listener('127.0.0.1', 8080)];
    assert.deepEqual(found(system(rules, { routes: { '127.0.0.1': here }, listeners })), [
      'NAT cannot reach a server at 127.0.0.1. | TCP 192.0.2.100:80 | ' +
        'ipvsadm -d -t 192.0.2.100:80 -r 127.0.0.1:8080 | ' +
        'ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.100:8080 -m -w 1',
    ]);
  });

  it('are moved to the same address and port only once', () => {
    const servers = ['127.0.0.1:8080', '127.0.0.2:8080', '127.0.0.3:81', '192.0.2.100:81'];
    const rules = servers.map((server) => `-a -t 192.0.2.100:80 -r ${server} -m`);
    const listeners = [8080, 81].map((port) => listener('0.0.0.0', port));
    const routes = Object.fromEntries(servers.map((server) => [server.replace(/:.*/, ''), here]));
    const [finding] = found(system(['-A -t 192.0.2.100:80 -s rr', ...rules], { routes, listeners }));
    assert.deepEqual(finding?.split(' | ').slice(2), [
      'ipvsadm -d -t 192.0.2.100:80 -r 127.0.0.1:8080',
      'ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.100:8080 -m -w 1',
      'ipvsadm -d -t 192.0.2.100:80 -r 127.0.0.2:8080',
      'ipvsadm -d -t 192.0.2.100:80 -r 127.0.0.3:81',
    ]);
  });

  it('are counted once, however many services they belong to', () => {
    const twice = (rules: readonly string[]) => [
      ...rules,
      ...rules.map((rule) => rule.replace('192.0.2.100:80', '192.0.2.100:443')),
    ];
    const rules = twice(['-A -t 192.0.2.100:80 -s rr', '-a -t 192.0.2.100:80 -r 127.0.0.1:8080 -m']);
    const [loopback] = found(system(rules, { routes: { '127.0.0.1': here } }));
    assert.match(loopback ?? '', /^NAT cannot reach a server at 127\.0\.0\.1\. \| TCP \S+:80, TCP \S+:443 /);
  });
});

describe('IP forwarding', () => {
  it('is required for NAT, and the finding names the setting that is off', () => {
    const problem = 'Answers of NAT servers are not forwarded to the clients. | ';
    const off = (setting: string) => ({ settings: { [setting]: '0' } });
    assert.deepEqual(found(system([...nat, ...nat6], off('net.ipv4.ip_forward'))), [
      `${problem}TCP 192.0.2.100:80 | sysctl -w net.ipv4.ip_forward=1`,
    ]);
    assert.deepEqual(found(system([...nat, ...nat6], off('net.ipv6.conf.all.forwarding'))), [
      `${problem}TCP [2001:db8:1::100]:80 | sysctl -w net.ipv6.conf.all.forwarding=1`,
    ]);
    assert.deepEqual(found(system(nat, off('net.ipv4.conf.lan.forwarding'))), [
      `${problem}TCP 192.0.2.100:80 | sysctl -w net.ipv4.conf.lan.forwarding=1`,
    ]);
  });

  it('is not required by other forwarding methods', () => {
    const settings = { 'net.ipv4.ip_forward': '0', 'net.ipv6.conf.all.forwarding': '0' };
    assert.deepEqual(found(system([...dr, ...mark], { settings })), []);
    assert.deepEqual(found(system(tunnel, { settings })), []);
  });
});

describe('connection tracking', () => {
  const ftp = ['-A -t 192.0.2.100:21 -s rr', '-a -t 192.0.2.100:21 -r 10.0.0.11:21 -m'];

  it('requires a module for FTP through NAT', () => {
    assert.deepEqual(found(system(ftp)), [
      'FTP data connections fail through NAT. | TCP 192.0.2.100:21 | modprobe ip_vs_ftp',
    ]);
    assert.deepEqual(found(system(ftp, { modules: ['ip_vs_ftp'] })), []);
    const routed = ['-A -t 192.0.2.100:21 -s rr', '-a -t 192.0.2.100:21 -r 10.0.0.11 -g'];
    assert.deepEqual(found(system(routed)), []);
  });

  it('requires a setting if firewall rules match the state of connections', () => {
    const modules = ['nft_ct*', 'ip_vs_ftp'];
    const settings = { 'net.netfilter.nf_conntrack_count': '12' };
    assert.deepEqual(found(system(nat, { modules, settings })), [
      'Firewall rules cannot match the state of NAT connections. | TCP 192.0.2.100:80 | ' +
        'sysctl -w net.ipv4.vs.conntrack=1',
    ]);
    assert.deepEqual(found(system(nat, { modules: ['nft_ct'], settings })), []);
    assert.deepEqual(found(system(nat, { modules })), []);
    assert.deepEqual(found(system(ftp, { modules, settings })), []);
    const on = { ...settings, 'net.ipv4.vs.conntrack': '1' };
    assert.deepEqual(found(system(nat, { modules, settings: on })), []);
  });
});

describe('the connection table', () => {
  const crowded = { count: 300_000, buckets: 4096 };

  it('is reported if it is too small', () => {
    assert.deepEqual(found(system(nat, { connections: crowded })), [
      'The connection table is too small for the number of connections. | TCP 192.0.2.100:80 | ' +
        'echo options ip_vs conn_tab_bits=20 >/etc/modprobe.d/ip_vs.conf',
    ]);
    assert.deepEqual(found(system(nat, { connections: { count: 4096, buckets: 4096 } })), []);
    assert.deepEqual(found(system([], { connections: { count: 5, buckets: 0 } })), []);
  });

  it('is reported if a setting keeps it small although it could grow', () => {
    const settings = { 'net.ipv4.vs.conn_lfactor': '8' };
    assert.deepEqual(found(system(nat, { connections: crowded, settings })), [
      'The connection table is too small for the number of connections. | TCP 192.0.2.100:80 | ' +
        'sysctl -w net.ipv4.vs.conn_lfactor=-2',
    ]);
  });

  it('is reported if it is nearly full', () => {
    const settings = { 'net.ipv4.vs.conn_max': '1000' };
    const connections = { count: 900, buckets: 4096 };
    assert.deepEqual(found(system(nat, { connections, settings })), [
      'The connection table is nearly full. | TCP 192.0.2.100:80 | sysctl -w net.ipv4.vs.conn_max=2000',
    ]);
    assert.deepEqual(found(system(nat, { connections: { ...connections, count: 899 }, settings })), []);
  });
});
