import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Decode } from '../../src/netlink/answer.ts';
import { Batch, BatchError } from '../../src/netlink/batch.ts';
import { Connection } from '../../src/netlink/connection.ts';
import * as turn from '../../src/netlink/dump.ts';
import { NetlinkError, type Outcome } from '../../src/netlink/errors.ts';
import type { MessageReader } from '../../src/netlink/reader.ts';
import type { Request } from '../../src/netlink/request.ts';
import { hex } from './hex.ts';
import {
  answer,
  attribute,
  carryOut,
  concat,
  done,
  errorAnswer,
  type Script,
  ScriptedKernel,
  type SeenRequest,
} from './scripted-kernel.ts';

const family = 0x21;
const [EEXIST, EBUSY, ENOBUFS] = [17, 16, 105];
const NLM_F_MULTI = 2;
const NLM_F_DUMP_INTR = 0x10;
const overrun = () => new NetlinkError('OVERRUN', 'scripted', { errno: ENOBUFS });

/** Returns a request with a single attribute, `value`. */
function request(value = 0): Request {
  return { type: family, body: (writer) => writer.u32(1, value) };
}

function connect(script: Script, receiveBufferSize?: number) {
  const kernel = new ScriptedKernel(script, receiveBufferSize);
  return { kernel, connection: new Connection(kernel) };
}

/** Sends requests as one batch. */
function batch(
  connection: Connection,
  requests: Iterable<Request>,
  progress?: (done: number) => void,
): Promise<Outcome[]> {
  const batch = new Batch(connection);
  for (const request of requests) batch.add(request);
  return connection.withLock(() => batch.carryOut(progress));
}

function dump<T>(connection: Connection, request: Request, decode: Decode<T>): Promise<T[]> {
  return connection.withLock(() => turn.dump(connection, request, decode));
}

function dumpLists(connection: Connection, lists: turn.DumpSet): Promise<void> {
  return connection.withLock(() => turn.dumpLists(connection, lists));
}

/** Encodes a message of a dump, or a reply, that contains `value`. */
function item(to: SeenRequest, value: number, flags = NLM_F_MULTI): Uint8Array {
  return answer(to, attribute(1, new Uint8Array(Uint32Array.of(value).buffer)), { flags });
}

function decode(message: MessageReader): number {
  const attributes = message.attributes(0);
  assert.equal(attributes.next(), true);
  return attributes.u32();
}

/** Returns the only request of a datagram; fails if there are others. */
function only(requests: readonly SeenRequest[]): SeenRequest {
  const [request, ...others] = requests;
  assert.ok(request && others.length === 0);
  return request;
}

/** Returns the value of a request that {@link request} made; exact for values below 256. */
function valueIn({ payload }: SeenRequest): number {
  return payload[4] ?? -1;
}

