import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Routing } from '../../src/netlink/route.ts';
import { hex } from './hex.ts';
import { answer, attribute, concat, done, errorAnswer, ScriptedKernel } from './scripted-kernel.ts';

/** Opens a kernel that answers the lookup of a route with a route of type `type`, or refuses it with `errno`. */
function lookup(type: number, attributes: Uint8Array = new Uint8Array(), errno = 0) {
  const kernel = new ScriptedKernel((requests) =>
    requests.flatMap((request) =>
      errno
        ? [errorAnswer(request, errno), errorAnswer(request)]
        : [
            answer(request, concat(Uint8Array.of(2, 32, 0, 0, 254, 0, 0, type, 0, 0, 0, 0), attributes), {
              type: 24,
            }),
            errorAnswer(request),
          ],
    ),
  );
  return { kernel, routing: new Routing(kernel) };
}

const four = Uint8Array.of(192, 0, 2, 1);

describe('Routing.lookup', () => {
  it('requests the route to an IPv4 address', async () => {
    const { kernel, routing } = lookup(2);
    assert.deepEqual(await routing.lookup(four), { kind: 'local', link: undefined, gateway: undefined });
    const [request] = kernel.seen.flat();
    assert.equal(request?.type, 26);
    assert.deepEqual(request?.payload, hex('02 20 00 00 00 00 00 00 00000000  0800 0100 c0000201'));
  });

  it('requests the route to an IPv6 address', async () => {
    const { kernel, routing } = lookup(1);
    await routing.lookup(new Uint8Array(16));
    const [request] = kernel.seen.flat();
    assert.deepEqual([...(request?.payload.subarray(0, 2) ?? [])], [10, 128]);
  });

  it('returns the interface and the gateway, in either address family', async () => {
    const link = attribute(4, Uint8Array.of(3, 0, 0, 0));
    const gateway = attribute(5, Uint8Array.of(192, 0, 2, 254));
    assert.deepEqual(await lookup(1, concat(link, gateway)).routing.lookup(four), {
      kind: 'unicast',
      link: 3,
      gateway: Uint8Array.of(192, 0, 2, 254),
    });
    const via = attribute(18, Uint8Array.of(10, 0, ...new Uint8Array(16).fill(7)));
    const route = await lookup(1, concat(link, via)).routing.lookup(four);
    assert.deepEqual(route.gateway, new Uint8Array(16).fill(7));
  });

  it('returns no gateway of an unknown address family', async () => {
    const via = attribute(18, Uint8Array.of(28, 0, 1, 2, 3, 4, 5, 6, 7, 8));
    assert.equal((await lookup(1, via).routing.lookup(four)).gateway, undefined);
  });

  it('recognizes unreachable addresses by errno or route type', async () => {
    for (const errno of [101, 113, 13, 22, 11, 95])
      assert.equal((await lookup(0, undefined, errno).routing.lookup(four)).kind, 'unreachable');
    assert.equal((await lookup(7).routing.lookup(four)).kind, 'unreachable');
    await assert.rejects(lookup(0, undefined, 1).routing.lookup(four), { errnoName: 'EPERM' });
  });
});

describe('Routing', () => {
  it('lists interfaces', async () => {
    const header = (index: number, flags: number) =>
      hex(`00 00 0000  0${index} 000000  ${flags === 0 ? '00 10' : '43 00'} 01 00  00000000`);
    const kernel = new ScriptedKernel((requests) =>
      requests.flatMap((request) => [
        answer(
          request,
          concat(header(1, 1), attribute(3, Buffer.from('lo\0')), attribute(4, Uint8Array.of(0, 0, 1, 0))),
          { type: 16, flags: 2 },
        ),
        answer(
          request,
          concat(
            header(5, 0),
            attribute(3, Buffer.from('tunl0\0')),
            attribute(18, attribute(1, Buffer.from('ipip'))),
          ),
          { type: 16, flags: 2 },
        ),
        done(request),
      ]),
    );
    assert.deepEqual(await new Routing(kernel).links(), [
      { index: 1, name: 'lo', isUp: true, isMulticast: false, mtu: 65536, kind: undefined },
      { index: 5, name: 'tunl0', isUp: false, isMulticast: true, mtu: 0, kind: 'ipip' },
    ]);
    assert.equal(kernel.seen.flat()[0]?.type, 18);
  });

  it('lists addresses, choosing the local end of a point-to-point link', async () => {
    const kernel = new ScriptedKernel((requests) =>
      requests.flatMap((request) => [
        answer(
          request,
          concat(
            hex('02 18 00 00 05000000'),
            attribute(1, Uint8Array.of(10, 0, 0, 2)),
            attribute(2, Uint8Array.of(10, 0, 0, 1)),
          ),
          { type: 20, flags: 2 },
        ),
        done(request),
      ]),
    );
    assert.deepEqual(await new Routing(kernel).addresses(), [
      { link: 5, address: Uint8Array.of(10, 0, 0, 1), prefixLength: 24, isDuplicate: false },
    ]);
  });

  it('finds an interface by any of its names', async () => {
    const link = concat(
      hex('00 00 0000  05000000  43 10 01 00  00000000'),
      attribute(3, Buffer.from('eth1\0')),
      attribute(4, Uint8Array.of(0x28, 0x23, 0, 0)),
    );
    const found = new ScriptedKernel((requests) =>
      requests.flatMap((request) => [answer(request, link, { type: 16 }), errorAnswer(request)]),
    );
    assert.deepEqual(await new Routing(found).linkNamed('uplink'), {
      index: 5,
      name: 'eth1',
      isUp: true,
      isMulticast: true,
      mtu: 9000,
      kind: undefined,
    });
    const [request] = found.seen.flat();
    assert.equal(request?.type, 18);
    assert.deepEqual(request?.payload, concat(new Uint8Array(16), attribute(3, Buffer.from('uplink\0'))));
    const refuses = (errno: number) =>
      new Routing(
        new ScriptedKernel((requests) =>
          requests.flatMap((request) => [errorAnswer(request, errno), errorAnswer(request)]),
        ),
      );
    assert.equal(await refuses(19).linkNamed('nowhere'), undefined);
    await assert.rejects(refuses(1).linkNamed('nowhere'), { errnoName: 'EPERM' });
  });

  it('skips addresses of other families, and messages without an address', async () => {
    const kernel = new ScriptedKernel((requests) =>
      requests.flatMap((request) => [
        // Addresses of AF_PHONET and AF_MCTP have one byte; those of DECnet had two.
        ...[
          concat(hex('23 00 00 00 05000000'), attribute(2, Uint8Array.of(0x64))),
          concat(hex('2d 00 00 00 05000000'), attribute(2, Uint8Array.of(8))),
          concat(hex('0c 00 00 00 05000000'), attribute(1, Uint8Array.of(1, 4))),
          hex('02 18 00 00 05000000'),
          concat(hex('0a 40 88 00 05000000'), attribute(1, new Uint8Array(16).fill(9))),
        ].map((payload) => answer(request, payload, { type: 20, flags: 2 })),
        done(request),
      ]),
    );
    assert.deepEqual(await new Routing(kernel).addresses(), [
      { link: 5, address: new Uint8Array(16).fill(9), prefixLength: 64, isDuplicate: true },
    ]);
  });
});
