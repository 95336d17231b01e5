import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from '../../src/doctor/finding.ts';
import { report } from '../../src/doctor/report.ts';
import { tcp } from '../ipvs/values.ts';

const finding = {
  problem: 'Answers of NAT servers are not forwarded to the clients.',
  services: [tcp('192.0.2.100', 80)],
  evidence: ['net.ipv4.ip_forward is 0', 'with NAT, all answers pass through the director'],
  repairs: [['sysctl -w net.ipv4.ip_forward=1']],
};

const examined = (services: number, unreadable: readonly string[] = []) => ({
  table: new Array<undefined>(services),
  unreadable,
});

function brief(findings: readonly Finding[], services: number): string {
  return report(findings, examined(services), { isBrief: true });
}

describe('the report', () => {
  it('states that no problems were found', () => {
    assert.equal(brief([], 1), 'No problems found with 1 service.\n');
    assert.equal(brief([], 0), 'No problems found with 0 services.\n');
  });

  it('contains problem, services, evidence and repair commands of each finding', () => {
    const other = { ...finding, repairs: [['first', 'second']] };
    assert.equal(
      brief([finding, other], 1),
      `\
1. Answers of NAT servers are not forwarded to the clients.
   service:  TCP 192.0.2.100:80
   why:      net.ipv4.ip_forward is 0; with NAT, all answers pass through the
             director.
   fix:      sysctl -w net.ipv4.ip_forward=1

2. Answers of NAT servers are not forwarded to the clients.
   service:  TCP 192.0.2.100:80
   why:      net.ipv4.ip_forward is 0; with NAT, all answers pass through the
             director.
   fix:      first
             second

2 findings.
`,
    );
  });

  it('contains no invisible characters, which names of interfaces can have', () => {
    const name = '\x1b[2J\u202e';
    const text = brief(
      [
        {
          problem: `Nothing passes ${name}.`,
          services: [],
          evidence: [`${name} is down`],
          repairs: [[`ip ${name}`]],
        },
      ],
      1,
    );
    assert.equal(text.split('\\u001b[2J\\u202e').length, 4);
    for (const one of [text, report([], examined(1, [name]), { isBrief: true })])
      for (const character of ['\x1b', '\u202e']) assert.ok(!one.includes(character));
  });

  it('names a few of many services, in lines of at most 80 columns', () => {
    const services = Array.from({ length: 1000 }, (_, index) =>
      tcp(`2001:db8:1234:5678:9abc:def0:1234:${index.toString(16)}`, 8080),
    );
    const text = brief([{ ...finding, services }], 1000);
    assert.match(text.replaceAll(/\s+/g, ' '), /def0:1234:4\]:8080 and 995 more/);
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    assert.doesNotMatch(text, /TCP\n/);
  });

  it('contains only the first subjects and repairs of a finding, unless it is verbose', () => {
    const names = Array.from({ length: 13_500 }, (_, index) => `10.0.${index >> 8}.${index & 255}:80`);
    const repairs = names.map((name) => [`remove ${name}`, `add ${name}`]);
    const many: Finding = { ...finding, services: [], subjects: { noun: 'server', names }, repairs };
    assert.equal(
      brief([many], 1),
      `\
1. Answers of NAT servers are not forwarded to the clients.
   server:   10.0.0.0:80, 10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80, 10.0.0.4:80 and
             13495 more
   why:      net.ipv4.ip_forward is 0; with NAT, all answers pass through the
             director.
   fix:      remove 10.0.0.0:80
             add 10.0.0.0:80
             remove 10.0.0.1:80
             add 10.0.0.1:80
             remove 10.0.0.2:80
             add 10.0.0.2:80
             remove 10.0.0.3:80
             add 10.0.0.3:80
             remove 10.0.0.4:80
             add 10.0.0.4:80
   more:     13495 repairs like these; show them with --verbose

1 finding.
`,
    );
    const long = report([many], examined(1), { isBrief: false });
    assert.equal(long.match(/^ +(fix: +)?add 10\./gm)?.length, 13_500);
    assert.match(long, /10\.0\.52\.187:80\n/);
    assert.doesNotMatch(long, /more/);
  });

  it('names what could not be examined', () => {
    const unreadable = ['/proc/modules (EACCES)'];
    const nothing = report([], examined(2, unreadable), { isBrief: true });
    assert.equal(nothing, 'Not examined: /proc/modules (EACCES).\nNo problems found with 2 services.\n');
    const text = report([finding], examined(2, unreadable), { isBrief: true });
    assert.match(text, /\n\nNot examined: \/proc\/modules \(EACCES\)\.\n1 finding\.\n$/);
  });
});
