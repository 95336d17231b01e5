import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { IpvsBatch } from '../../src/ipvs/batch.ts';
import { Ipvs } from '../../src/ipvs/client.ts';
import type { DestinationSettings, ServiceId } from '../../src/ipvs/model.ts';
import { type IpvsRequest, toCommand } from '../../src/ipvs/requests.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from '../netlink/hex.ts';
import { answer, carryOut, errorAnswer, ScriptedKernel } from '../netlink/scripted-kernel.ts';
import * as arbitrary from './arbitraries.ts';
import { address, destinationSettings, serviceSettings, tcp } from './values.ts';

/** Encodes a request attribute by attribute, without the netlink message header. */
function payloadOf(request: IpvsRequest): Uint8Array {
  const { command, body } = toCommand(request);
  const writer = new MessageWriter().append(Uint8Array.of(command, 1, 0, 0));
  body(writer);
  return writer.bytes.slice();
}

/** Returns the payloads, in order, of the messages that `send` sends to the kernel. */
async function payloadsOf(size: number, send: (ipvs: Ipvs) => Promise<unknown>): Promise<Uint8Array[]> {
  const kernel = new ScriptedKernel((requests) => {
    const [request] = requests;
    if (request?.type !== 0x10) return carryOut(requests, () => 0);
    return [answer(request, hex('01020000 0600 0100 2100 0000 0800 0300 01000000')), errorAnswer(request)];
  }, size);
  kernel.atOnce = true;
  const ipvs = await Ipvs.open({ transport: kernel });
  await send(ipvs);
  ipvs.close();
  return kernel.seen
    .flat()
    .slice(1)
    .map(({ payload }) => payload);
}

async function addEach(ipvs: Ipvs, fill: (batch: IpvsBatch) => void): Promise<void> {
  const batch = await ipvs.prepare();
  fill(batch);
  await batch.carryOut();
}

/** Returns `one`, and for each field, nested ones included, a copy of `one` with the value of `other` in that field. */
function neighbours<T extends object>([one, other]: readonly [T, T]): T[] {
  const mixed = Object.entries(other).flatMap(([key, value]) => {
    const own: unknown = Reflect.get(one, key);
    if (typeof own !== 'object' || own === null || typeof value !== 'object')
      return [{ ...one, [key]: value }];
    return neighbours([own, value]).map((inner) => ({ ...one, [key]: inner }));
  });
  return [one, ...mixed];
}

const servicePool = fc.tuple(arbitrary.serviceSettings, arbitrary.serviceSettings).map(neighbours);
const serverPool = fc.tuple(arbitrary.destinationSettings, arbitrary.destinationSettings).map(neighbours);
const inetService = fc.constantFrom(tcp('10.0.0.1', 80), tcp('10.0.0.2', 81));
const inetServer = fc.record({
  address: fc.constantFrom(address('10.1.0.1'), address('10.1.0.2')),
  port: fc.nat(65535),
});

/** Requests, many of which differ only in addresses and ports. */
const requests: fc.Arbitrary<IpvsRequest[]> = fc
  .tuple(servicePool, serverPool)
  .chain(([services, servers]) => {
    // Equal settings may be one object or several.
    const copied = <T extends object>(settings: readonly T[]) =>
      fc
        .tuple(fc.constantFrom(...settings), fc.boolean())
        .map(([one, isCopy]) => (isCopy ? { ...one } : one));
    const service = fc.oneof({ weight: 5, arbitrary: inetService }, arbitrary.serviceId);
    const destination = fc.oneof({ weight: 5, arbitrary: inetServer }, arbitrary.destinationId);
    return fc.array(
      fc.oneof(
        fc.record({
          request: fc.constantFrom('addService' as const, 'updateService' as const),
          service,
          settings: copied(services),
        }),
        fc.record({
          request: fc.constantFrom('addDestination' as const, 'updateDestination' as const),
          service,
          destination,
          settings: copied(servers),
        }),
        fc.record({ request: fc.constant('removeService' as const), service }),
        fc.constant({ request: 'flush' as const }),
      ),
      { maxLength: 60, size: 'max' },
    );
  });

