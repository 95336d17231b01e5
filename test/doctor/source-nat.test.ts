import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examine } from '../../src/doctor/examine.ts';
import { parseIptablesSourceNat } from '../../src/doctor/observe/iptables-source-nat.ts';
import { parseNftables } from '../../src/doctor/observe/nftables.ts';
import { reachOf, type SourceNatRule } from '../../src/doctor/source-nat.ts';
import type { System } from '../../src/doctor/system.ts';
import { address, tcp } from '../ipvs/values.ts';
import { type Changes, system } from './snapshot.ts';

const server = address('10.0.0.11');

/** Returns how far each rule applies to packets to the server 10.0.0.11 on the interface `inside`. */
function reaches(rules: readonly SourceNatRule[] | undefined): string {
  assert.ok(rules);
  return rules.map((rule) => reachOf(rule, server, 'inside')).join(' ');
}

function iptables(...rules: readonly string[]): string {
  return reaches(parseIptablesSourceNat(['*nat', ...rules, 'COMMIT', ''].join('\n'), 'inet'));
}

/** Returns a listing of nftables with one rule of these expressions. */
function listing(expr: readonly unknown[], family = 'ip'): string {
  const place = { family, table: 'nat', chain: 'out' };
  return JSON.stringify({ nftables: [{ metainfo: {} }, { rule: { ...place, expr } }] });
}

function nftables(expr: readonly unknown[], family?: string): string {
  return reaches(parseNftables(listing(expr, family))?.sourceNat);
}

const masquerade = { masquerade: null };
const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
const out = { meta: { key: 'oifname' } };
const payload = (field: string) => ({ payload: { protocol: 'ip', field } });
const prefix = (addr: string, len: number) => ({ prefix: { addr, len } });

describe('rules that change source addresses', () => {
  it('are recognized in iptables by the targets MASQUERADE, SNAT and NETMAP', () => {
    assert.equal(iptables('-A POSTROUTING -j MASQUERADE'), 'possible');
    assert.equal(iptables('-A POSTROUTING -o inside -j SNAT --to-source 10.0.0.1'), 'named');
    assert.equal(iptables('-A POSTROUTING -o inside -j NETMAP --to 10.0.0.0/24'), 'named');
    assert.equal(iptables('-A POSTROUTING -o inside -j ACCEPT'), '');
    assert.equal(iptables('-A POSTROUTING -o in+ -j MASQUERADE'), 'named');
    assert.equal(iptables('-A POSTROUTING -d 10.0.0.0/24 -p tcp -m tcp --dport 8080 -j MASQUERADE'), 'named');
    assert.equal(iptables('-A POSTROUTING -m ipvs --vaddr 192.0.2.100/32 -j MASQUERADE'), 'possible');
    assert.equal(iptables('-A POSTROUTING ! -o lo -j MASQUERADE'), 'possible');
    assert.equal(iptables('-A PREROUTING -j DNAT --to-destination 10.0.0.1', '-A POSTROUTING -j ACCEPT'), '');
  });

  it('are excluded if their iptables conditions do not match packets to the server', () => {
    for (const rule of [
      '-o outside -j MASQUERADE',
      '! -o inside -j MASQUERADE',
      '! -d 10.0.0.0/8 -j MASQUERADE',
      '-d 10.0.1.0/24 -j MASQUERADE',
      // Applies only to connections that the servers open themselves.
      '-s 10.0.0.0/24 -j MASQUERADE',
    ])
      assert.equal(iptables(`-A POSTROUTING ${rule}`), 'none', rule);
    assert.equal(iptables('-A POSTROUTING -s 192.0.2.0/24 -o inside -j MASQUERADE'), 'named');
  });

  it('are recognized in nftables by the statements masquerade and snat', () => {
    assert.equal(nftables([masquerade]), 'possible');
    assert.equal(nftables([{ counter: null }, { snat: { addr: '10.0.0.1' } }]), 'possible');
    assert.equal(nftables([match(out, 'inside'), masquerade]), 'named');
    assert.equal(nftables([match(out, { set: ['inside', 'other'] }), masquerade], 'inet'), 'named');
    assert.equal(nftables([match(payload('daddr'), '10.0.0.11'), masquerade]), 'named');
    assert.equal(nftables([match(payload('daddr'), prefix('10.0.0.8', 29)), masquerade]), 'named');
    assert.equal(
      nftables([match(payload('daddr'), { set: ['10.0.0.5', prefix('10.0.0.0', 24)] }), masquerade]),
      'named',
    );
    assert.equal(nftables([{ accept: null }]), '');
  });

  it('are excluded if their nftables conditions do not match, and possible if not evaluated', () => {
    assert.equal(nftables([match(out, 'outside'), masquerade]), 'none');
    assert.equal(nftables([match(out, 'inside', '!='), masquerade]), 'none');
    assert.equal(nftables([match(payload('daddr'), prefix('10.0.0.16', 28)), masquerade]), 'none');
    assert.equal(nftables([match(payload('saddr'), prefix('10.0.0.0', 24)), masquerade]), 'none');
    assert.equal(nftables([masquerade], 'ip6'), 'none');
    // Named sets and ranges are not evaluated.
    assert.equal(nftables([match(payload('daddr'), '@servers'), masquerade]), 'possible');
    assert.equal(
      nftables([match(payload('daddr'), { range: ['10.0.0.1', '10.0.0.9'] }), masquerade]),
      'possible',
    );
  });
});

