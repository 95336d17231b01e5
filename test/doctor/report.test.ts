import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { report } from '../../src/doctor/report.ts';
import { tcp } from '../ipvs/values.ts';

const finding = {
  problem: 'The answers of NAT servers are not forwarded to the clients.',
  services: [tcp('192.0.2.100', 80)],
  evidence: ['net.ipv4.ip_forward is 0', 'with NAT all answers come back through the director'],
  mend: ['sysctl -w net.ipv4.ip_forward=1'],
};

describe('the report', () => {
  it('tells that there is nothing', () => {
    assert.equal(report([], 1), 'Nothing found that is wrong with 1 service.\n');
    assert.equal(report([], 0), 'Nothing found that is wrong with 0 services.\n');
  });

  it('has problem, services, evidence and mending commands of each finding', () => {
    const other = { ...finding, mend: ['first', 'second'] };
    assert.equal(
      report([finding, other], 1),
      `\
1. The answers of NAT servers are not forwarded to the clients.
   service:  TCP 192.0.2.100:80
   seen:     net.ipv4.ip_forward is 0; with NAT all answers come back through
             the director.
   mend:     sysctl -w net.ipv4.ip_forward=1

2. The answers of NAT servers are not forwarded to the clients.
   service:  TCP 192.0.2.100:80
   seen:     net.ipv4.ip_forward is 0; with NAT all answers come back through
             the director.
   mend:     first
             second

2 findings.
`,
    );
  });

  it('names a few of many services, in lines of 80 columns', () => {
    const services = Array.from({ length: 1000 }, (_, index) =>
      tcp(`2001:db8:1234:5678:9abc:def0:1234:${index.toString(16)}`, 8080),
    );
    const text = report([{ ...finding, services }], 1000);
    assert.match(text.replaceAll(/\s+/g, ' '), /def0:1234:4\]:8080 and 995 more/);
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  });
});