describe('Connection.execute', () => {
  it('sends the request and a barrier, and waits until the barrier is acknowledged', async () => {
    const { kernel, connection } = connect((requests) => [errorAnswer(only(requests))]);
    await connection.execute(request(7));
    const payload = hex('0800 0100 07000000');
    assert.deepEqual(kernel.seen, [[{ type: family, flags: 1, sequence: 1, port: 4711, payload }]]);
    assert.deepEqual(kernel.barriers, [{ type: 1, flags: 5, sequence: 1, port: 4711, payload: hex('') }]);
  });

  it('numbers requests consecutively', async () => {
    const { kernel, connection } = connect((requests) => [errorAnswer(only(requests))]);
    await Promise.all([connection.execute(request()), connection.execute(request())]);
    assert.deepEqual(
      kernel.seen.flat().map(({ sequence }) => sequence),
      [1, 2],
    );
  });

  it('rejects with the errno of a refusal', async () => {
    const { connection } = connect((requests) => [errorAnswer(only(requests), EEXIST)]);
    await assert.rejects(connection.execute(request()), {
      name: 'NetlinkError',
      code: 'REFUSED',
      errno: EEXIST,
      errnoName: 'EEXIST',
      sequence: 1,
    });
  });

  it('executes further requests after a refusal', async () => {
    const { connection } = connect((requests, round) => [
      errorAnswer(only(requests), round === 0 ? EEXIST : 0),
    ]);
    await assert.rejects(connection.execute(request()), { code: 'REFUSED' });
    await connection.execute(request());
  });

  it('ignores NLMSG_NOOP messages', async () => {
    const { connection } = connect((requests) => [
      concat(answer(only(requests), hex(''), { type: 1 }), errorAnswer(only(requests))),
    ]);
    await connection.execute(request());
  });

  const unexpected: Readonly<Record<string, Script>> = {
    'a datagram from another port': (requests) => [{ from: 99, bytes: errorAnswer(only(requests)) }],
    'an answer to another port': (requests) => [
      answer(only(requests), hex('00000000'), { type: 2, port: 99 }),
    ],
    'a sequence number that was never sent': (requests) => [
      answer(only(requests), hex('00000000'), { type: 2, sequence: 2 }),
    ],
    'an unrequested reply': (requests) => [item(only(requests), 1)],
    'the end of a dump that was not requested': (requests) => [done(only(requests))],
  };
  for (const [what, script] of Object.entries(unexpected)) {
    it(`rejects ${what}`, async () => {
      const { connection } = connect(script);
      await assert.rejects(connection.execute(request()), { code: 'UNEXPECTED' });
    });
  }

  it('rejects an NLMSG_ERROR without an errno', async () => {
    const { connection } = connect((requests) => [answer(only(requests), hex('0000'), { type: 2 })]);
    await assert.rejects(connection.execute(request()), { code: 'MALFORMED' });
  });

  it('rejects a truncated message', async () => {
    const { connection } = connect((requests) => [errorAnswer(only(requests)).subarray(0, 18)]);
    await assert.rejects(connection.execute(request()), { code: 'MALFORMED' });
  });

  it('rejects with an error of the transport, and discards the late answer', async () => {
    const late: Uint8Array[] = [];
    const { connection } = connect((requests, round) => {
      if (round > 0) return [...late, errorAnswer(only(requests), EEXIST)];
      late.push(errorAnswer(only(requests)));
      return [new NetlinkError('TRUNCATED', 'scripted')];
    });
    await assert.rejects(connection.execute(request()), { code: 'TRUNCATED' });
    await assert.rejects(connection.execute(request()), { code: 'REFUSED', sequence: 2 });
  });

  it('rejects if the acknowledgement is lost', async () => {
    const { connection } = connect(() => [overrun()]);
    await assert.rejects(connection.execute(request()), { code: 'OVERRUN', errno: ENOBUFS });
  });

  it('rejects if the kernel reports lost answers', async () => {
    const { connection } = connect((requests) => [answer(only(requests), hex(''), { type: 4 })]);
    await assert.rejects(connection.execute(request()), { code: 'OVERRUN' });
  });

  it('rejects if sending throws', async () => {
    const { connection } = connect(() => {
      throw new NetlinkError('SYSTEM', 'scripted');
    });
    await assert.rejects(connection.execute(request()), { code: 'SYSTEM' });
  });

  it('sends nothing if a value is out of range', async () => {
    const { kernel, connection } = connect((requests) => [errorAnswer(only(requests))]);
    await assert.rejects(connection.execute(request(-1)), RangeError);
    assert.equal(kernel.seen.length, 0);
    await connection.execute(request());
  });
});

