import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Batch } from '../../src/netlink/batch.ts';
import { Connection } from '../../src/netlink/connection.ts';
import { dumpLists } from '../../src/netlink/dump.ts';
import type { Request } from '../../src/netlink/request.ts';
import { carryOut, done, errorAnswer, ScriptedKernel, type SeenRequest } from './scripted-kernel.ts';

const family = 0x21;
const NLM_F_DUMP = 0x300;
const [ENOENT, EEXIST] = [2, 17];

/** Returns a request with a single attribute, `value`. */
function request(value: number): Request {
  return { type: family, body: (writer) => writer.u32(1, value) };
}

function valueIn({ payload }: SeenRequest): number {
  return payload[4] ?? -1;
}

/** Returns the errno with which the kernel refuses a request: odd values are refused. */
function errnoOf(seen: SeenRequest): number {
  return valueIn(seen) % 2 === 1 ? EEXIST : 0;
}

describe('sequence numbers of a client that has been open for years', () => {
  let kernel: ScriptedKernel;
  let connection: Connection;

  beforeEach(async () => {
    kernel = new ScriptedKernel((requests) => {
      const [first] = requests;
      if (!first || !(first.flags & NLM_F_DUMP)) return carryOut(requests, errnoOf);
      return requests.map((one) => (errnoOf(one) === 0 ? done(one) : errorAnswer(one, ENOENT)));
    });
    connection = new Connection(kernel);
    // A datagram that stands for 4,294,967,292 requests: the next one has the third last number.
    const { bytes } = connection.writer.message({ type: family, flags: 1, sequence: 1, port: kernel.port });
    const onMessage = () => true;
    await connection.withLock(() => connection.exchange(bytes, [bytes.length], 2 ** 32 - 4, { onMessage }));
    assert.equal(connection.sequence, 2 ** 32 - 3);
    kernel.seen.length = 0;
  });

  /** Asserts the sequence numbers that the kernel has seen: `count` in order, across the largest one. */
  function assertWrapped(count: number): void {
    const numbers = Array.from({ length: count }, (_, index) => (2 ** 32 - 3 + index) % 2 ** 32);
    assert.deepEqual(
      kernel.seen.flat().map(({ sequence }) => sequence),
      numbers,
    );
  }

  it('wrap around between single requests', async () => {
    for (const value of [0, 2, 4, 6, 8, 10]) await connection.execute(request(value));
    await assert.rejects(connection.execute(request(1)), { errno: EEXIST });
    assertWrapped(7);
  });

  it('wrap around inside a batch', async () => {
    const batch = new Batch(connection);
    for (let value = 0; value < 8; value++) batch.add(request(value));
    const outcomes = await connection.withLock(() => batch.carryOut());
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.errno ?? 0),
      [0, EEXIST, 0, EEXIST, 0, EEXIST, 0, EEXIST],
    );
    assertWrapped(8);
    await connection.execute(request(0));
  });

  it('wrap around inside several lists', async () => {
    const lists = (values: readonly number[]) =>
      connection.withLock(() =>
        dumpLists(connection, {
          count: values.length,
          request: (index) => request(values[index] ?? 0),
          begin: () => {},
          onMessage: () => {},
        }),
      );
    await lists([0, 2, 4, 6, 8, 10]);
    assertWrapped(6);
    await assert.rejects(lists([0, 1]), { errno: ENOENT });
  });
});
