import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FwmarkServiceId } from '../../src/ipvs/model.ts';
import { type IpvsRequest, toCommand } from '../../src/ipvs/requests.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from '../netlink/hex.ts';
import { address, destinationSettings, tcp } from './values.ts';

// The exact bytes of each request's command and attributes on a little-endian host, after <linux/ip_vs.h>.

const web = tcp('10.0.0.1', 80);
const mark: FwmarkServiceId = { kind: 'fwmark', family: 'inet6', fwmark: 0x01020304 };

const webId = `
    0600 0100 0200 0000                                      # AF: AF_INET
    0600 0200 0600 0000                                      # PROTOCOL: tcp
    0800 0300 0a000001                                       # ADDR
    0600 0400 0050 0000                                      # PORT`;
const markId = `
    0600 0100 0a00 0000                                      # AF: AF_INET6
    0800 0500 04030201                                       # FWMARK`;
const realServerId = `
    0600 0b00 0200 0000                                      # ADDR_FAMILY
    0800 0100 0a000002                                       # ADDR
    0600 0200 1f90 0000                                      # PORT`;

const cases: readonly [what: string, request: IpvsRequest, command: number, attributes: string][] = [
  [
    'addService',
    {
      request: 'addService',
      service: web,
      settings: { scheduler: 'rr', flags: 1, timeout: 300, netmask: 0xffffff00 },
    },
    1,
    `4800 0180 ${webId}
    0700 0600 727200 00                                      # SCHED_NAME
    0c00 0700 01000000 ffffffff                              # FLAGS and their mask
    0800 0800 2c010000                                       # TIMEOUT
    0800 0900 ffffff00                                       # NETMASK in network order`,
  ],
  [
    'updateService for an IPv6 firewall mark, with a persistence engine',
    {
      request: 'updateService',
      service: mark,
      settings: { scheduler: 'mh', persistenceEngine: 'sip', flags: 0x31, timeout: 1, netmask: 64 },
    },
    2,
    `4000 0180 ${markId}
    0700 0600 6d6800 00                                      # SCHED_NAME
    0800 0b00 73697000                                       # PE_NAME
    0c00 0700 31000000 ffffffff                              # FLAGS and their mask
    0800 0800 01000000                                       # TIMEOUT
    0800 0900 40000000                                       # NETMASK: prefix in host order`,
  ],
  ['removeService', { request: 'removeService', service: web }, 3, `2400 0180 ${webId}`],
  [
    'addDestination',
    {
      request: 'addDestination',
      service: web,
      destination: { address: address('10.0.0.2'), port: 8080 },
      settings: {
        forwarding: 'tunnel',
        weight: 0x01020304,
        upperThreshold: 20,
        lowerThreshold: 10,
        tunnel: { type: 'gue', port: 0x1234, flags: 3 },
      },
    },
    5,
    `2400 0180 ${webId}
     5400 0280 ${realServerId}
    0800 0300 02000000                                       # FWD_METHOD: tunnel
    0800 0400 04030201                                       # WEIGHT
    0800 0500 14000000                                       # U_THRESH
    0800 0600 0a000000                                       # L_THRESH
    0500 0d00 01 000000                                      # TUN_TYPE: GUE
    0600 0e00 1234 0000                                      # TUN_PORT in network order
    0600 0f00 0300 0000                                      # TUN_FLAGS`,
  ],
  [
    'updateDestination with an IPv6 address',
    {
      request: 'updateDestination',
      service: mark,
      destination: { address: address('2001:db8::1'), port: 0 },
      settings: { ...destinationSettings, forwarding: 'route', weight: 0 },
    },
    6,
    `1400 0180 ${markId}
     4800 0280
    0600 0b00 0a00 0000                                      # ADDR_FAMILY
    1400 0100 20010db8 00000000 00000000 00000001            # ADDR
    0600 0200 0000 0000                                      # PORT
    0800 0300 03000000                                       # FWD_METHOD: route
    0800 0400 00000000                                       # WEIGHT
    0800 0500 00000000                                       # U_THRESH
    0800 0600 00000000                                       # L_THRESH; no tunnel: IP in IP`,
  ],
  [
    'removeDestination',
    {
      request: 'removeDestination',
      service: mark,
      destination: { address: address('10.0.0.2'), port: 8080 },
    },
    7,
    `1400 0180 ${markId}
     1c00 0280 ${realServerId}`,
  ],
  ['flush', { request: 'flush' }, 17, ''],
  ['zero', { request: 'zero' }, 16, ''],
  ['zero for one service', { request: 'zero', service: mark }, 16, `1400 0180 ${markId}`],
  [
    'setTimeouts',
    { request: 'setTimeouts', timeouts: { tcp: 900, tcpFin: 0, udp: 300 } },
    12,
    `0800 0400 84030000                                       # TIMEOUT_TCP
     0800 0500 00000000                                       # TIMEOUT_TCP_FIN
     0800 0600 2c010000                                       # TIMEOUT_UDP`,
  ],
  [
    'startDaemon with only the required fields',
    { request: 'startDaemon', daemon: { role: 'master', interface: 'eth0', syncId: 7 } },
    9,
    `2000 0380
    0800 0100 01000000                                       # STATE: master
    0900 0200 6574683000 000000                              # MCAST_IFN
    0800 0300 07000000                                       # SYNC_ID`,
  ],
  [
    'startDaemon with a multicast group and all options',
    {
      request: 'startDaemon',
      daemon: {
        role: 'backup',
        interface: 'lo',
        syncId: 0,
        maxLength: 1472,
        group: address('224.0.0.81'),
        port: 8848,
        ttl: 2,
      },
    },
    9,
    `3c00 0380
    0800 0100 02000000                                       # STATE: backup
    0700 0200 6c6f00 00                                      # MCAST_IFN
    0800 0300 00000000                                       # SYNC_ID
    0600 0400 c005 0000                                      # SYNC_MAXLEN
    0800 0500 e0000051                                       # MCAST_GROUP
    0600 0700 9022 0000                                      # MCAST_PORT in host order
    0500 0800 02 000000                                      # MCAST_TTL`,
  ],
  [
    'startDaemon with an IPv6 multicast group',
    {
      request: 'startDaemon',
      daemon: { role: 'backup', interface: 'lo', syncId: 0, group: address('ff02::51') },
    },
    9,
    `3000 0380
    0800 0100 02000000                                       # STATE: backup
    0700 0200 6c6f00 00                                      # MCAST_IFN
    0800 0300 00000000                                       # SYNC_ID
    1400 0600 ff020000 00000000 00000000 00000051            # MCAST_GROUP6`,
  ],
  [
    'stopDaemon',
    { request: 'stopDaemon', role: 'backup' },
    10,
    `0c00 0380
    0800 0100 02000000                                       # STATE: backup`,
  ],
];

describe('toCommand', () => {
  for (const [what, request, number, attributes] of cases) {
    it(`writes ${what}`, () => {
      const { command, body } = toCommand(request);
      const writer = new MessageWriter();
      body(writer);
      assert.equal(command, number);
      assert.deepEqual(writer.bytes, hex(attributes));
    });
  }

  it('refuses an invalid port', () => {
    const { body } = toCommand({ request: 'removeService', service: tcp('10.0.0.1', 65536) });
    assert.throws(() => body(new MessageWriter()), RangeError);
  });
});