describe('Connection.request', () => {
  it('resolves to the decoded reply once the barrier is acknowledged', async () => {
    const { kernel, connection } = connect((requests) => [
      item(only(requests), 42, 0),
      errorAnswer(only(requests)),
    ]);
    assert.equal(await connection.request(request(), decode), 42);
    assert.equal(only(kernel.seen.flat()).flags, 1);
    assert.equal(kernel.barriers.length, 1);
  });

  it('accepts reply and acknowledgement in one datagram', async () => {
    const { connection } = connect((requests) => [
      concat(item(only(requests), 42, 0), errorAnswer(only(requests))),
    ]);
    assert.equal(await connection.request(request(), decode), 42);
  });

  it('rejects a missing reply, two replies, and a reply of another type', async () => {
    const { connection } = connect((requests, round) => {
      const asked = only(requests);
      const replies = [[], [item(asked, 1), item(asked, 2)], [answer(asked, hex(''), { type: family + 1 })]];
      return [...(replies[round] ?? []), errorAnswer(asked)];
    });
    for (let round = 0; round < 3; round++) {
      await assert.rejects(connection.request(request(), decode), { code: 'UNEXPECTED' });
    }
  });

  it('rejects an attribute that is too short, without affecting the next request', async () => {
    const { kernel, connection } = connect((requests, round) => {
      const asked = only(requests);
      const short = answer(asked, hex('0600 0100 0100 0000'));
      return [round === 0 ? short : item(asked, 2), errorAnswer(asked)];
    });
    await assert.rejects(connection.request(request(), decode), { code: 'MALFORMED' });
    assert.equal(kernel.undelivered, 0);
    assert.equal(await connection.request(request(), decode), 2);
  });
});

describe('dump', () => {
  it('returns the messages of several datagrams in order', async () => {
    const { kernel, connection } = connect((requests) => {
      const asked = only(requests);
      return [
        concat(item(asked, 1), item(asked, 2)),
        concat(item(asked, 3)),
        concat(item(asked, 4), done(asked)),
      ];
    });
    assert.deepEqual(await dump(connection, request(), decode), [1, 2, 3, 4]);
    assert.equal(only(kernel.seen.flat()).flags, 0x301);
    assert.equal(kernel.barriers.length, 0);
  });

  it('returns no messages for an empty list', async () => {
    const { connection } = connect((requests) => [done(only(requests))]);
    assert.deepEqual(await dump(connection, request(), decode), []);
  });

  it('restarts, discarding earlier messages, if the list changes during the dump', async () => {
    const { kernel, connection } = connect((requests, round) => {
      const asked = only(requests);
      if (round === 0)
        return [concat(item(asked, 1), item(asked, 2, NLM_F_MULTI | NLM_F_DUMP_INTR)), done(asked)];
      if (round === 1)
        return [item(asked, 3), answer(asked, hex('00000000'), { type: 3, flags: NLM_F_DUMP_INTR })];
      return [concat(item(asked, 4), item(asked, 5)), done(asked)];
    });
    assert.deepEqual(await dump(connection, request(), decode), [4, 5]);
    assert.equal(kernel.seen.length, 3);
  });

  it('rejects after ten interrupted dumps', async () => {
    const { kernel, connection } = connect((requests) => [
      answer(only(requests), hex('00000000'), { type: 3, flags: NLM_F_DUMP_INTR }),
    ]);
    await assert.rejects(dump(connection, request(), decode), { code: 'INTERRUPTED' });
    assert.equal(kernel.seen.length, 10);
  });

  it('rejects with the errno of a refusal, or of an error at the end of the dump', async () => {
    const { connection } = connect((requests, round) => {
      const asked = only(requests);
      return round === 0 ? [errorAnswer(asked, EBUSY)] : [item(asked, 1), done(asked, EBUSY)];
    });
    await assert.rejects(dump(connection, request(), decode), { code: 'REFUSED', errno: EBUSY });
    await assert.rejects(dump(connection, request(), decode), { code: 'REFUSED', errno: EBUSY });
  });

  it('rejects an acknowledgement in place of NLMSG_DONE', async () => {
    const { connection } = connect((requests) => [errorAnswer(only(requests))]);
    await assert.rejects(dump(connection, request(), decode), { code: 'UNEXPECTED' });
  });

  it('rejects a message of another type', async () => {
    const { connection } = connect((requests) => [
      concat(answer(only(requests), hex(''), { type: family + 1 }), done(only(requests))),
    ]);
    await assert.rejects(dump(connection, request(), decode), { code: 'UNEXPECTED' });
  });

  it('rejects an undecodable message only at the end of the dump, so that the socket is drained', async () => {
    const { kernel, connection } = connect((requests, round) => {
      const asked = only(requests);
      const short = answer(asked, hex('0600 0100 0100 0000'));
      return round === 0 ? [short, item(asked, 1), done(asked)] : [item(asked, 2), done(asked)];
    });
    await assert.rejects(dump(connection, request(), decode), { code: 'MALFORMED' });
    assert.equal(kernel.undelivered, 0);
    assert.deepEqual(await dump(connection, request(), decode), [2]);
  });

  it('rejects with an error of the transport, and discards the rest of the dump', async () => {
    const { connection } = connect((requests, round) => {
      const asked = only(requests);
      if (round > 0) return [item(asked, 3), done(asked)];
      return [item(asked, 1), overrun(), item(asked, 2), done(asked)];
    });
    await assert.rejects(dump(connection, request(), decode), { code: 'OVERRUN' });
    assert.deepEqual(await dump(connection, request(), decode), [3]);
  });

  it('runs one dump at a time', async () => {
    const { kernel, connection } = connect((requests) => {
      assert.equal(kernel.undelivered, 0);
      return [item(only(requests), requests[0]?.sequence ?? 0), done(only(requests))];
    });
    const sequences = () => dump(connection, request(), (message) => message.sequence);
    assert.deepEqual(await Promise.all([sequences(), sequences()]), [[1], [2]]);
  });
});

