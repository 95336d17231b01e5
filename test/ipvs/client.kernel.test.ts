import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Destination,
  type DestinationId,
  type DestinationSettings,
  Ipvs,
  type IpvsRequest,
  type Service,
  ServiceFlag,
  type ServiceId,
  type ServiceSettings,
  type SyncDaemon,
  TunnelFlag,
} from '../../src/index.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { address, destinationSettings, serviceSettings, tcp } from './values.ts';

const web = tcp('10.0.0.1', 80);
const realServer: DestinationId = { address: address('10.0.1.1'), port: 8080 };

/** Settings of a service with persistence of five minutes. */
const persistent: ServiceSettings = { ...serviceSettings, flags: ServiceFlag.persistent, timeout: 300 };

kernelSuite(import.meta.url, 'Ipvs', () => {
  let ipvs: Ipvs;
  before(async () => {
    ipvs = await Ipvs.open();
  });
  beforeEach(() => ipvs.flush());
  after(async () => {
    await ipvs.flush();
    ipvs.close();
  });

  it('reports the version', async () => {
    const { version } = await ipvs.info();
    assert.deepEqual([version.major, version.minor], [1, 2]);
  });

  describe('services', () => {
    const { onePacket, scheduler1, scheduler2, scheduler3 } = ServiceFlag;
    const inet6 = { ...web, address: address('2001:db8::1') };
    const inet6Settings = { ...serviceSettings, netmask: 128 };
    const cases: Readonly<Record<string, readonly [ServiceId, ServiceSettings]>> = {
      tcp: [web, serviceSettings],
      udp: [
        { ...web, protocol: 'udp', port: 65535 },
        { ...serviceSettings, scheduler: 'wrr' },
      ],
      sctp: [{ ...web, protocol: 'sctp', address: address('255.254.253.252') }, serviceSettings],
      'any port, with persistence': [{ ...web, port: 0 }, persistent],
      'persistence with a netmask': [web, { ...persistent, timeout: 86400, netmask: 0xfffff000 }],
      'one-packet scheduling': [
        { ...web, protocol: 'udp' },
        { ...serviceSettings, flags: onePacket },
      ],
      'scheduler flags': [
        web,
        { ...serviceSettings, scheduler: 'sh', flags: scheduler1 | scheduler2 | scheduler3 },
      ],
      'persistence engine': [
        { ...web, protocol: 'udp' },
        { ...persistent, persistenceEngine: 'sip' },
      ],
      IPv6: [inet6, inet6Settings],
      'persistence with an IPv6 prefix length': [inet6, { ...persistent, netmask: 48 }],
      'firewall mark': [{ kind: 'fwmark', family: 'inet', fwmark: 0xfedcba98 }, serviceSettings],
      'IPv6 firewall mark': [{ kind: 'fwmark', family: 'inet6', fwmark: 1 }, inet6Settings],
    };
    for (const [what, [id, settings]] of Object.entries(cases)) {
      it(`are read back as written: ${what}`, async () => {
        await ipvs.addService(id, settings);
        const service = await ipvs.service(id);
        const { stats, ...rest } = service;
        assert.deepEqual(rest, { id, ...settings, flags: settings.flags | ServiceFlag.hashed });
        assert.deepEqual(new Set(Object.values(stats)), new Set([0n]));
        assert.deepEqual(await ipvs.services(), [service]);
        await ipvs.removeService(id);
        assert.deepEqual(await ipvs.services(), []);
      });
    }

    it('match /proc/net/ip_vs', async () => {
      await ipvs.addService(web, { ...persistent, netmask: 0xffffff00 });
      await ipvs.addDestination(web, realServer, { ...destinationSettings, weight: 7 });
      const lines = readFileSync('/proc/net/ip_vs', 'utf8').trim().split('\n').slice(3);
      assert.deepEqual(
        lines.map((line) =>
          line
            .trim()
            .replaceAll(/ +/g, ' ')
            .replace(/persistent \d+/, 'persistent'),
        ),
        ['TCP 0A000001:0050 rr persistent FFFFFF00', '-> 0A000101:1F90 Masq 7 0 0'],
      );
    });

    it('can be changed in every setting, and back', async () => {
      await ipvs.addService(web, serviceSettings);
      const changed = { ...persistent, scheduler: 'wlc', timeout: 60, netmask: 0xffff0000 };
      await ipvs.updateService(web, changed);
      const { id, stats, ...settings } = await ipvs.service(web);
      assert.deepEqual(settings, { ...changed, flags: changed.flags | ServiceFlag.hashed });
      await ipvs.updateService(web, serviceSettings);
      assert.equal((await ipvs.service(web)).flags, ServiceFlag.hashed);
    });

    it('report the errno of a refusal', async () => {
      await ipvs.addService(web, serviceSettings);
      const other = tcp('10.0.0.2', 80);
      await refused(ipvs.addService(web, serviceSettings), 'EEXIST');
      await refused(ipvs.addService(other, { ...serviceSettings, scheduler: 'none-such' }), 'ENOENT');
      await refused(ipvs.addService(other, { ...persistent, persistenceEngine: 'none-such' }), 'ENOENT');
      await refused(ipvs.updateService(other, serviceSettings), 'ESRCH');
      await refused(ipvs.removeService(other), 'ESRCH');
      await refused(ipvs.service(other), 'ESRCH');
      await refused(ipvs.zero(other), 'ESRCH');
      assert.equal((await ipvs.services()).length, 1);
    });
  });

  describe('real servers', () => {
    const tunnel = { ...destinationSettings, forwarding: 'tunnel' } as const;
    const cases: Readonly<Record<string, readonly [DestinationId, DestinationSettings]>> = {
      masquerading: [realServer, destinationSettings],
      'direct routing': [
        { ...realServer, port: 80 },
        { ...destinationSettings, forwarding: 'route', weight: 0 },
      ],
      'IPIP tunnel': [realServer, tunnel],
      'GUE tunnel': [
        realServer,
        { ...tunnel, tunnel: { type: 'gue', port: 6080, flags: TunnelFlag.remoteChecksum } },
      ],
      'GRE tunnel': [realServer, { ...tunnel, tunnel: { type: 'gre', port: 0, flags: TunnelFlag.checksum } }],
      'IPv6 through a tunnel': [{ address: address('2001:db8::2'), port: 80 }, tunnel],
      'weight and thresholds': [
        realServer,
        {
          ...destinationSettings,
          weight: 2147483647,
          upperThreshold: 2147483647,
          lowerThreshold: 2147483646,
        },
      ],
    };
    for (const [what, [id, settings]] of Object.entries(cases)) {
      it(`are read back as written: ${what}`, async () => {
        await ipvs.addService(web, serviceSettings);
        await ipvs.addDestination(web, id, settings);
        const [destination, ...others] = await ipvs.destinations(web);
        assert.ok(destination);
        assert.deepEqual(others, []);
        const { activeConnections, inactiveConnections, persistentConnections, stats, ...rest } = destination;
        assert.deepEqual(rest, { id, ...settings });
        assert.deepEqual([activeConnections, inactiveConnections, persistentConnections], [0, 0, 0]);
        assert.deepEqual(new Set(Object.values(stats)), new Set([0n]));
        await ipvs.removeDestination(web, id);
        assert.deepEqual(await ipvs.destinations(web), []);
      });
    }

    it('can belong to services of every kind', async () => {
      const services: readonly ServiceId[] = [
        { kind: 'fwmark', family: 'inet', fwmark: 5 },
        { kind: 'fwmark', family: 'inet6', fwmark: 5 },
        { ...web, address: address('2001:db8::1') },
      ];
      for (const service of services) {
        const family = service.kind === 'fwmark' ? service.family : service.address.family;
        const id = { address: address(family === 'inet' ? '10.0.1.1' : '2001:db8::2'), port: 0 };
        await ipvs.addService(service, { ...serviceSettings, netmask: family === 'inet' ? 0xffffffff : 128 });
        await ipvs.addDestination(service, id, { ...destinationSettings, forwarding: 'route' });
        assert.deepEqual(ids(await ipvs.destinations(service)), [`${id.address}:0`]);
      }
    });

    it('can be changed in every setting', async () => {
      await ipvs.addService(web, serviceSettings);
      await ipvs.addDestination(web, realServer, destinationSettings);
      const changed: DestinationSettings = {
        forwarding: 'tunnel',
        weight: 5,
        upperThreshold: 20,
        lowerThreshold: 10,
        tunnel: { type: 'gue', port: 6080, flags: TunnelFlag.checksum },
      };
      for (const settings of [changed, destinationSettings]) {
        await ipvs.updateDestination(web, realServer, settings);
        const [destination] = await ipvs.destinations(web);
        assert.ok(destination);
        const { forwarding, weight, upperThreshold, lowerThreshold, tunnel } = destination;
        assert.deepEqual({ forwarding, weight, upperThreshold, lowerThreshold, tunnel }, settings);
      }
    });

    it('report the errno of a refusal', async () => {
      const other = { ...realServer, port: 1 };
      await refused(ipvs.addDestination(web, realServer, destinationSettings), 'ESRCH');
      assert.deepEqual(await ipvs.destinations(web), []);
      await ipvs.addService(web, serviceSettings);
      await ipvs.addDestination(web, realServer, destinationSettings);
      await refused(ipvs.addDestination(web, realServer, destinationSettings), 'EEXIST');
      await refused(ipvs.updateDestination(web, other, destinationSettings), 'ENOENT');
      await refused(ipvs.removeDestination(web, other), 'ENOENT');
      const inet6 = { address: address('2001:db8::2'), port: 80 };
      await refused(ipvs.addDestination(web, inet6, destinationSettings), 'EINVAL');
    });
  });

  it('counts traffic, and resets the counters on request', async () => {
    const [counted, other] = [9001, 9002].map(
      (port): ServiceId => ({ ...tcp('127.0.0.1', port), protocol: 'udp' }),
    );
    assert.ok(counted && other);
    const socket = createSocket('udp4');
    for (const [service, port] of [
      [counted, 9001],
      [other, 9002],
    ] as const) {
      await ipvs.addService(service, serviceSettings);
      await ipvs.addDestination(service, { address: address('127.0.0.1'), port: 9003 }, destinationSettings);
      await new Promise((sent) => socket.send(Buffer.alloc(100), port, '127.0.0.1', sent));
    }
    socket.close();
    // The kernel sums its counters every two seconds.
    const seen = await eventually(
      () => ipvs.service(counted),
      ({ stats }) => stats.connections > 0n,
    );
    assert.deepEqual([seen.stats.connections, seen.stats.inPackets, seen.stats.inBytes], [1n, 1n, 128n]);
    await eventually(
      () => ipvs.service(other),
      ({ stats }) => stats.connections > 0n,
    );
    const [destination] = await ipvs.destinations(counted);
    assert.equal(destination?.stats.inBytes, 128n);
    assert.equal(destination?.inactiveConnections, 1);

    await ipvs.zero(counted);
    assert.equal((await ipvs.service(counted)).stats.inBytes, 0n);
    assert.equal((await ipvs.destinations(counted))[0]?.stats.inBytes, 0n);
    assert.equal((await ipvs.service(other)).stats.inBytes, 128n);
    await ipvs.zero();
    assert.equal((await ipvs.service(other)).stats.inBytes, 0n);
  });

  it('sets timeouts, except those given as 0', async () => {
    const before = await ipvs.timeouts();
    await ipvs.setTimeouts({ tcp: 1000, tcpFin: 200, udp: 400 });
    assert.deepEqual(await ipvs.timeouts(), { tcp: 1000, tcpFin: 200, udp: 400 });
    await ipvs.setTimeouts({ tcp: 0, tcpFin: 201, udp: 0 });
    assert.deepEqual(await ipvs.timeouts(), { tcp: 1000, tcpFin: 201, udp: 400 });
    await ipvs.setTimeouts(before);
    assert.deepEqual(await ipvs.timeouts(), before);
  });

  describe('sync daemons', () => {
    const master: SyncDaemon = {
      role: 'master',
      interface: 'lo',
      syncId: 255,
      maxLength: 1200,
      group: address('224.0.0.82'),
      port: 8849,
      ttl: 3,
    };
    const backup: SyncDaemon = { ...master, role: 'backup', syncId: 7, group: address('ff02::51'), ttl: 1 };

    it('run with the settings that they were started with', async () => {
      assert.deepEqual(await ipvs.daemons(), []);
      await ipvs.startDaemon(master);
      await ipvs.startDaemon(backup);
      assert.deepEqual(await ipvs.daemons(), [master, backup]);
      await refused(ipvs.startDaemon(master), 'EEXIST');
      await ipvs.stopDaemon('master');
      assert.deepEqual(await ipvs.daemons(), [backup]);
      await ipvs.stopDaemon('backup');
      assert.deepEqual(await ipvs.daemons(), []);
      await refused(ipvs.stopDaemon('backup'), 'ESRCH');
    });

    it("run with the kernel's defaults", async () => {
      await ipvs.startDaemon({ role: 'master', interface: 'lo', syncId: 0 });
      const [daemon] = await ipvs.daemons();
      await ipvs.stopDaemon('master');
      assert.deepEqual(
        [daemon?.interface, daemon?.syncId, daemon?.group?.text, daemon?.port, daemon?.ttl],
        ['lo', 0, '224.0.0.81', 8848, 1],
      );
    });

    it('can be stopped before they are running', async () => {
      // In that case the kernel neither acknowledges nor refuses the request to stop.
      for (let round = 0; round < 20; round++) {
        await ipvs.startDaemon(backup);
        await ipvs.stopDaemon('backup');
      }
      assert.deepEqual(await ipvs.daemons(), []);
    });

    it('are refused for a missing interface', () =>
      refused(ipvs.startDaemon({ role: 'master', interface: 'none-such', syncId: 0 }), 'ENODEV'));
  });

  describe('with many requests at once', () => {
    it('lists 2,000 real servers, each once', async () => {
      await ipvs.addService(web, serviceSettings);
      const requests = additions(2000);
      assert.deepEqual(
        await ipvs.batch(requests),
        requests.map(() => undefined),
      );
      const listed = ids(await ipvs.destinations(web));
      assert.equal(listed.length, 2000);
      assert.deepEqual(new Set(listed), new Set(requests.map(({ destination }) => idText(destination))));
    });

    it('continues after refusals in the middle of a batch', async () => {
      const [one, two] = additions(2);
      assert.ok(one && two);
      const outcomes = await ipvs.batch([
        one,
        { request: 'addService', service: web, settings: serviceSettings },
        one,
        one,
        { request: 'removeDestination', service: web, destination: two.destination },
        two,
        { request: 'removeService', service: tcp('10.9.9.9', 9) },
      ]);
      assert.deepEqual(
        outcomes.map((outcome) => outcome?.errnoName),
        ['ESRCH', undefined, undefined, 'EEXIST', 'ENOENT', undefined, 'ESRCH'],
      );
      assert.equal((await ipvs.destinations(web)).length, 2);
    });

    it('carries out 5,000 requests in one batch, and reports which of them are refused', async () => {
      await ipvs.addService(web, serviceSettings);
      const requests = additions(5000);
      const half = requests.filter((_, index) => index % 2 === 0);
      assert.equal(refusals(await ipvs.batch(half), 'EEXIST').length, 0);
      const outcomes = await ipvs.batch(requests);
      assert.deepEqual(
        refusals(outcomes, 'EEXIST'),
        half.map((_, index) => 2 * index),
      );
      assert.equal((await ipvs.destinations(web)).length, 5000);
    });

    it('loses no refusal with the smallest receive buffer', async () => {
      const limit = '/proc/sys/net/core/rmem_max';
      const usual = readFileSync(limit, 'utf8');
      writeFileSync(limit, '2304');
      const client = await Ipvs.open().finally(() => writeFileSync(limit, usual));
      const requests = additions(300);
      const outcomes = await client.batch(requests);
      client.close();
      assert.deepEqual(
        refusals(outcomes, 'ESRCH'),
        requests.map((_, index) => index),
      );
    });

    it('keeps the order of overlapping calls', async () => {
      const removed: Promise<Service[]>[] = [];
      for (let round = 0; round < 50; round++) {
        ipvs.addService(web, serviceSettings);
        removed.push(ipvs.services());
        ipvs.flush();
      }
      const lengths = (await Promise.all(removed)).map((services) => services.length);
      assert.deepEqual(new Set(lengths), new Set([1]));
    });
  });
});

