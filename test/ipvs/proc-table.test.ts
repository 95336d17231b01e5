import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Address } from '../../src/ipvs/address.ts';
import { fromService } from '../../src/ipvs/codec/service.ts';
import { ServiceRows } from '../../src/ipvs/codec/service-rows.ts';
import type { Protocol, ServiceId } from '../../src/ipvs/model.ts';
import { type ProcTable, readProcTable } from '../../src/ipvs/proc-table.ts';
import { answer } from './answer.ts';
import { noStats, serviceSettings } from './values.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-proc-'));
after(() => rmSync(folder, { recursive: true }));

/** As a kernel 7.2 wrote it. */
const seen = `\
IP Virtual Server version 1.2.1 (size=256)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A000001:0050 wlc  persistent 3000 FFFFFF00
  -> 0A000002:1F90      Masq    3      1          2         
  -> [2001:0db8:0000:0000:0000:0000:0000:0003]:0050      Tunnel  1      0          0         
UDP  [2001:0db8:0000:0000:0000:0000:0000:0010]:0035 wlc ops 
IP_47  0A000001:0050 rr  
  -> 0A000007:0050      Route   1      0          0         
IP_47  [2001:0db8:0000:0000:0000:0000:0000:0010]:0035 rr 
  -> [2001:0db8:0000:0000:0000:0000:0000:0003]:0035      Route   1      0          0         
FWM  00000001 wlc 
  -> 0A000009:0000      Route   1      0          0         
`;

const service = (protocol: Protocol, address: string, port: number): ServiceId => ({
  kind: 'address',
  protocol,
  address: Address.parse(address) ?? assert.fail(address),
  port,
});

/** The servers of a service in the table. */
function serversOf(table: ProcTable | undefined, id: ServiceId) {
  const rows = new ServiceRows();
  const row = rows.add(answer({ service: { ...fromService(id, serviceSettings), stats64: noStats } }));
  return table?.servers(rows, row);
}

describe('readProcTable', () => {
  const path = join(folder, 'ip_vs');
  writeFileSync(path, seen);
  const table = readProcTable(path);
  const servers = (id: ServiceId) =>
    serversOf(table, id)?.map(({ id: { address, port }, ...rest }) => [`${address} ${port}`, rest]);

  it('gives the servers of a service', () => {
    assert.deepEqual(servers(service('tcp', '10.0.0.1', 80)), [
      ['10.0.0.2 8080', { text: 'Masq    3      1          2         ' }],
      ['2001:db8::3 80', { text: 'Tunnel  1      0          0         ' }],
    ]);
    assert.deepEqual(servers(service('udp', '2001:db8::10', 53)), []);
  });

  it('gives those of services of any protocol', () => {
    assert.deepEqual(servers(service('ip_47', '10.0.0.1', 80)), [
      ['10.0.0.7 80', { text: 'Route   1      0          0         ' }],
    ]);
    assert.equal(servers(service('ip_47', '2001:db8::10', 53))?.length, 1);
    assert.equal(servers(service('ip_50', '10.0.0.1', 80)), undefined);
  });

  it('knows nothing of services that are not there, nor of firewall marks', () => {
    assert.equal(servers(service('udp', '10.0.0.1', 80)), undefined);
    assert.equal(serversOf(table, { kind: 'fwmark', family: 'inet', fwmark: 1 }), undefined);
  });

  it('puts together what stands in several blocks', () => {
    const line = '  -> 0A000002:1F90      Masq    3      1          2         \n';
    const other = 'TCP  0A000005:0050 wlc  \n';
    writeFileSync(path, `${other}TCP  0A000001:0050 wlc  \n${line.repeat(10_000)}${other}${line}`);
    const large = readProcTable(path);
    assert.equal(serversOf(large, service('tcp', '10.0.0.1', 80))?.length, 10_000);
    // What stands there twice, as a table can that changes meanwhile, is what it was last.
    assert.equal(serversOf(large, service('tcp', '10.0.0.5', 80))?.length, 1);
  });

  it('gives nothing where there is no such file', () => {
    assert.equal(readProcTable(join(folder, 'none')), undefined);
  });
});
