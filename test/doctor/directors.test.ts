import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examine } from '../../src/doctor/examine.ts';
import { SyncSenders } from '../../src/doctor/observe/sync-listener.ts';
import { parseSyncMessage } from '../../src/doctor/observe/sync-messages.ts';
import type { SyncSender, System } from '../../src/doctor/system.ts';
import type { SyncRole } from '../../src/ipvs/model.ts';
import { desiredState } from '../../src/rules/desired.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { syncMessage } from '../differential/sync-messages.ts';
import { address } from '../ipvs/values.ts';
import { type Changes, onLan, system } from './snapshot.ts';

const dr = ['-A -t 192.0.2.100:80 -s rr', '-a -t 192.0.2.100:80 -r 192.0.2.11 -g -w 3'];
const elsewhere = { '192.0.2.100': onLan };

const daemon = (role: SyncRole, syncId = 7, name = 'lan') => ({ role, interface: name, syncId }) as const;

/** Returns the problem and the repair commands of each finding, as one string for comparison. */
function found(rules: readonly string[], changes: Changes): string[] {
  return problems(system(rules, changes));
}

function problems(observed: System): string[] {
  return examine(observed).map(({ problem, repairs }) => [problem, ...repairs.flat()].join(' | '));
}

function evidence(rules: readonly string[], changes: Changes): string {
  return examine(system(rules, changes))
    .flatMap((finding) => finding.evidence)
    .join('; ');
}

const syncSender = (from: string, syncId: number, ...virtual: readonly string[]): SyncSender => ({
  address: address(from),
  syncId,
  virtual: virtual.map(address),
});

const expect = (...rules: readonly string[]) => ({
  file: 'web.rules',
  state: desiredState(parseRules(rules.join('\n')).rules),
});

