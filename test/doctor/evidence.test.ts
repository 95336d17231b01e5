import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { desiredState } from '../../src/rules/desired.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { address } from '../ipvs/values.ts';
import { type Explanation, explained, nat, natBoth, nowhere, routes, rules } from './explained.ts';
import { onLan } from './snapshot.ts';

const backup = { role: 'backup', interface: 'lan', syncId: 7 } as const;

const lost = (to: string, count: number) => ({
  protocol: 'tcp' as const,
  virtual: { address: address('192.0.2.100'), port: 80 },
  destination: { address: address(to), port: 80 },
  ...{ count, seconds: 500 },
});
const lostBoth = [lost('10.0.0.11', 1), lost('10.0.0.12', 2)];
const answers = ['10.0.0.11', '10.0.0.12'].map((to) => ({ ...lost(to, 3), answered: 0, unanswered: 3 }));
const masquerade = { rules: [{ families: ['inet' as const], conditions: [] }], isComplete: true };
const tracked = { settings: { 'net.ipv4.vs.conntrack': '1' } };
const stateful = { 'net.netfilter.nf_conntrack_count': '12' };
const strict = { 'net.ipv4.conf.all.rp_filter': '1' };
const device = (name: string, kind: string | undefined, ...texts: readonly string[]) => ({
  ...{ name, kind, isUp: true, addresses: texts.map(address) },
});
const vip6 = address('2001:db8:1::100');