/** Returns requests that add `count` real servers to the service {@link web}. */
function additions(
  count: number,
): Extract<IpvsRequest, { request: 'addDestination' | 'updateDestination' }>[] {
  return Array.from({ length: count }, (_, index) => ({
    request: 'addDestination',
    service: web,
    destination: { address: address(`10.1.${index >> 8}.${index & 0xff}`), port: 80 },
    settings: destinationSettings,
  }));
}

function refused(call: Promise<unknown>, errnoName: string): Promise<void> {
  return assert.rejects(call, { code: 'REFUSED', errnoName });
}

/** Returns the indexes of the refusals, and asserts that all of them have that errno. */
function refusals(outcomes: Awaited<ReturnType<Ipvs['batch']>>, errnoName: string): number[] {
  const indexes: number[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (!outcome) continue;
    assert.equal(outcome.errnoName, errnoName);
    indexes.push(index);
  }
  return indexes;
}

function idText({ address, port }: DestinationId): string {
  return `${address}:${port}`;
}

function ids(destinations: readonly Destination[]): string[] {
  return destinations.map(({ id }) => idText(id));
}

/** Polls `read` until its result satisfies `wanted`; after ten seconds, returns its next result unchecked. */
async function eventually<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const value = await read();
    if (wanted(value)) return value;
    await sleep(100);
  }
  return read();
}
