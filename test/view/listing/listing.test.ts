import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatEndpoint } from '../../../src/ipvs/endpoint.ts';
import { ServiceFlag, type ServiceSettings, TunnelFlag } from '../../../src/ipvs/model.ts';
import type { ColumnSet } from '../../../src/view/listing/columns.ts';
import { formatEntry, listingHeading } from '../../../src/view/listing/listing.ts';
import { tunnelInfo } from '../../../src/view/listing/server-texts.ts';
import { serviceSettingsText } from '../../../src/view/listing/service-texts.ts';
import { address, destinationSettings, noStats, serviceSettings, tcp } from '../../ipvs/values.ts';

const stats = { ...noStats, connections: 1n << 32n, inBytes: 1n << 32n, inPacketRate: 7n };
const entry = {
  service: { id: tcp('10.0.0.1', 80), ...serviceSettings, stats },
  destinations: [
    {
      id: { address: address('10.0.0.2'), port: 80 },
      ...destinationSettings,
      forwarding: 'tunnel' as const,
      tunnel: { type: 'gue' as const, port: 6080, flags: 1 },
      upperThreshold: 50,
      activeConnections: 3,
      inactiveConnections: 4,
      persistentConnections: 5,
      stats,
    },
  ],
};

/** Listings as ipvsadm 1.31 prints them. */
const listings: Readonly<Record<ColumnSet, string>> = {
  table: `\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.0.0.1:80 rr
  -> 10.0.0.2:80                  Tunnel  1      3          4         
`,
  'tun-info': `\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
TCP  10.0.0.1:80 rr
  -> 10.0.0.2:80                  Tunnel  gue:6080:+c   1      3          4         
`,
  thresholds: `\
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn 
  -> RemoteAddress:Port
TCP  10.0.0.1:80 rr
  -> 10.0.0.2:80                  50         0          3          4         
`,
  'persistent-conn': `\
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn 
  -> RemoteAddress:Port
TCP  10.0.0.1:80 rr
  -> 10.0.0.2:80                  1         5           3          4         
`,
  stats: `\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.0.0.1:80                     4294M        0        0    4294M        0
  -> 10.0.0.2:80                         0        0        0    4294M        0
`,
  rate: `\
Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
TCP  10.0.0.1:80                         0        7        0        0        0
  -> 10.0.0.2:80                         0        7        0        0        0
`,
};

describe('a listing', () => {
  for (const [columns, listing] of Object.entries(listings) as [ColumnSet, string][]) {
    it(`is the same as with ipvsadm 1.31: ${columns}`, () => {
      const lines = formatEntry(entry, { columns, exact: false }, formatEndpoint);
      assert.equal(listingHeading(undefined, columns) + lines, listing);
    });
  }
});

describe('serviceSettingsText', () => {
  const { persistent, onePacket, scheduler1, scheduler2 } = ServiceFlag;
  const settings = { scheduler: 'sh', flags: 0, timeout: 300, netmask: 0xffffffff };
  const text = (some: Partial<ServiceSettings>) => serviceSettingsText({ ...settings, ...some }, 'inet');

  it('names scheduler, flags and persistence as ipvsadm 1.31 does', () => {
    assert.equal(text({}), ' sh');
    assert.equal(text({ flags: scheduler1 | scheduler2 }), ' sh (sh-fallback,sh-port)');
    assert.equal(text({ flags: onePacket }), ' sh ops');
    assert.equal(text({ flags: persistent }), ' sh persistent 300');
    assert.equal(
      text({ flags: persistent | onePacket, netmask: 0xffffff00, persistenceEngine: 'sip' }),
      ' sh persistent 300 mask 255.255.255.0 pe sip ops',
    );
    const inet6 = { ...settings, flags: persistent };
    assert.equal(serviceSettingsText({ ...inet6, netmask: 128 }, 'inet6'), ' sh persistent 300');
    assert.equal(serviceSettingsText({ ...inet6, netmask: 64 }, 'inet6'), ' sh persistent 300 mask 64');
  });
});

describe('tunnelInfo', () => {
  it('names the type, the port of GUE, and the checksum', () => {
    const { checksum, remoteChecksum } = TunnelFlag;
    const info = (type: 'ipip' | 'gre' | 'gue', flags = 0) => tunnelInfo({ type, port: 6080, flags });
    assert.equal(info('ipip'), 'ipip');
    assert.deepEqual([info('gre'), info('gre', checksum)], ['gre:-c', 'gre:+c']);
    assert.deepEqual([info('gue'), info('gue', checksum)], ['gue:6080:-c', 'gue:6080:+c']);
    assert.equal(info('gue', remoteChecksum), 'gue:6080:r+c');
    assert.equal(info('gue', checksum | remoteChecksum), 'gue:6080:r+c');
  });
});