const cases: readonly Explanation[] = [
  [
    'missing IPVS',
    explained([], { hasIpvs: false }),
    [
      'IPVS is not loaded in the kernel.',
      'without the module ip_vs, there are no virtual services',
      '--doctor loads no modules; ipvsadm-restore loads it, as do most commands of ipvsadm',
    ],
  ],
  [
    'a missing virtual address',
    explained(nat, routes(onLan, '192.0.2.100')),
    [
      'No interface has the virtual address 192.0.2.100.',
      'packets for it are sent out through lan',
      'the director must have it, or packets for it do not reach IPVS',
    ],
  ],
  [
    'missing virtual addresses without a route',
    explained(rules(2, '-m', '10.0.0.11:80'), routes(nowhere, '192.0.2.100', '192.0.2.101')),
    [
      'No interface has any of 2 virtual addresses.',
      'there is no route to them',
      'the director must have them, or packets for them do not reach IPVS',
    ],
  ],
  [
    'a detected duplicate address',
    explained(['-A -t [2001:db8:1::100]:80 -s rr', '-a -t [2001:db8:1::100]:80 -r [fd00::11]:80 -m'], {
      ...routes(onLan, '2001:db8:1::100'),
      interfaces: [{ ...device('lan', undefined, '2001:db8:1::100'), duplicates: [vip6] }],
    }),
    [
      'Another machine has the virtual address 2001:db8:1::100.',
      `when it was added to lan, another machine answered the kernel's duplicate address detection`,
      'so this machine does not use it',
    ],
  ],
  [
    'an address that another director has',
    explained(nat, {
      syncSenders: [{ address: address('192.0.2.2'), syncId: 7, virtual: [address('192.0.2.100')] }],
    }),
    [
      'Two directors have the virtual address 192.0.2.100.',
      'lan has it here',
      '192.0.2.2 has clients of it at this moment, according to its sync messages',
      'each client reaches the director whose ARP answer it has accepted',
    ],
  ],
  [
    'an address of a backup',
    explained(nat, { daemons: [backup] }),
    [
      'This director is a backup, but has the virtual address 192.0.2.100.',
      'lan has it, but only the backup daemon is running',
      'if another director is the master, both have the address',
      'if this one has taken over, it does not announce its connections',
    ],
  ],
  [
    'a mark that nothing sets',
    explained(['-A -f 7 -s rr', '-a -f 7 -r 10.0.0.11 -m'], { marking: { setters: [], isComplete: true } }),
    [
      'No rule sets the firewall mark 7.',
      'no nftables or iptables rule can set this mark on IPv4 packets',
      'so no packets reach the service',
    ],
  ],
  [
    'marks of IPv6 that nothing sets',
    explained(
      [
        '-A -f 7 -6 -s rr',
        '-a -f 7 -6 -r [fd00::11]:80 -m',
        '-A -f 8 -6 -s rr',
        '-a -f 8 -6 -r [fd00::11]:80 -m',
      ],
      { marking: { setters: [], isComplete: true } },
    ),
    [
      'No rule sets any of 2 firewall marks.',
      'no nftables or iptables rule can set these marks on IPv6 packets',
      'so no packets reach the services',
    ],
  ],
  [
    'the filter of a tunnel',
    explained(rules(1, '-i', '10.0.0.11:80'), { settings: strict, interfaces: [device('tunl0', 'ipip')] }),
    [
      'Packets from the tunnel tunl0 are dropped.',
      'tunl0 is up, and its reverse path filter is strict (rp_filter=1)',
      'tunnelled packets come from clients, and the route back to clients does not lead through it',
      'the same applies to every server at the end of a tunnel',
    ],
  ],
  [
    'the filters of tunnels',
    explained(rules(1, '-i', '10.0.0.11:80'), {
      settings: strict,
      interfaces: [device('tunl0', 'ipip'), device('gre1', 'gre')],
    }),
    [
      'Packets from 2 tunnels are dropped.',
      'these devices are up, and their reverse path filters are strict (rp_filter=1)',
      'tunnelled packets come from clients, and the route back to clients does not lead through them',
      'the same applies to every server at the end of a tunnel',
    ],
  ],
  [
    "the filter of the clients' interface",
    explained(rules(1, '-i', '10.0.0.11:80'), {
      settings: strict,
      defaultInterfaces: ['wan'],
      interfaces: [device('lan', undefined, '192.0.2.100')],
    }),
    [
      'Packets from distant clients are dropped at lan.',
      'lan has the virtual address, and its reverse path filter is strict (rp_filter=1)',
      'but the default route leads through wan',
    ],
  ],
  [
    "the filters of the clients' interfaces",
    explained(rules(2, '-i', '10.0.0.11:80'), {
      settings: strict,
      defaultInterfaces: ['wan', 'wan2', 'wan3'],
      interfaces: [device('lan', undefined, '192.0.2.100'), device('lan2', undefined, '192.0.2.101')],
    }),
    [
      'Packets from distant clients are dropped at 2 interfaces.',
      'these devices have the virtual addresses, and their reverse path filters are strict (rp_filter=1)',
      'but the default route leads through wan, wan2 and wan3',
    ],
  ],
  [
    'a connection to a removed server',
    explained(rules(1, '-g', '192.0.2.11:80'), { connections: { open: lostBoth.slice(0, 1) } }),
    [
      'Connections to removed servers hang.',
      '1 open connection leads to 10.0.0.11:80, which the service no longer has',
      'net.ipv4.vs.expire_nodest_conn is 0, so their packets are silently dropped, for up to 500 more seconds',
      'with 1, the next packet ends such a connection, and the client can open a new one',
    ],
  ],
  [
    'connections to removed servers',
    explained(rules(1, '-g', '192.0.2.11:80'), { connections: { open: lostBoth } }),
    [
      'Connections to removed servers hang.',
      '3 open connections lead to 10.0.0.11:80, 10.0.0.12:80, which the service no longer has',
      'net.ipv4.vs.expire_nodest_conn is 0, so their packets are silently dropped, for up to 500 more seconds',
      'with 1, the next packet ends such a connection, and the client can open a new one',
    ],
  ],
  [
    'disabled forwarding',
    explained(nat, { settings: { 'net.ipv4.ip_forward': '0' } }),
    [
      'Answers of NAT servers are not forwarded to the clients.',
      'net.ipv4.ip_forward is 0',
      'with NAT, all answers pass through the director',
    ],
  ],
  [
    'rules that do not see connections',
    explained(nat, { sourceNat: masquerade, connections: { answers } }),
    [
      'IPVS packets to server 10.0.0.11:80 are not masqueraded.',
      'an nftables or iptables rule changes the source address of packets on this route',
      'net.ipv4.vs.conntrack is 0, so such rules do not see IPVS connections',
      'servers see the client address, and their answers bypass the director unless it is their gateway',
    ],
  ],
  [
    'servers that never answer',
    explained(natBoth, { connections: { answers } }),
    [
      'No answers from 2 servers come back through the director.',
      'clients have started 6 connections, but this director has not seen any answer',
      'with NAT, the director must be the gateway of a server, or masquerade; or the server does not answer at all',
    ],
  ],
  [
    'servers that no rule masquerades',
    explained(natBoth, {
      ...tracked,
      sourceNat: { rules: [], isComplete: true },
      connections: { answers },
    }),
    [
      'No answers from 2 servers come back through the director.',
      'clients have started 6 connections, but this director has not seen any answer',
      'net.ipv4.vs.conntrack is 1, but no rule masquerades packets to 2 servers',
      'with NAT, the director must be the gateway of a server, or masquerade; or the server does not answer at all',
    ],
  ],
  [
    'a missing FTP helper',
    explained(rules(1, '-m', '10.0.0.11:21').map((rule) => rule.replace('100:80', '100:21'))),
    [
      'FTP data connections fail through NAT.',
      'the module ip_vs_ftp is not loaded',
      'so the addresses in the answers of FTP servers are not translated',
    ],
  ],
  [
    'rules that match states',
    explained(nat, { modules: ['nft_ct*', 'xt_conntrack*'], settings: stateful }),
    [
      'Firewall rules cannot match the state of NAT connections.',
      'rules that match the state of connections are in use (nft_ct, xt_conntrack)',
      'net.ipv4.vs.conntrack is 0, so IPVS connections are not tracked',
    ],
  ],
  [
    'a small connection table',
    explained(nat, { connections: { count: 300_000, buckets: 4096 } }),
    [
      'The connection table is too small for the number of connections.',
      '300000 connections share 4096 buckets, and each packet searches a whole bucket',
      'a new size takes effect when the module ip_vs is next loaded',
    ],
  ],
  [
    'a connection table that a setting keeps small',
    explained(nat, {
      connections: { count: 300_000, buckets: 4096 },
      settings: { 'net.ipv4.vs.conn_lfactor': '8' },
    }),
    [
      'The connection table is too small for the number of connections.',
      '300000 connections share 4096 buckets, and each packet searches a whole bucket',
      'net.ipv4.vs.conn_lfactor is 8, which keeps the table small',
    ],
  ],
  [
    'a connection table that is nearly full',
    explained(nat, {
      connections: { count: 900, buckets: 4096 },
      settings: { 'net.ipv4.vs.conn_max': '1000' },
    }),
    ['The connection table is nearly full.', 'it has 900 connections; net.ipv4.vs.conn_max allows 1000'],
  ],
  [
    'a daemon whose interface is missing',
    explained(nat, { daemons: [{ ...backup, role: 'master', interface: 'eth9' }] }),
    ['No sync messages pass through eth9.', 'the master daemon uses it', 'it no longer exists'],
  ],
  [
    'a daemon whose interface is down',
    explained(nat, {
      daemons: [{ ...backup, role: 'master' }],
      interfaces: [{ ...device('lan', undefined), isUp: false }],
    }),
    ['No sync messages pass through lan.', 'the master daemon uses it', 'it is down'],
  ],
  [
    'a daemon on the loopback interface',
    explained(nat, {
      daemons: [{ ...backup, role: 'master', interface: 'lo' }],
      interfaces: [{ ...device('lo', undefined), isMulticast: false }],
    }),
    [
      'No sync messages pass through lo.',
      'the master daemon uses it',
      'packets sent through it stay on this machine',
    ],
  ],
  [
    'daemons on an interface without multicast',
    explained(nat, {
      daemons: [{ ...backup, role: 'master' }, backup],
      interfaces: [{ ...device('lan', undefined), isMulticast: false }],
    }),
    [
      'Sync messages may not pass through lan.',
      'the master and backup daemons use it',
      'it lacks the flag MULTICAST, and sync messages are multicast',
    ],
  ],
  [
    'a foreign sync ID',
    explained(nat, {
      ...routes(onLan, '192.0.2.100'),
      daemons: [backup],
      syncSenders: [{ address: address('192.0.2.2'), syncId: 8, virtual: [address('192.0.2.100')] }],
    }),
    [
      'The backup daemon ignores the sync messages of 192.0.2.2.',
      '192.0.2.2 uses the sync ID 8, for virtual addresses of this director',
      'the backup daemon accepts only messages with the sync ID 7',
    ],
  ],
  [
    'a sync ID that differs from the expected one',
    explained(nat, {
      ...routes(onLan, '192.0.2.100'),
      daemons: [backup],
      expected: {
        file: 'web.rules',
        state: desiredState(
          parseRules([...nat, '--start-daemon master --mcast-interface lan --syncid 8'].join('\n')).rules,
        ),
      },
    }),
    [
      'The sync daemons of the directors have different sync IDs.',
      'the backup daemon has the sync ID 7',
      'the master daemon in web.rules has 8',
      'a backup accepts only messages with its own sync ID',
    ],
  ],
  [
    'an incomplete backup',
    explained(
      nat.map((rule) => rule.replace('11:80', '13:80')),
      {
        ...routes(onLan, '192.0.2.100'),
        daemons: [backup],
        connections: {
          open: [
            ...lostBoth,
            { ...lost('10.0.0.11', 1), virtual: { address: address('192.0.2.100'), port: 443 } },
          ],
        },
      },
    ),
    [
      'This backup lacks services or servers of its master.',
      'the master has announced open connections',
      'this director does not have their service TCP 192.0.2.100:443',
      'the services here lack their server 10.0.0.11:80, 10.0.0.12:80',
      'after a takeover, new clients would be refused, or share fewer servers',
    ],
  ],
  [
    'other timeouts than expected',
    explained(nat, {
      expected: {
        file: 'web.rules',
        state: desiredState(parseRules([...nat, '--set 1 2 3'].join('\n')).rules),
      },
    }),
    ['The table differs from web.rules.', 'the timeouts differ'],
  ],
];

describe('the evidence of a finding about the director', () => {
  for (const [cause, found, expected] of cases)
    it(`describes ${cause}`, () => assert.deepEqual(found, expected));
});