describe('dumpLists', () => {
  /** Answers a request with a list that contains its value twice, or refuses it where `refusal` returns an errno. */
  const twice =
    (refusal: (asked: SeenRequest, round: number) => number | undefined = () => undefined): Script =>
    (requests, round) => {
      const asked = only(requests);
      const errno = refusal(asked, round);
      if (errno !== undefined) return [errorAnswer(asked, errno)];
      return [item(asked, valueIn(asked)), concat(item(asked, valueIn(asked)), done(asked))];
    };
  const requests = [5, 6, 7].map(request);
  /** Dumps the lists that requests ask for; returns for each message the number of its list, and its value. */
  async function dumpAll(connection: Connection, requests: readonly Request[]): Promise<number[][][]> {
    const lists: number[][][] = [];
    await dumpLists(connection, {
      count: requests.length,
      request: (index) => requests[index] ?? assert.fail(),
      begin: (index) => {
        lists[index] = [];
      },
      onMessage: (message, index) => {
        lists[index]?.push([index, decode(message)]);
      },
    });
    return lists;
  }
  const lists = [5, 6, 7].map((value, index) => [
    [index, value],
    [index, value],
  ]);

  it('dumps a list for each request, and passes the index of the list with each message', async () => {
    const { kernel, connection } = connect(twice());
    assert.deepEqual(await dumpAll(connection, requests), lists);
    assert.deepEqual(
      kernel.seen.map((datagram) => only(datagram).sequence),
      [1, 2, 3],
    );
    assert.deepEqual(await dumpAll(connection, []), []);
  });

  it('repeats a request refused with EBUSY, on its own', async () => {
    const { kernel, connection } = connect(
      twice((_, round) => (round === 1 || round === 2 ? EBUSY : undefined)),
    );
    assert.deepEqual(await dumpAll(connection, requests), lists);
    assert.deepEqual(kernel.seen.map(only).map(valueIn), [5, 6, 7, 6, 7]);
  });

  it('rejects if the repeated request is refused with EBUSY, too', async () => {
    const { connection } = connect(twice((asked) => (valueIn(asked) === 6 ? EBUSY : undefined)));
    await assert.rejects(dumpAll(connection, requests), { code: 'REFUSED', errno: EBUSY });
    assert.deepEqual(await dump(connection, request(9), decode), [9, 9]);
  });

  it('repeats only the dump of a list that changed meanwhile', async () => {
    let changes = 2;
    const { kernel, connection } = connect((seen) => {
      const asked = only(seen);
      const interrupted = valueIn(asked) === 6 && changes-- > 0;
      const flags = interrupted ? NLM_F_MULTI | NLM_F_DUMP_INTR : NLM_F_MULTI;
      return [item(asked, valueIn(asked), flags), item(asked, valueIn(asked)), done(asked)];
    });
    assert.deepEqual(await dumpAll(connection, requests), lists);
    assert.deepEqual(kernel.seen.map(only).map(valueIn), [5, 6, 7, 6, 6]);
  });

  it('rejects if one of the requests is refused', async () => {
    const { connection } = connect(twice((asked) => (valueIn(asked) === 6 ? EEXIST : undefined)));
    await assert.rejects(dumpAll(connection, requests), { code: 'REFUSED', errno: EEXIST });
    assert.deepEqual(await dump(connection, request(9), decode), [9, 9]);
  });

  it('accepts answers that arrive while requests are still being sent', async () => {
    const { kernel, connection } = connect(twice());
    kernel.atOnce = true;
    assert.deepEqual(await dumpAll(connection, requests), lists);
  });

  it('rejects if answers are lost, without affecting the next dump', async () => {
    const { connection } = connect((seen, round) => (round === 1 ? [overrun()] : twice()(seen, round)));
    await assert.rejects(dumpAll(connection, requests), { code: 'OVERRUN' });
    assert.deepEqual(await dump(connection, request(9), decode), [9, 9]);
  });
});

