import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DestinationField } from '../../../src/ipvs/bulk/destination-array.ts';
import { readServices, ServerReader } from '../../../src/ipvs/bulk/read.ts';
import { Ipvs } from '../../../src/ipvs/client.ts';
import { IPVS_SVC_ATTR } from '../../../src/ipvs/constants.ts';
import type { ServiceId } from '../../../src/ipvs/model.ts';
import { GENL_HDRLEN, NLM_F_DUMP_INTR } from '../../../src/netlink/constants.ts';
import { AttributeReader, type MessageReader } from '../../../src/netlink/reader.ts';
import { EBUSY } from '../../../src/platform/errno.ts';
import { hex } from '../../netlink/hex.ts';
import {
  answer,
  done,
  errorAnswer,
  type Script,
  ScriptedKernel,
  type SeenRequest,
} from '../../netlink/scripted-kernel.ts';
import * as arbitrary from '../arbitraries.ts';
import { destinationAnswer, sentOfDestination, sentOfService, serviceAnswer } from '../kernel-answer.ts';
import { address, destinationSettings, noStats, serviceSettings, tcp } from '../values.ts';

const GET_SERVICE = 4;
const counts = { activeConnections: 1, inactiveConnections: 2, persistentConnections: 3 };

/** Opens a client of a scripted kernel, in which IPVS has the family id 0x21. */
async function open(script: Script) {
  const kernel = new ScriptedKernel((requests, round) => {
    const [request] = requests;
    if (request?.type !== 0x10) return script(requests, round);
    return [answer(request, hex('01020000 0600 0100 2100 0000 0800 0300 01000000')), errorAnswer(request)];
  });
  return { kernel, ipvs: await Ipvs.open({ transport: kernel }) };
}

const payloadOf = ({ view, start, end }: MessageReader) =>
  new Uint8Array(view.buffer, view.byteOffset + start, end - start);
const serviceOf = (request: SeenRequest, id: ServiceId) =>
  answer(request, payloadOf(serviceAnswer(sentOfService({ id, ...serviceSettings, stats: noStats }))));
const serverOf = (request: SeenRequest, port: number) => {
  const id = { address: address('10.0.0.2'), port };
  const sent = sentOfDestination({ id, ...destinationSettings, ...counts, stats: noStats });
  return answer(request, payloadOf(destinationAnswer(sent)));
};

/** Returns the port of the service in a request; 0 for a service by firewall mark. */
function portOf({ payload }: SeenRequest): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const request = new AttributeReader(view, GENL_HDRLEN, payload.length);
  assert.ok(request.next());
  for (const service = request.nested(); service.next(); )
    if (service.type === IPVS_SVC_ATTR.PORT) return service.u16be();
  return 0;
}