const nat = ['-A -t 192.0.2.100:80 -s rr', '-a -t 192.0.2.100:80 -r 10.0.0.11:8080 -m'];
const toServer: SourceNatRule = {
  families: ['inet'],
  conditions: [{ about: 'out', isNegated: false, names: ['lan'] }],
};
const everywhere: SourceNatRule = { families: ['inet'], conditions: [] };
const rules = (...all: readonly SourceNatRule[]) => ({ rules: all, isComplete: true });
const unansweredBy = (count: number) => ({
  answers: [
    {
      virtual: { address: address('192.0.2.100'), port: 80 },
      destination: { address: server, port: 8080 },
      ...{ answered: 0, unanswered: count },
    },
  ],
});

function problems(observed: System): string[] {
  return examine(observed).map(({ problem, repairs }) => [problem, ...repairs.flat()].join(' | '));
}

const problemsWith = (changes: Changes) => problems(system(nat, changes));
const on = { 'net.ipv4.vs.conntrack': '1' };

const notMasqueraded =
  'IPVS packets to server 10.0.0.11:8080 are not masqueraded. | sysctl -w net.ipv4.vs.conntrack=1';
const noAnswer = 'No answers from server 10.0.0.11:8080 come back through the director. | ';
const gateway = `${noAnswer}ssh 10.0.0.11 ip route replace default via DIRECTOR`;