describe('Batch', () => {
  /** Refuses requests whose value is 1, with `EEXIST`. */
  const picky: Script = (requests) => carryOut(requests, (asked) => (valueIn(asked) === 1 ? EEXIST : 0));

  it('returns the outcome of each request in order', async () => {
    const { kernel, connection } = connect(picky);
    const outcomes = await batch(connection, [0, 1, 0, 0, 1, 0].map(request));
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.errno),
      [undefined, EEXIST, undefined, undefined, EEXIST, undefined],
    );
    assert.deepEqual(
      kernel.seen.map((datagram) => datagram.map(({ sequence }) => sequence)),
      [[1, 2, 3, 4, 5, 6]],
    );
    assert.deepEqual(
      kernel.barriers.map(({ sequence }) => sequence),
      [6],
    );
  });

  it('returns the refusal of the last request', async () => {
    const { connection } = connect(picky);
    const outcomes = await batch(connection, [0, 1].map(request));
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.sequence),
      [undefined, 2],
    );
  });

  it('limits each datagram to the requests whose answers fit into the receive buffer', async () => {
    const { kernel, connection } = connect(picky, 2 * 3 * 1536);
    const values = [0, 1, 0, 1, 1, 1, 0];
    const outcomes = await batch(connection, values.map(request));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome ? 1 : 0)),
      values,
    );
    assert.deepEqual(
      kernel.seen.map((datagram) => datagram.length),
      [3, 3, 1],
    );
    assert.deepEqual(
      kernel.barriers.map(({ sequence }) => sequence),
      [3, 6, 7],
    );
  });

  it('sends nothing for an empty batch', async () => {
    const { kernel, connection } = connect(picky);
    assert.deepEqual(await batch(connection, []), []);
    assert.equal(kernel.seen.length, 0);
  });

  it('refuses a request with a value out of range, and keeps the others', async () => {
    const { kernel, connection } = connect(picky);
    const mixed = new Batch(connection);
    mixed.add(request(1));
    assert.throws(() => mixed.add(request(-1)), RangeError);
    mixed.add(request(0));
    const outcomes = await mixed.carryOut();
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.errno),
      [EEXIST, undefined],
    );
    assert.deepEqual(kernel.seen.flat().map(valueIn), [1, 0]);
  });

  it('numbers requests when they are sent', async () => {
    const { kernel, connection } = connect(picky, 2 * 2 * 1536);
    const later = new Batch(connection);
    for (const value of [0, 0, 1]) later.add(request(value));
    await connection.execute(request());
    const outcomes = await later.carryOut();
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.sequence),
      [undefined, undefined, 4],
    );
    assert.deepEqual(
      kernel.seen.map((datagram) => datagram.map(({ sequence }) => sequence)),
      [[1], [2, 3], [4]],
    );
    assert.deepEqual(
      kernel.barriers.map(({ sequence }) => sequence),
      [1, 3, 4],
    );
  });

  it('reports how many requests have been carried out', async () => {
    const { kernel, connection } = connect(picky, 2 * 2 * 1536);
    const reported: (readonly [done: number, datagrams: number])[] = [];
    await batch(connection, [0, 0, 0, 0, 0].map(request), (done) =>
      reported.push([done, kernel.seen.length]),
    );
    assert.deepEqual(reported, [
      [2, 1],
      [4, 2],
      [5, 3],
    ]);
  });

  it('reports which outcomes are unknown if answers are lost', async () => {
    const { kernel, connection } = connect(
      (requests, round) => (round === 1 ? [overrun()] : picky(requests, round)),
      2 * 2 * 1536,
    );
    const error = await batch(connection, [1, 0, 0, 0, 0].map(request)).catch((error: unknown) => error);
    assert.ok(error instanceof BatchError);
    assert.equal(error.code, 'OVERRUN');
    assert.equal(error.errno, ENOBUFS);
    assert.deepEqual(
      error.outcomes.map((outcome) => outcome?.errno),
      [EEXIST, undefined],
    );
    assert.deepEqual([error.unknownFrom, error.unknownTo], [2, 4]);
    assert.equal(kernel.seen.length, 2);
  });

  it('rejects an unrequested reply', async () => {
    const { connection } = connect((requests) => requests.map((asked) => item(asked, 1)));
    await assert.rejects(batch(connection, [request()]), { name: 'BatchError', code: 'UNEXPECTED' });
  });
});

