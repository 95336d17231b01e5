import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ConnectionCounts,
  type ProtocolEndpoint,
  type Ranking,
} from '../../../src/ipvs/proc/connection-counts.ts';
import { readConnections } from '../../../src/ipvs/proc/connections.ts';
import { readTotals } from '../../../src/ipvs/proc/totals.ts';

/** Connections as kernels print them; the template of a firewall mark has the mark in place of an address. */
const text = `\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0A80A0A 9C40 C0A80A78 0050 C0A80A79 0050 ESTABLISHED     899
TCP C0A80A0A 9C41 C0A80A78 0050 C0A80A7A 0050 TIME_WAIT        58
TCP C0A80A0B 9C41 C0A80A78 0050 C0A80A79 0050 ESTABLISHED      58
UDP C0A80A0A 0035 C0A80A78 0035 C0A80A79 0035 UDP             299
SCTP C0A80A0A 0035 C0A80A78 0035 C0A80A79 0035 ESTABLISHED     299
IP  C0A80A0A 0000 00000007 0000 C0A80A79 0000 ASSURED          299 sip abc def
TCP [2001:0db8:0000:0000:0000:0000:0000:0010] C350 [2001:0db8:0000:0000:0000:0000:0000:0001] 0050 C0A80A79 0050 ESTABLISHED     899
`
  // The kernel prints IPv6 addresses without brackets.
  .replace(/[[\]]/g, '');

describe('readConnections', () => {
  it('closes the file at the end, and when it is not read to the end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-connections-'));
    const path = join(folder, 'ip_vs_conn');
    writeFileSync(path, text);
    const isOpen = () => openFiles().includes(path);
    let count = 0;
    for (const connections of readConnections(path)) {
      count += connections.length;
      assert.ok(isOpen());
    }
    assert.equal(count, 7);
    assert.ok(!isOpen());
    for (const _ of readConnections(path)) break;
    assert.ok(!isOpen());
    rmSync(folder, { recursive: true });
  });
});

/** Returns the paths of the files that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The descriptor by which the folder was read.
      return [];
    }
  });
}

describe('ConnectionCounts', () => {
  let folder: string;
  const counts = new ConnectionCounts();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-counts-'));
    const path = join(folder, 'ip_vs_conn');
    writeFileSync(path, text);
    for (const _ of counts.read(path));
  });
  after(() => rmSync(folder, { recursive: true }));

  const endpoints = ({ largest }: Ranking<ProtocolEndpoint>) =>
    largest.map(
      ({ item: { protocol, endpoint }, count }) =>
        `${protocol} ${endpoint.address} ${endpoint.port}: ${count}`,
    );

  it('counts connections per client', () => {
    const { largest, rest } = counts.rankings(2).clients;
    assert.equal(counts.total, 7);
    assert.deepEqual(
      largest.map(({ item, count }) => [item.text, count]),
      [
        ['192.168.10.10', 5],
        ['2001:db8::10', 1],
      ],
    );
    assert.deepEqual(rest, { kinds: 1, connections: 1 });
  });

  it('counts connections per service', () => {
    const all = endpoints(counts.rankings(10).services);
    assert.equal(all[0], 'TCP 192.168.10.120 80: 3');
    assert.deepEqual(all.slice(1).sort(), [
      'IP 0.0.0.7 0: 1',
      'SCTP 192.168.10.120 53: 1',
      'TCP 2001:db8::1 80: 1',
      'UDP 192.168.10.120 53: 1',
    ]);
  });

  it('counts connections per server', () => {
    assert.deepEqual(endpoints(counts.rankings(1).servers), ['TCP 192.168.10.121 80: 3']);
    assert.deepEqual(counts.rankings(1).servers.rest, { kinds: 4, connections: 4 });
  });

  it('counts connections per state', () => {
    assert.deepEqual(
      counts.rankings(2).states.largest.map(({ item, count }) => `${item.protocol} ${item.state} ${count}`),
      ['TCP ESTABLISHED 3', 'IP ASSURED 1'],
    );
  });
});

describe('readTotals', () => {
  it('reads 64-bit counters', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-totals-'));
    const path = join(folder, 'ip_vs_stats');
    writeFileSync(
      path,
      `   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
      1F       A0 100000000 FFFFFFFFFFFFFFFF                0

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       0        0        0                0                0
`,
    );
    assert.deepEqual(readTotals(path), {
      connections: 31n,
      inPackets: 160n,
      outPackets: 4_294_967_296n,
      inBytes: 18_446_744_073_709_551_615n,
      outBytes: 0n,
    });
    rmSync(folder, { recursive: true });
  });
});
