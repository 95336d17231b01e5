import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AlikeRequests } from '../../src/ipvs/alike-requests.ts';
import type { ServiceId } from '../../src/ipvs/model.ts';
import { type IpvsRequest, toCommand } from '../../src/ipvs/requests.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
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

/** The messages of requests, of those that are alike as copies; and how many were copied. */
function encodeAlike(requests: readonly IpvsRequest[]) {
  const alike = new AlikeRequests();
  let copies = 0;
  const messages = requests.map((request) => {
    const copy = alike.encode(request);
    if (copy) {
      copies++;
      return copy.slice();
    }
    const message = encode(request);
    alike.learn(request, message);
    return message;
  });
  return { messages, copies };
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

describe('AlikeRequests', () => {
  it('has the messages that are written attribute by attribute', () => {
    fc.assert(
      fc.property(requests, (requests) => {
        assert.deepEqual(encodeAlike(requests).messages, requests.map(encode));
      }),
    );
  });

  it('copies those that differ in addresses and ports only', () => {
    const service: IpvsRequest = {
      request: 'addService',
      service: tcp('10.0.0.1', 80),
      settings: serviceSettings,
    };
    const { copies } = encodeAlike([
      service,
      add(tcp('10.0.0.1', 80), '10.1.0.1'),
      { ...service, service: tcp('10.0.0.2', 81) },
      add(tcp('10.0.0.2', 81), '10.1.0.2'),
      add(tcp('10.0.0.2', 81), '10.1.0.3', { ...destinationSettings }),
    ]);
    assert.equal(copies, 3);
  });

  it('copies none whose settings were changed in place', () => {
    const settings = { ...destinationSettings, tunnel: { ...destinationSettings.tunnel } };
    const alike = new AlikeRequests();
    const request = add(tcp('10.0.0.1', 80), '10.1.0.1', settings);
    alike.learn(request, encode(request));
    assert.ok(alike.encode(request));
    settings.weight++;
    assert.equal(alike.encode(request), undefined);
    settings.weight--;
    settings.tunnel.flags = 1;
    assert.equal(alike.encode(request), undefined);
  });

  it('copies none with a port that there is not', () => {
    const alike = new AlikeRequests();
    const request = add(tcp('10.0.0.1', 80), '10.1.0.1');
    alike.learn(request, encode(request));
    for (const port of [-1, 65536, 1.5, Number.NaN]) {
      assert.equal(alike.encode(add(tcp('10.0.0.1', port), '10.1.0.1')), undefined);
    }
  });
});