const add = (service: ServiceId, host: string, settings = destinationSettings): IpvsRequest => ({
  request: 'addDestination',
  service,
  destination: { address: address(host), port: 80 },
  settings,
});

/** Sizes of the receive buffer with room for two refusals, or for very many. */
const receiveBufferSize = fc.constantFrom(2 * 2 * 1536, 425984);

describe('requests of a batch', () => {
  it('are encoded exactly as when each is written attribute by attribute', async () => {
    await fc.assert(
      fc.asyncProperty(requests, receiveBufferSize, async (requests, size) => {
        const payloads = requests.map(payloadOf);
        const each = await payloadsOf(size, (ipvs) =>
          addEach(ipvs, (batch) => requests.forEach(batch.add, batch)),
        );
        assert.deepEqual(each, payloads);
        assert.deepEqual(await payloadsOf(size, (ipvs) => ipvs.batch(requests)), payloads);
      }),
      { numRuns: 60 },
    );
  });

  it('are encoded correctly for many servers, and for more settings than are cached', async () => {
    const all: IpvsRequest[] = [];
    for (let service = 0; service < 3; service++) {
      const id = tcp(`10.0.0.${service}`, 80);
      all.push({ request: 'addService', service: id, settings: serviceSettings });
      for (let server = 0; server < 3000; server++) {
        const settings =
          service === 2 ? { ...destinationSettings, weight: server % 300 } : destinationSettings;
        all.push(add(id, `10.1.${server >> 8}.${server & 255}`, settings));
      }
    }
    assert.deepEqual(await payloadsOf(425984, (ipvs) => ipvs.batch(all)), all.map(payloadOf));
  });

  it('keep the settings that they were added with, even if these are changed in place later', async () => {
    const settings = { ...destinationSettings, tunnel: { ...destinationSettings.tunnel } };
    const request = add(tcp('10.0.0.1', 80), '10.1.0.1', settings);
    const wanted: Uint8Array[] = [];
    const payloads = await payloadsOf(425984, (ipvs) =>
      addEach(ipvs, (batch) => {
        const addNow = () => {
          batch.add(request);
          wanted.push(payloadOf(request));
        };
        for (let round = 0; round < 3; round++) addNow();
        settings.weight++;
        for (let round = 0; round < 3; round++) addNow();
        Object.assign(settings, { forwarding: 'tunnel' });
        Object.assign(settings.tunnel, { type: 'gue', port: 5555 });
        for (let round = 0; round < 3; round++) addNow();
      }),
    );
    assert.deepEqual(payloads, wanted);
  });

  it('may have settings that are getters', async () => {
    class Server implements DestinationSettings {
      readonly forwarding = 'masquerade';
      readonly upperThreshold = 0;
      readonly lowerThreshold = 0;
      readonly tunnel = destinationSettings.tunnel;
      readonly #weight: number;
      constructor(weight: number) {
        this.#weight = weight;
      }
      get weight(): number {
        return this.#weight;
      }
    }
    const all = [1, 1, 2, 2, 1].map((weight) => add(tcp('10.0.0.1', 80), '10.1.0.1', new Server(weight)));
    assert.deepEqual(await payloadsOf(425984, (ipvs) => ipvs.batch(all)), all.map(payloadOf));
  });

  it('are refused, and not added, with an invalid port', async () => {
    const good = add(tcp('10.0.0.1', 80), '10.1.0.1');
    const payloads = await payloadsOf(425984, (ipvs) =>
      addEach(ipvs, (batch) => {
        for (let round = 0; round < 3; round++) batch.add(good);
        for (const port of [-1, 65536, 1.5, Number.NaN]) {
          assert.throws(() => batch.add(add(tcp('10.0.0.1', port), '10.1.0.1')), RangeError);
          const destination = { address: address('10.1.0.1'), port };
          assert.throws(() => batch.add({ ...good, destination } as IpvsRequest), RangeError);
        }
        batch.add(good);
      }),
    );
    assert.deepEqual(payloads, new Array(4).fill(payloadOf(good)));
  });
});