describe('readServices and ServerReader', () => {
  it('send the same requests as Ipvs.destinationsOf', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary.serviceId, { minLength: 1, maxLength: 5 }), async (ids) => {
        const { kernel, ipvs } = await open((requests) =>
          requests.flatMap((request) => [
            ...(request.payload[0] === GET_SERVICE ? ids.map((id) => serviceOf(request, id)) : []),
            done(request),
          ]),
        );
        const services = await readServices(ipvs, { counters: false });
        const before = kernel.seen.length;
        const ranges = await new ServerReader(ipvs, services).read(ids.map((_, index) => index));
        assert.deepEqual(
          ranges,
          ids.map(() => ({ start: 0, end: 0 })),
        );
        await ipvs.destinationsOf(ids);
        const payloads = kernel.seen.slice(before).map(([request]) => request?.payload);
        assert.deepEqual(payloads.slice(0, ids.length), payloads.slice(ids.length));
        ipvs.close();
      }),
      { numRuns: 30 },
    );
  });

  it('restart reading services and servers that change meanwhile', async () => {
    let interruptions = 0;
    const { ipvs } = await open((requests) =>
      requests.flatMap((request) => {
        const isChanged = interruptions++ % 2 === 0;
        const mark = (bytes: Uint8Array) => {
          if (isChanged) bytes[6] = 0x12;
          return bytes;
        };
        const ports = isChanged ? [1, 2] : [3];
        const messages =
          request.payload[0] === GET_SERVICE
            ? ports.map((port) => serviceOf(request, tcp('10.0.0.1', port)))
            : ports.map((port) => serverOf(request, port));
        return [...messages.map(mark), mark(done(request))];
      }),
    );
    const services = await readServices(ipvs, { counters: true });
    assert.equal(services.entries.count, 1);
    assert.deepEqual(services.id(0), tcp('10.0.0.1', 3));
    const reader = new ServerReader(ipvs, services);
    const [range] = await reader.read([0]);
    assert.deepEqual(range && range.end - range.start, 1);
    const { numbers, width } = reader.servers.entries;
    assert.equal(numbers[(range?.start ?? 0) * width + DestinationField.port], 3);
    ipvs.close();
  });

  it('read servers in groups of any size, and repeat requests refused with EBUSY', async () => {
    const ids: ServiceId[] = [
      { kind: 'fwmark', family: 'inet', fwmark: 7 },
      ...[1, 2, 3, 4].map((port) => tcp('10.0.0.1', port)),
    ];
    const asked = new Map<number, number>();
    const { ipvs } = await open((requests) =>
      requests.flatMap((request) => {
        if (request.payload[0] === GET_SERVICE)
          return [...ids.map((id) => serviceOf(request, id)), done(request)];
        const port = portOf(request);
        const times = asked.get(port) ?? 0;
        asked.set(port, times + 1);
        if (port === 2 && times % 2 === 0) return [errorAnswer(request, EBUSY)];
        const messages = [serverOf(request, 1000 + port), done(request)];
        if (port === 3 && times % 2 === 0) for (const message of messages) message[6] = NLM_F_DUMP_INTR;
        return messages;
      }),
    );
    const services = await readServices(ipvs, { counters: false });
    const reader = new ServerReader(ipvs, services);
    for (const group of [[0, 2, 3], [1, 2, 3, 4], [4, 1], [0], [3, 0, 4, 1]]) {
      const ranges = await reader.read(group);
      const { numbers, width } = reader.servers.entries;
      const found = ranges.map(
        ({ start, end }) => end - start === 1 && numbers[start * width + DestinationField.port],
      );
      assert.deepEqual(
        found,
        group.map((index) => 1000 + index),
      );
    }
    assert.equal(asked.get(2), 4);
    ipvs.close();
  });

  it('reject an undecodable answer at the end of the list', async () => {
    const { ipvs } = await open((requests) =>
      requests.flatMap((request) => [
        request.payload[0] === GET_SERVICE
          ? serviceOf(request, tcp('10.0.0.1', 80))
          : answer(request, hex('01010000 0800 0280 0400 0100')),
        done(request),
      ]),
    );
    const services = await readServices(ipvs, { counters: true });
    await assert.rejects(new ServerReader(ipvs, services).read([0]), { code: 'MALFORMED' });
    ipvs.close();
  });

  it('read a single service, and report a missing one', async () => {
    const { ipvs } = await open((requests) =>
      requests.flatMap((request) => [serviceOf(request, tcp('10.0.0.9', 80)), errorAnswer(request)]),
    );
    const services = await readServices(ipvs, { id: tcp('10.0.0.9', 80), counters: false });
    assert.deepEqual(services.id(0), tcp('10.0.0.9', 80));
    ipvs.close();
    const { ipvs: other } = await open((requests) => requests.map((request) => errorAnswer(request, 3)));
    await assert.rejects(readServices(other, { id: tcp('10.0.0.1', 80), counters: false }), {
      errnoName: 'ESRCH',
    });
    other.close();
  });
});