describe('answers that arrive while the request is being sent', () => {
  it('are accepted like any others', async () => {
    const { kernel, connection } = connect((requests) =>
      carryOut(requests, (seen) => (valueIn(seen) === 2 ? EEXIST : 0)),
    );
    kernel.atOnce = true;
    await connection.execute(request(1));
    await assert.rejects(connection.execute(request(2)), { errno: EEXIST });
    const outcomes = await batch(connection, [1, 2, 3].map(request));
    assert.deepEqual(
      outcomes.map((outcome) => outcome?.errno),
      [undefined, EEXIST, undefined],
    );
  });

  it('do not starve the event loop', async () => {
    const { kernel, connection } = connect((requests) => [errorAnswer(only(requests))]);
    kernel.atOnce = true;
    let turned = false;
    setTimeout(() => {
      turned = true;
    }, 1);
    const end = performance.now() + 10_000;
    while (!turned && performance.now() < end) await connection.execute(request());
    assert.ok(turned);
  });
});

describe('Connection.close', () => {
  it('rejects pending and queued calls', async () => {
    const { kernel, connection } = connect(() => []);
    const calls = [
      connection.execute(request()),
      connection.request(request(), decode),
      dump(connection, request(), decode),
      batch(connection, [request()]),
    ];
    const settled = Promise.allSettled(calls);
    await new Promise(setImmediate);
    assert.equal(kernel.seen.length, 1);
    connection.close();
    const codes = (await settled).map((result) => result.status === 'rejected' && result.reason.code);
    assert.deepEqual(codes, ['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED']);
    assert.equal(kernel.seen.length, 1);
    assert.equal(kernel.closed, true);
  });

  it('rejects every later call', async () => {
    const { connection } = connect((requests) => [errorAnswer(only(requests))]);
    connection.close();
    connection.close();
    await assert.rejects(connection.execute(request()), { code: 'CLOSED' });
  });
});

it('a connection ignores datagrams while no request is pending', async () => {
  const { kernel, connection } = connect((requests) => [errorAnswer(only(requests))]);
  kernel.deliver({ from: 99, bytes: hex('00') });
  kernel.deliver(overrun());
  await connection.execute(request());
});
