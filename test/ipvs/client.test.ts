import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ipvs } from '../../src/index.ts';
import { hex } from '../netlink/hex.ts';
import {
  answer,
  carryOut,
  done,
  errorAnswer,
  type Script,
  ScriptedKernel,
} from '../netlink/scripted-kernel.ts';
import { tcp } from './values.ts';

/** Opens a client of a scripted kernel, in which IPVS has the family id 0x21; `script` answers what follows. */
async function open(script: Script) {
  const kernel = new ScriptedKernel((requests, round) => {
    const [request] = requests;
    if (request?.type !== 0x10) return script(requests, round);
    return [answer(request, hex('01020000 0600 0100 2100 0000 0800 0300 01000000')), errorAnswer(request)];
  });
  return { kernel, ipvs: await Ipvs.open({ transport: kernel }) };
}

describe('Ipvs', () => {
  it('reports that the kernel has no IPVS, and closes the transport', async () => {
    const kernel = new ScriptedKernel((requests) => requests.map((request) => errorAnswer(request, 2)));
    await assert.rejects(Ipvs.open({ transport: kernel }), {
      code: 'FAMILY_NOT_FOUND',
      errno: 2,
      message: 'the kernel has no IPVS: the module ip_vs is not loaded',
    });
    assert.equal(kernel.closed, true);
  });

  it('requests a single service directly, and all services with a dump', async () => {
    const { kernel, ipvs } = await open((requests) =>
      requests.map((request) => (request.flags & 0x300 ? done(request) : errorAnswer(request, 3))),
    );
    await assert.rejects(ipvs.service(tcp('10.0.0.1', 80)), {
      code: 'REFUSED',
      errno: 3,
      errnoName: 'ESRCH',
    });
    assert.deepEqual(await ipvs.services(), []);
    const [one, all] = kernel.seen.flat().slice(1);
    assert.deepEqual([one?.type, one?.flags, one?.payload[0]], [0x21, 1, 4]);
    assert.deepEqual(one?.payload.subarray(4, 8), hex('2400 0180'));
    assert.deepEqual([all?.type, all?.flags, all?.payload], [0x21, 0x301, hex('04010000')]);
  });

  it('reports which requests of a batch were refused', async () => {
    const { ipvs } = await open((requests) =>
      carryOut(requests, ({ payload }) => (payload[0] === 3 ? 3 : 0)),
    );
    const outcomes = await ipvs.batch([
      { request: 'flush' },
      { request: 'removeService', service: tcp('10.0.0.1', 80) },
      { request: 'zero' },
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.errnoName),
      [undefined, 'ESRCH', undefined],
    );
  });

  it('sends no request of a batch that contains a number out of range', async () => {
    const { kernel, ipvs } = await open((requests) => carryOut(requests, () => 0));
    const before = kernel.seen.length;
    const invalid = { tcp: 2 ** 32, tcpFin: 0, udp: 0 };
    await assert.rejects(
      ipvs.batch([{ request: 'flush' }, { request: 'setTimeouts', timeouts: invalid }]),
      RangeError,
    );
    assert.equal(kernel.seen.length, before);
  });

  it('carries out a prepared batch only on carryOut', async () => {
    const { kernel, ipvs } = await open((requests) => carryOut(requests, () => 0));
    const batch = await ipvs.prepare();
    batch.add({ request: 'flush' });
    batch.add({ request: 'zero' });
    await ipvs.setTimeouts({ tcp: 1, tcpFin: 0, udp: 0 });
    const done: number[] = [];
    assert.deepEqual(await batch.carryOut((count) => done.push(count)), [undefined, undefined]);
    assert.deepEqual(done, [2]);
    assert.deepEqual(
      kernel.seen.slice(1).map((datagram) => datagram.map(({ payload }) => payload[0])),
      [[12], [17, 16]],
    );
  });

  it('carries out overlapping calls of every kind in order', async () => {
    const { kernel, ipvs } = await open((requests) =>
      requests.some(({ flags }) => flags & 0x300)
        ? requests.map((asked) => done(asked))
        : carryOut(requests, () => 0),
    );
    await Promise.all([
      ipvs.services(),
      ipvs.flush(),
      ipvs.batch([{ request: 'zero' }, { request: 'flush' }]),
      ipvs.destinations(tcp('10.0.0.1', 80)),
      ipvs.zero(),
      ipvs.daemons(),
    ]);
    assert.deepEqual(
      kernel.seen.slice(1).map((datagram) => datagram.map(({ payload }) => payload[0])),
      [[4], [17], [16, 17], [8], [16], [11]],
    );
  });

  it('rejects every call after close', async () => {
    const { ipvs } = await open(() => []);
    ipvs.close();
    await assert.rejects(ipvs.info(), { code: 'CLOSED' });
    await assert.rejects(ipvs.flush(), { code: 'CLOSED' });
  });
});
