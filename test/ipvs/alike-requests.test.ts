import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AlikeRequests } from '../../src/ipvs/alike-requests.ts';
import type { IpvsBatch } from '../../src/ipvs/batch.ts';
import { Ipvs } from '../../src/ipvs/client.ts';
import type { ServiceId } from '../../src/ipvs/model.ts';
import { type IpvsRequest, toCommand } from '../../src/ipvs/requests.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from '../netlink/hex.ts';
import { answer, carryOut, errorAnswer, ScriptedKernel } from '../netlink/scripted-kernel.ts';
import * as arbitrary from './arbitraries.ts';
import { address, destinationSettings, serviceSettings, tcp } from './values.ts';

/** A request's message, written attribute by attribute. */
function encode(request: IpvsRequest): Uint8Array {
  const { command, body } = toCommand(request);
  return new MessageWriter().message({ type: 0x21, flags: 1, sequence: 0, port: 7 }, (writer) => {
    writer.append(Uint8Array.of(command, 1, 0, 0));
    body(writer);
  }).bytes;
}

/** The same behind the message's header. */
const payloadOf = (request: IpvsRequest) => encode(request).slice(16);

/** What a batch has the kernel see behind the headers of its messages, one after the other. */
async function payloadsOf(
  receiveBufferSize: number,
  fill: (batch: IpvsBatch) => void,
): Promise<Uint8Array[]> {
  const kernel = new ScriptedKernel((requests) => {
    const [request] = requests;
    if (request?.type !== 0x10) return carryOut(requests, () => 0);
    return [answer(request, hex('01020000 0600 0100 2100 0000 0800 0300 01000000')), errorAnswer(request)];
  }, receiveBufferSize);
  const ipvs = await Ipvs.open({ transport: kernel });
  const batch = await ipvs.prepare();
  fill(batch);
  const outcomes = await batch.carryOut();
  ipvs.close();
  const payloads = kernel.seen
    .flat()
    .slice(1)
    .map(({ payload }) => payload);
  assert.equal(outcomes.length, payloads.length);
  return payloads;
}

const servicePool = fc.array(arbitrary.serviceSettings, { minLength: 1, maxLength: 2 });
const serverPool = fc.array(arbitrary.destinationSettings, { minLength: 1, maxLength: 2 });

/** Requests of which many are alike. */
const requests: fc.Arbitrary<IpvsRequest[]> = fc.tuple(servicePool, serverPool).chain(([services, servers]) =>
  fc.array(
    fc.oneof(
      fc.record({
        request: fc.constantFrom('addService' as const, 'updateService' as const),
        service: arbitrary.serviceId,
        settings: fc.constantFrom(...services),
      }),
      fc.record({
        request: fc.constantFrom('addDestination' as const, 'updateDestination' as const),
        service: arbitrary.serviceId,
        destination: arbitrary.destinationId,
        settings: fc.constantFrom(...servers),
      }),
      fc.record({ request: fc.constant('removeService' as const), service: arbitrary.serviceId }),
      fc.constant({ request: 'flush' as const }),
    ),
    { maxLength: 60 },
  ),
);

const add = (service: ServiceId, host: string, settings = destinationSettings): IpvsRequest => ({
  request: 'addDestination',
  service,
  destination: { address: address(host), port: 80 },
  settings,
});

/** Of all there is room for two refusals, or for very many. */
const receiveBufferSize = fc.constantFrom(2 * 2 * 1536, 425984);