describe('sync daemons', () => {
  const start = (role: string, name: string, id = 7) =>
    `ipvsadm --stop-daemon ${role} | ipvsadm --start-daemon ${role} --mcast-interface ${name} --syncid ${id}`;

  it('are not reported on an interface that is up and carries multicast', () => {
    assert.deepEqual(found(dr, { daemons: [daemon('master'), daemon('backup')] }), []);
  });

  it('are reported on an interface without multicast', () => {
    const interfaces = [{ name: 'lan', isUp: true, isMulticast: false, addresses: [] }];
    const changes = { daemons: [daemon('master'), daemon('backup')], interfaces };
    assert.deepEqual(found(dr, changes), [
      'Sync messages may not pass through lan. | ip link set lan multicast on',
    ]);
    assert.match(evidence(dr, changes), /^the master and backup daemons use it; /);
  });

  it('are reported on an interface that is down, missing, or the loopback interface', () => {
    const down = [{ name: 'lan', isUp: false, addresses: [] }];
    assert.deepEqual(found(dr, { daemons: [daemon('master')], interfaces: down }), [
      'No sync messages pass through lan. | ip link set lan up',
    ]);
    assert.deepEqual(found(dr, { daemons: [daemon('master', 7, 'eth9')] }), [
      `No sync messages pass through eth9. | ${start('master', 'INTERFACE')}`,
    ]);
    const lo = [{ name: 'lo', isUp: true, isMulticast: false, addresses: [] }];
    assert.deepEqual(found(dr, { daemons: [daemon('master', 7, 'lo')], interfaces: lo }), [
      `No sync messages pass through lo. | ${start('master', 'INTERFACE')}`,
    ]);
  });

  it('are reported with commands that are safe to paste, whatever the interface is called', () => {
    const name = "$(halt)'";
    const interfaces = [{ name, isUp: false, addresses: [] }];
    assert.deepEqual(found(dr, { daemons: [daemon('master', 7, name)], interfaces }), [
      `No sync messages pass through ${name}. | ip link set '$(halt)'\\''' up`,
    ]);
    const lan = { to: 'out', interface: name } as const;
    assert.deepEqual(found(dr, { interfaces, routes: { '192.0.2.100': lan } }), [
      `No interface has the virtual address 192.0.2.100. | ip address add 192.0.2.100/32 dev '$(halt)'\\'''`,
    ]);
    const up = [{ name, isUp: true, addresses: [address('192.0.2.100')] }];
    const changes = { daemons: [daemon('backup', 7, name)], interfaces: up };
    assert.deepEqual(found(dr, changes), [
      'This director is a backup, but has the virtual address 192.0.2.100. | ' +
        `ipvsadm --start-daemon master --mcast-interface '$(halt)'\\''' --syncid 7`,
    ]);
    const senders = [syncSender('192.0.2.2', 7, '192.0.2.100')];
    assert.match(
      `${found(dr, { ...changes, syncSenders: senders })}`,
      /ip address del \S+ dev '\$\(halt\)'\\'''/,
    );
  });

  const ours = { daemons: [daemon('backup', 7)], routes: elsewhere };

  it('are reported if another director announces the same addresses with another sync ID', () => {
    const senders = [syncSender('192.0.2.2', 8, '192.0.2.100')];
    assert.deepEqual(found(dr, { ...ours, syncSenders: senders }), [
      `The backup daemon ignores the sync messages of 192.0.2.2. | ${start('backup', 'lan', 8)}`,
    ]);
    // Other directors on the network form a group of their own.
    assert.deepEqual(found(dr, { ...ours, syncSenders: [syncSender('192.0.2.2', 8, '198.51.100.7')] }), []);
    assert.deepEqual(found(dr, { ...ours, syncSenders: [syncSender('192.0.2.2', 7, '192.0.2.100')] }), []);
    assert.deepEqual(found(dr, { ...ours, daemons: [daemon('backup', 0)], syncSenders: senders }), []);
  });

  it('are reported if the rules of the other director have another sync ID', () => {
    const other = (role: SyncRole, id: number) => ({
      expected: expect(...dr, `--start-daemon ${role} --mcast-interface lan --syncid ${id}`),
    });
    assert.deepEqual(found(dr, { ...ours, ...other('master', 8) }), [
      `The sync daemons of the directors have different sync IDs. | ${start('backup', 'lan', 8)}`,
    ]);
    assert.deepEqual(found(dr, { ...ours, ...other('master', 7) }), []);
    assert.deepEqual(found(dr, { ...ours, ...other('backup', 8) }), []);
    const sender = { daemons: [daemon('master', 7)] };
    assert.equal(found(dr, { ...sender, ...other('backup', 8) }).length, 1);
    // A backup with sync id 0 accepts all messages.
    assert.deepEqual(found(dr, { ...sender, ...other('backup', 0) }), []);
  });
});

describe('a virtual address on two machines', () => {
  it('is reported if this director is a backup, but has the address', () => {
    const changes = { daemons: [daemon('backup')] };
    assert.deepEqual(found(dr, changes), [
      'This director is a backup, but has the virtual address 192.0.2.100. | ' +
        'ipvsadm --start-daemon master --mcast-interface lan --syncid 7',
    ]);
    assert.deepEqual(found(dr, { daemons: [daemon('master'), daemon('backup')] }), []);
    assert.deepEqual(found(dr, { daemons: [] }), []);
    const usual = { group: address('224.0.0.81'), port: 8848, ttl: 1, maxLength: 1472 };
    assert.deepEqual(found(dr, { daemons: [{ ...daemon('backup'), ...usual }] }), found(dr, changes));
    const usual6 = { ...usual, group: address('ff02::81'), maxLength: 1452 };
    const [inet6] = found(dr, { daemons: [{ ...daemon('backup'), ...usual6 }] });
    assert.match(inet6 ?? '', / --syncid 7 --mcast-group ff02::81$/);
    const [unusual] = found(dr, { daemons: [{ ...daemon('backup'), ...usual, port: 8849, ttl: 2 }] });
    assert.match(unusual ?? '', / --syncid 7 --mcast-port 8849 --mcast-ttl 2$/);
  });

  it('is reported if another director sends sync messages about it', () => {
    const senders = [syncSender('192.0.2.2', 7, '192.0.2.100')];
    const finding =
      'Two directors have the virtual address 192.0.2.100. | ip address del 192.0.2.100/32 dev lan';
    assert.deepEqual(found(dr, { daemons: [daemon('backup')], syncSenders: senders }), [finding]);
    assert.deepEqual(found(dr, { daemons: [daemon('master'), daemon('backup')], syncSenders: senders }), [
      finding,
    ]);
    assert.match(
      evidence(dr, { daemons: [daemon('backup')], syncSenders: senders }),
      /192\.0\.2\.2 has clients of it/,
    );
  });

  it('is not reported on lo or a dummy interface, as real servers and anycast directors use', () => {
    const at = (name: string, kind?: string) => ({
      daemons: [daemon('backup')],
      syncSenders: [syncSender('192.0.2.2', 7, '192.0.2.100')],
      interfaces: [
        { name: 'lan', isUp: true, addresses: [address('192.0.2.1')] },
        { name, kind, isUp: true, addresses: [address('192.0.2.100')] },
      ],
    });
    assert.deepEqual(found(dr, at('lo')), []);
    assert.deepEqual(found(dr, at('dummy0', 'dummy')), []);
    assert.equal(found(dr, at('eth1')).length, 1);
  });

  it('is reported once if the kernel has detected it', () => {
    const rules = dr.map((rule) =>
      rule.replaceAll('192.0.2.100', '[2001:db8:1::100]').replace('192.0.2.11', '[2001:db8:1::11]:80'),
    );
    const vip = address('2001:db8:1::100');
    const changes = {
      routes: { '2001:db8:1::100': onLan },
      interfaces: [{ name: 'lan', isUp: true, addresses: [vip], duplicates: [vip] }],
    };
    assert.deepEqual(found(rules, changes), [
      'Another machine has the virtual address 2001:db8:1::100. | ip address del 2001:db8:1::100/128 dev lan',
    ]);
  });
});

describe('a backup', () => {
  const open = (virtual: string, server: string, port = 80) => ({
    protocol: 'tcp' as const,
    virtual: { address: address(virtual), port },
    destination: { address: address(server), port },
    ...{ count: 2, seconds: 500 },
  });
  const look = (rules: readonly string[], ...connections: readonly ReturnType<typeof open>[]) => {
    const observed = system(rules, {
      daemons: [daemon('backup')],
      routes: elsewhere,
      connections: { open: connections },
    });
    return examine(observed).map(({ problem, subjects, evidence: [, ...more] }) =>
      [problem, subjects?.names.join(), ...more].join(' | '),
    );
  };
  const end = 'after a takeover, new clients would be refused, or share fewer servers';
  const problem = 'This backup lacks services or servers of its master.';

  it("is reported if it lacks a server or service that its master's connections use", () => {
    assert.deepEqual(look(dr, open('192.0.2.100', '192.0.2.11')), []);
    assert.deepEqual(look(dr, open('192.0.2.100', '192.0.2.12')), [
      `${problem} | 192.0.2.12:80 | the services here lack their server 192.0.2.12:80 | ${end}`,
    ]);
    assert.deepEqual(look(dr, open('192.0.2.100', '192.0.2.11', 443)), [
      `${problem} |  | this director does not have their service TCP 192.0.2.100:443 | ${end}`,
    ]);
  });

  it('is not reported for connections that a firewall mark or FTP may have created', () => {
    const other = open('192.0.2.100', '192.0.2.11', 40_000);
    assert.deepEqual(look([...dr, '-A -f 7 -s rr', '-a -f 7 -r 192.0.2.11 -g'], other), []);
    const ftp = dr.map((rule) => rule.replace(':80', ':21'));
    assert.deepEqual(look(ftp, other), []);
  });
});

describe('the expected table', () => {
  const look = (...rules: readonly string[]) => found(dr, { expected: expect(...rules) });

  it('is reported with commands that are safe to paste, whatever scheduler it names', () => {
    assert.match(`${look('-A -t 192.0.2.100:80 -s $(halt)', ...dr.slice(1))}`, / -s '\$\(halt\)'/);
  });
  const problem = 'The table differs from web.rules.';
  const service = '192.0.2.100:80';

  it('is compared by services, servers and their settings', () => {
    assert.deepEqual(look(...dr), []);
    assert.deepEqual(look(dr[0] ?? ''), [`${problem} | ipvsadm -d -t ${service} -r 192.0.2.11:80`]);
    assert.deepEqual(look(...dr, `-a -t ${service} -r 192.0.2.12 -g`), [
      `${problem} | ipvsadm -a -t ${service} -r 192.0.2.12:80 -g -w 1`,
    ]);
    assert.deepEqual(look(...dr.map((rule) => rule.replace('-s rr', '-s wlc -p 60'))), [
      `${problem} | ipvsadm -E -t ${service} -s wlc -p 60`,
    ]);
    assert.deepEqual(look(...dr.map((rule) => rule.replace('-g', '-i'))), [
      `${problem} | ipvsadm -e -t ${service} -r 192.0.2.11:80 -i -w 3 --tun-type ipip`,
    ]);
    assert.deepEqual(look('-C'), [`${problem} | ipvsadm -D -t ${service}`]);
  });

  it('is compared by weights, except those of servers with weight 0', () => {
    const weight = (number: number) => dr.map((rule) => rule.replace('-w 3', `-w ${number}`));
    assert.equal(look(...weight(4)).length, 1);
    assert.deepEqual(look(...weight(0)), []);
    const withWeightZero = found([...weight(0), `-a -t ${service} -r 192.0.2.12 -g`], {
      expected: expect(...dr, `-a -t ${service} -r 192.0.2.12 -g`),
    });
    assert.deepEqual(withWeightZero, []);
  });

  it('is compared by timeouts, if the file sets them', () => {
    assert.deepEqual(look(...dr, '--set 900 120 300'), []);
    assert.deepEqual(look(...dr, '--set 900 120 60'), [`${problem} | ipvsadm --set 900 120 60`]);
  });

  it('results in one finding, which counts the differences', () => {
    const expected = expect(
      '-A -t 192.0.2.100:80 -s wrr',
      ...['-A -u 192.0.2.100:53 -s rr', '-a -u 192.0.2.100:53 -r 192.0.2.53 -g'],
    );
    const [finding, ...others] = examine(system(dr, { expected }));
    assert.deepEqual(others, []);
    assert.deepEqual(finding?.evidence, [
      'missing here: 1 service and 1 server',
      'only here: 1 server',
      'with different settings: 1 service',
    ]);
    assert.equal(finding.services.length, 2);
  });

  it('is not compared with a kernel without IPVS', () => {
    assert.deepEqual(found([], { hasIpvs: false, expected: expect(...dr) }), [
      'IPVS is not loaded in the kernel. | modprobe ip_vs',
    ]);
  });
});

describe('parseSyncMessage', () => {
  const connection = {
    protocol: 'TCP',
    client: ['198.51.100.7', 40_000],
    virtual: ['192.0.2.100', 80],
    server: ['192.0.2.11', 80],
    timeout: 900,
  } as const;

  it('returns the sync ID and the virtual addresses', () => {
    const { syncId, virtual } = parseSyncMessage(syncMessage(connection)) ?? {};
    assert.deepEqual([syncId, virtual?.map(String)], [7, ['192.0.2.100']]);
  });

  it('accepts messages with several connections, over IPv6 and with options', () => {
    const one = syncMessage({
      ...connection,
      client: ['2001:db8::7', 40_000],
      virtual: ['2001:db8:1::100', 80],
      server: ['2001:db8:1::11', 80],
      persistence: { engine: 'sip', data: 'abc' },
    });
    const two = syncMessage(connection);
    const padding = Buffer.alloc(-one.length & 3);
    const both = Buffer.concat([one, padding, two.subarray(8)]);
    both[4] = 2;
    both.writeUInt16BE(both.length, 2);
    assert.deepEqual(parseSyncMessage(both)?.virtual.map(String), ['2001:db8:1::100', '192.0.2.100']);
  });

  it('returns undefined for messages that are cut off or have another format', () => {
    const whole = syncMessage(connection);
    for (let length = 0; length < whole.length; length++)
      assert.equal(parseSyncMessage(whole.subarray(0, length)), undefined);
    const old = Buffer.from(whole);
    old[0] = 1;
    assert.equal(parseSyncMessage(old), undefined);
    const many = Buffer.from(whole);
    many[4] = 200;
    assert.equal(parseSyncMessage(many), undefined);
  });
});

describe('the directors that were heard', () => {
  const message = (virtual: string) =>
    syncMessage({
      ...{ protocol: 'TCP', client: ['198.51.100.7', 40_000], server: ['192.0.2.11', 80], timeout: 900 },
      virtual: [virtual, 80],
    });

  it('are listed once for each sync ID, with all their virtual addresses', () => {
    const senders = new SyncSenders();
    for (const virtual of ['192.0.2.100', '192.0.2.101', '192.0.2.100'])
      senders.hear(message(virtual), '192.0.2.2');
    senders.hear(message('192.0.2.100'), 'fe80::1%eth0');
    senders.hear(Buffer.from('noise'), '192.0.2.3');
    assert.deepEqual(
      senders.list().map(({ address, virtual }) => [`${address}`, virtual.map(String)]),
      [
        ['192.0.2.2', ['192.0.2.100', '192.0.2.101']],
        ['fe80::1', ['192.0.2.100']],
      ],
    );
  });

  it('are limited in number, and so are their addresses, whatever somebody sends', () => {
    const senders = new SyncSenders();
    const text = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    for (let index = 0; index < 2000; index++) senders.hear(message('192.0.2.100'), text(index));
    for (let index = 0; index < 120_000; index++) senders.hear(message(text(index)), text(index & 7));
    assert.equal(senders.list().length, 1000);
    assert.equal(
      senders.list().reduce((sum, { virtual }) => sum + virtual.length, 0),
      100_000,
    );
  });
});
