import assert from 'node:assert/strict';
import { DestinationField } from '../../src/ipvs/bulk/destination-array.ts';
import { readServices, ServerReader } from '../../src/ipvs/bulk/read.ts';
import { addressAt } from '../../src/ipvs/bulk/service-array.ts';
import { Ipvs } from '../../src/ipvs/client.ts';
import type { Destination } from '../../src/ipvs/model.ts';
import { Connection } from '../../src/netlink/connection.ts';
import { NETLINK_GENERIC } from '../../src/netlink/constants.ts';
import { GenericFamily } from '../../src/netlink/generic.ts';
import { openSocket } from '../../src/netlink/transport.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { address, destinationSettings, serviceSettings, tcp } from '../ipvs/values.ts';
import { type Checks, hasRing, printOutcomes } from '../platform/checks.ts';
import { sendFromElsewhere } from '../platform/send-from-elsewhere.ts';

/** Checks of a transport on a real kernel, to be run in every runtime that has an implementation. */
export const checks: Checks = {
  async 'has a unique port, and reports the size of its receive buffer'() {
    const [one, other] = [await openSocket(NETLINK_GENERIC), await openSocket(NETLINK_GENERIC)];
    assert.notEqual(one.port, other.port);
    assert.ok(one.receiveBufferSize >= 200_000);
    one.close();
    other.close();
  },

  async 'reports why it could not be opened'() {
    await assert.rejects(openSocket(1000), { code: 'SYSTEM', errnoName: 'EPROTONOSUPPORT' });
  },

  async 'finds existing families, and reports missing ones'() {
    const connection = new Connection(await openSocket(NETLINK_GENERIC));
    assert.equal((await GenericFamily.find(connection, 'nlctrl')).id, 0x10);
    await assert.rejects(GenericFamily.find(connection, 'NONE'), { code: 'FAMILY_NOT_FOUND' });
    connection.close();
  },

  async 'lists the servers of many services at once, with the same result as one by one'() {
    const ipvs = await Ipvs.open();
    await ipvs.flush();
    // More requests than one system call takes, lists of several datagrams, and services that are empty or missing.
    const sizes = Array.from({ length: 100 }, (_, index) => [0, 1, 10, 150, 400][index % 5] ?? 0);
    const services = sizes.map((_, index) => tcp(`10.1.0.${index}`, 80));
    const batch = await ipvs.prepare();
    for (const [index, size] of sizes.entries()) {
      const service = services[index] ?? assert.fail();
      batch.add({ request: 'addService', service, settings: serviceSettings });
      for (let server = 0; server < size; server++) {
        const destination = { address: address(`10.2.${server >> 8}.${server & 255}`), port: 1 + index };
        batch.add({ request: 'addDestination', service, destination, settings: destinationSettings });
      }
    }
    assert.ok((await batch.carryOut()).every((outcome) => outcome === undefined));
    const asked = [...services, tcp('10.9.9.9', 80)];
    const together = await ipvs.destinationsOf(asked);
    for (const [index, service] of asked.entries()) {
      const alone = await ipvs.destinations(service);
      assert.deepEqual(together[index]?.map(endpointOf), alone.map(endpointOf));
      assert.equal(alone.length, sizes[index] ?? 0);
    }
    const array = await readServices(ipvs, { counters: false });
    assert.equal(array.entries.count, services.length);
    const reader = new ServerReader(ipvs, array);
    const found = Array.from({ length: array.entries.count }, (_, index) => index);
    const ranges = await reader.read(found);
    for (const index of found) {
      const { start, end } = ranges[index] ?? assert.fail();
      const { numbers, width } = reader.servers.entries;
      const read = Array.from({ length: end - start }, (_, server) => {
        const base = (start + server) * width;
        const { text } = addressAt(numbers, base + DestinationField.address, true);
        return `${text} ${numbers[base + DestinationField.port]}`;
      });
      const alone = await ipvs.destinations(array.id(index * array.entries.width));
      assert.deepEqual(
        read,
        alone.map(({ id: { address, port } }) => `${address} ${port}`),
      );
    }
    await ipvs.flush();
    ipvs.close();
  },

  async 'can be closed while listing the servers of many services'() {
    const ipvs = await Ipvs.open();
    await ipvs.flush();
    const services = Array.from({ length: 64 }, (_, index) => tcp(`10.1.0.${index}`, 80));
    for (const service of services) {
      await ipvs.addService(service, serviceSettings);
      await ipvs.addDestination(service, { address: address('10.2.0.1'), port: 80 }, destinationSettings);
    }
    const array = await readServices(ipvs, { counters: true });
    const reader = new ServerReader(ipvs, array);
    let added = 0;
    reader.servers.entries.keep = () => {
      ipvs.close();
      added++;
    };
    await assert.rejects(reader.read(services.map((_, index) => index)), { code: 'CLOSED' });
    assert.equal(added, 1);
    const other = await Ipvs.open();
    await other.flush();
    other.close();
  },

  async 'can be closed shortly after starting to list the servers of many services'() {
    const services = Array.from({ length: 64 }, (_, index) => tcp(`10.1.0.${index}`, 80));
    for (let turns = 0; turns < 10; turns++) {
      const ipvs = await Ipvs.open();
      const listed = ipvs.destinationsOf(services).then(
        (lists) => lists.length,
        ({ code }) => code,
      );
      for (let turn = 0; turn < turns; turn++) await undefined;
      ipvs.close();
      // It depends on timing whether the lists are complete by then.
      assert.ok([services.length, 'CLOSED'].includes(await listed));
      await assert.rejects(ipvs.destinationsOf(services), { code: 'CLOSED' });
    }
  },

  async 'can be closed by the continuation of an answered request'() {
    for (let round = 0; round < 20; round++) {
      const connection = new Connection(await openSocket(NETLINK_GENERIC));
      const pending = [1, 2, 3].map(() => GenericFamily.find(connection, 'nlctrl'));
      await pending[0]?.then(() => connection.close());
      const results = await Promise.allSettled(pending);
      const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'found'));
      // It depends on timing whether a call made before the closing succeeds.
      assert.equal(codes[0], 'found');
      assert.ok(codes.every((code) => code === 'found' || code === 'CLOSED'));
      await assert.rejects(GenericFamily.find(connection, 'nlctrl'), { code: 'CLOSED' });
    }
  },

  async 'accepts an answer that does not arrive immediately'() {
    const transport = await openSocket(NETLINK_GENERIC);
    const received = new Promise<readonly unknown[]>((resolve, reject) => {
      transport.listen({
        datagram: (bytes, start, end, sender) => {
          resolve([...bytes.subarray(start, end), sender === 0 ? 'kernel' : 'other']);
          return false;
        },
        error: reject,
      });
    });
    // An NLMSG_NOOP without NLM_F_ACK, which the kernel does not answer.
    const message = new MessageWriter().message({ type: 1, flags: 1, sequence: 1, port: 0 }).bytes;
    transport.send(message, [message.length]);
    sendFromElsewhere(message, transport.port);
    assert.deepEqual(await received, [...message, 'other']);
    transport.close();
  },

  async 'can be closed twice, and reports nothing afterwards'() {
    const transport = await openSocket(NETLINK_GENERIC);
    transport.listen({
      datagram: () => assert.fail('a datagram arrived'),
      error: (error) => assert.fail(error),
    });
    transport.close();
    transport.close();
    await new Promise(setImmediate);
  },
};

function endpointOf({ id }: Destination): string {
  return `${id.address} ${id.port}`;
}

/** Returns whether requests for the servers of several services go through an io_uring ring. */
async function usesIoUring(): Promise<boolean> {
  const ipvs = await Ipvs.open();
  await ipvs.destinationsOf([tcp('10.0.0.1', 80), tcp('10.0.0.2', 80)]);
  const used = hasRing();
  ipvs.close();
  return used;
}

if (process.argv[1] === import.meta.filename) await printOutcomes(checks, usesIoUring);