describe('full NAT', () => {
  it('requires IPVS connection tracking if a rule names the interface to the servers', () => {
    assert.deepEqual(problemsWith({ sourceNat: rules(toServer) }), [notMasqueraded]);
    assert.deepEqual(problemsWith({ sourceNat: rules(toServer), settings: on }), []);
  });

  it('is not assumed if a rule masquerades everything, unless answers are missing', () => {
    assert.deepEqual(problemsWith({ sourceNat: rules(everywhere) }), []);
    assert.deepEqual(problemsWith({ sourceNat: rules(everywhere), connections: unansweredBy(3) }), [
      notMasqueraded,
    ]);
  });

  it('requires a rule if connections are tracked, but answers are missing', () => {
    const bare = { sourceNat: rules(), settings: on };
    assert.deepEqual(problemsWith(bare), []);
    assert.deepEqual(problemsWith({ ...bare, connections: unansweredBy(3) }), [
      `${noAnswer}nft add rule ip TABLE CHAIN ip daddr 10.0.0.11 masquerade`,
    ]);
    const [finding] = examine(system(nat, { ...bare, connections: unansweredBy(3) }));
    assert.deepEqual(finding?.evidence.slice(0, 2), [
      'clients have started 3 connections, but this director has not seen any answer',
      'net.ipv4.vs.conntrack is 1, but no rule masquerades packets to server 10.0.0.11:8080',
    ]);
  });

  it('is repaired once for a server of several services', () => {
    const both = [...nat, ...nat.map((rule) => rule.replace('192.0.2.100:80', '192.0.2.100:443'))];
    const [one] = unansweredBy(3).answers;
    assert.ok(one);
    const https = { ...one, virtual: { ...one.virtual, port: 443 } };
    const connections = { answers: [one, https] };
    assert.deepEqual(problems(system(both, { connections })), [gateway]);
    assert.deepEqual(problems(system(both, { connections, sourceNat: rules(), settings: on })), [
      `${noAnswer}nft add rule ip TABLE CHAIN ip daddr 10.0.0.11 masquerade`,
    ]);
  });

  it('is reported only for the servers and services whose connections are not answered', () => {
    const another = nat.map((rule) => rule.replace('192.0.2.100', '192.0.2.101'));
    const more = [
      '-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m',
      '-a -t 192.0.2.100:80 -r 10.0.0.11:8081 -m',
      ...another,
      ...nat.map((rule) => rule.replace('192.0.2.100:80', '192.0.2.100:443')),
      ...nat.map((rule) => rule.replaceAll('-t ', '-u ')),
    ];
    const [finding, ...others] = examine(system([...nat, ...more], { connections: unansweredBy(3) }));
    assert.deepEqual(others, []);
    assert.equal(finding?.problem, 'No answers from server 10.0.0.11:8080 come back through the director.');
    assert.deepEqual(finding.services, [tcp('192.0.2.100', 80)]);
    assert.match(finding.evidence[0] ?? '', / 3 connections,/);
  });

  it('is reported for servers and services of all ports', () => {
    const marked = ['-A -f 1 -s rr', '-a -f 1 -r 10.0.0.11 -m'];
    const allPorts = ['-A -t 192.0.2.100:0 -s rr -p', '-a -t 192.0.2.100:0 -r 10.0.0.11 -m'];
    const silent = `${noAnswer.replace(':8080', ':0')}ssh 10.0.0.11 ip route replace default via DIRECTOR`;
    for (const all of [marked, allPorts]) {
      const problemsIf = (answered: number) => {
        const [first] = unansweredBy(2).answers;
        assert.ok(first);
        const destination = { ...first.destination, port: 443 };
        const answers = [first, { ...first, destination, unanswered: 1, answered }];
        return problems(system(all, { connections: { answers } }));
      };
      assert.deepEqual(problemsIf(0), [silent]);
      assert.deepEqual(problemsIf(1), [], 'the server answers at another port');
    }
  });

  it('is not reported to lack a rule if the rules are unknown, or one exists', () => {
    const connections = unansweredBy(4);
    assert.deepEqual(problemsWith({ connections }), [gateway]);
    assert.deepEqual(problemsWith({ connections, sourceNat: rules() }), [gateway]);
    assert.deepEqual(problemsWith({ connections, settings: on }), [gateway]);
    assert.deepEqual(problemsWith({ connections, settings: on, sourceNat: rules(toServer) }), [gateway]);
  });

  it('is not reported for few connections, other forwarding methods, or disabled forwarding', () => {
    assert.deepEqual(problemsWith({ connections: unansweredBy(2) }), []);
    const settings = { 'net.ipv4.ip_forward': '0' };
    assert.equal(problemsWith({ connections: unansweredBy(9), settings }).length, 1);
    const dr = nat.map((rule) => rule.replace(':8080 -m', ' -g'));
    assert.deepEqual(problems(system(dr, { sourceNat: rules(toServer), connections: unansweredBy(9) })), []);
  });
});
