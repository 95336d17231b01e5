import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Connection } from '../../src/netlink/connection.ts';
import { findPresentFamily, GenericFamily, genericAttributes } from '../../src/netlink/generic.ts';
import { MessageReader } from '../../src/netlink/reader.ts';
import { MessageWriter } from '../../src/netlink/writer.ts';
import { hex } from './hex.ts';
import { answer, done, errorAnswer, ScriptedKernel } from './scripted-kernel.ts';

/** Opens a kernel whose controller answers every request with these bytes, or with the refusal `errno`. */
function controller(reply: string, errno = 0) {
  const kernel = new ScriptedKernel((requests) =>
    requests.flatMap((request) =>
      errno ? [errorAnswer(request, errno)] : [answer(request, hex(reply)), errorAnswer(request)],
    ),
  );
  return { kernel, connection: new Connection(kernel) };
}

describe('GenericFamily.find', () => {
  it('queries the generic netlink controller by name', async () => {
    const { kernel, connection } = controller(`
      01 02 0000
      0900 0200 4950565300 000000   # CTRL_ATTR_FAMILY_NAME
      0600 0100 2100 0000           # CTRL_ATTR_FAMILY_ID
      0800 0300 01000000            # CTRL_ATTR_VERSION
      0800 0500 03000000            # CTRL_ATTR_MAXATTR`);
    const family = await GenericFamily.find(connection, 'IPVS');
    assert.deepEqual([family.id, family.version], [0x21, 1]);
    const [request] = kernel.seen.flat();
    assert.equal(request?.type, 0x10);
    assert.deepEqual(request?.payload, hex('03 01 0000 0900 0200 4950565300 000000'));
  });

  it('distinguishes a missing family from other refusals', async () => {
    await assert.rejects(GenericFamily.find(controller('', 2).connection, 'IPVS'), {
      code: 'FAMILY_NOT_FOUND',
      errno: 2,
      errnoName: 'ENOENT',
    });
    await assert.rejects(GenericFamily.find(controller('', 1).connection, 'IPVS'), {
      code: 'REFUSED',
      errno: 1,
    });
  });

  it('rejects a reply without a family ID', async () => {
    const { connection } = controller('01 02 0000 0800 0300 01000000');
    await assert.rejects(GenericFamily.find(connection, 'IPVS'), { code: 'MALFORMED' });
  });
});

describe('findPresentFamily', () => {
  const kernel = () =>
    new ScriptedKernel((requests) =>
      requests.flatMap((request) => [
        answer(request, hex('01 02 0000 0b00 0200 6e6c6374726c00 00 0600 0100 1000 0000'), { flags: 2 }),
        answer(
          request,
          hex('01 02 0000 0900 0200 4950565300 000000 0600 0100 2100 0000 0800 0300 01000000'),
          { flags: 2 },
        ),
        done(request),
      ]),
    );

  it('searches the dump of all families, without a name in its request', async () => {
    const scripted = kernel();
    const family = await findPresentFamily(new Connection(scripted), 'IPVS');
    assert.deepEqual([family.id, family.version], [0x21, 1]);
    const [request] = scripted.seen.flat();
    assert.deepEqual(request?.payload, hex('03 01 0000'));
    assert.equal((request?.flags ?? 0) & 0x300, 0x300);
  });

  it('reports a missing family', async () => {
    const found = findPresentFamily(new Connection(kernel()), 'nbd');
    await assert.rejects(found, {
      code: 'FAMILY_NOT_FOUND',
      message: 'the kernel has no generic netlink family nbd: its module is not loaded',
    });
  });
});

describe('a generic netlink request', () => {
  it('carries command and version before its attributes', () => {
    const { type, body } = new GenericFamily(0x21, 2).request(9, (writer) => writer.u8(1, 7));
    const writer = new MessageWriter();
    body(writer);
    assert.equal(type, 0x21);
    assert.deepEqual(writer.bytes, hex('09 02 0000 0500 0100 07 000000'));
  });

  it('is answered by messages whose attributes follow the same header', () => {
    const bytes = '1c000000 2100 0000 01000000 02000000 09020000 0500 0100 07 000000';
    const message = new MessageReader(hex(bytes));
    assert.equal(message.next(), true);
    const attributes = genericAttributes(message);
    assert.equal(attributes.next(), true);
    assert.equal(attributes.u8(), 7);
  });
});