describe('requests that are like one before', () => {
  it('are sent as if each were written attribute by attribute, whatever comes between them', async () => {
    await fc.assert(
      fc.asyncProperty(requests, receiveBufferSize, async (requests, receiveBufferSize) => {
        const payloads = await payloadsOf(receiveBufferSize, (batch) => requests.forEach(batch.add, batch));
        assert.deepEqual(payloads, requests.map(payloadOf));
      }),
    );
  });

  it('are so for many servers of many services, added one by one or together', async () => {
    const all: IpvsRequest[] = [];
    for (let service = 0; service < 3; service++) {
      const id = tcp(`10.0.0.${service}`, 80);
      all.push({ request: 'addService', service: id, settings: serviceSettings });
      for (let server = 0; server < 3000; server++) all.push(add(id, `10.1.${server >> 8}.${server & 255}`));
    }
    const oneByOne = await payloadsOf(425984, (batch) => all.forEach(batch.add, batch));
    assert.deepEqual(oneByOne, all.map(payloadOf));

    const [first] = all.slice(1);
    assert.ok(first);
    const serverAddresses = Int32Array.from({ length: 3000 }, (_, server) => (10 << 24) | (1 << 16) | server);
    const serverPorts = new Uint16Array(3000).fill(80);
    const together = await payloadsOf(425984, (batch) => {
      const pattern = batch.patternOf(first);
      assert.ok(pattern);
      for (let service = 0; service < 3; service++) {
        const serviceAddress = (10 << 24) | service;
        batch.addLike(pattern, { serviceAddress, servicePort: 80, serverAddresses, serverPorts }, 3000);
      }
    });
    assert.deepEqual(together, all.filter(({ request }) => request === 'addDestination').map(payloadOf));
  });

  it('are refused with a port that there is not', async () => {
    await payloadsOf(425984, (batch) => {
      const pattern = batch.patternOf(add(tcp('10.0.0.1', 80), '10.1.0.1'));
      assert.ok(pattern);
      for (const servicePort of [-1, 65536, 1.5, Number.NaN]) {
        const [serverAddresses, serverPorts] = [new Int32Array(1), new Uint16Array(1)];
        const endpoints = { serviceAddress: 1, servicePort, serverAddresses, serverPorts };
        assert.throws(() => batch.addLike(pattern, endpoints, 1), RangeError);
        assert.throws(() => batch.add(add(tcp('10.0.0.1', servicePort), '10.1.0.1')), RangeError);
      }
    });
  });

  it('have no pattern unless they are about IPv4 addresses', async () => {
    await payloadsOf(425984, (batch) => {
      const inet6 = { kind: 'address', protocol: 'tcp', address: address('2001:db8::1'), port: 80 } as const;
      const marked = { kind: 'fwmark', family: 'inet', fwmark: 1 } as const;
      assert.equal(batch.patternOf(add(inet6, '10.1.0.1')), undefined);
      assert.equal(batch.patternOf(add(marked, '10.1.0.1')), undefined);
      assert.equal(batch.patternOf(add(tcp('10.0.0.1', 80), '2001:db8::2')), undefined);
      assert.equal(batch.patternOf({ request: 'flush' }), undefined);
    });
  });
});

describe('AlikeRequests', () => {
  it('finds those that differ in addresses and ports only', () => {
    const service: IpvsRequest = {
      request: 'addService',
      service: tcp('10.0.0.1', 80),
      settings: serviceSettings,
    };
    const alike = new AlikeRequests();
    const first = add(tcp('10.0.0.1', 80), '10.1.0.1');
    assert.equal(alike.find(service), undefined);
    alike.learn(service, encode(service));
    assert.equal(alike.find(first), undefined);
    alike.learn(first, encode(first));
    assert.ok(alike.find({ ...service, service: tcp('10.0.0.2', 81) }));
    assert.ok(alike.find(add(tcp('10.0.0.2', 81), '10.1.0.2')));
    assert.ok(alike.find(add(tcp('10.0.0.2', 81), '10.1.0.3', { ...destinationSettings })));
    assert.equal(alike.find(add(tcp('10.0.0.2', 81), '2001:db8::2')), undefined);
  });

  it('finds none whose settings were changed in place', () => {
    const settings = { ...destinationSettings, tunnel: { ...destinationSettings.tunnel } };
    const alike = new AlikeRequests();
    const request = add(tcp('10.0.0.1', 80), '10.1.0.1', settings);
    alike.learn(request, encode(request));
    assert.ok(alike.find(request));
    settings.weight++;
    assert.equal(alike.find(request), undefined);
    settings.weight--;
    settings.tunnel.flags = 1;
    assert.equal(alike.find(request), undefined);
  });

  it('finds none with a port that there is not', () => {
    const alike = new AlikeRequests();
    const request = add(tcp('10.0.0.1', 80), '10.1.0.1');
    alike.learn(request, encode(request));
    for (const port of [-1, 65536, 1.5, Number.NaN]) {
      assert.equal(alike.find(add(tcp('10.0.0.1', port), '10.1.0.1')), undefined);
    }
  });
});
