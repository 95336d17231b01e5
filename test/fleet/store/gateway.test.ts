import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { openStore } from '../../../src/fleet/store/open.ts';
import type { Store } from '../../../src/fleet/store/store.ts';
import { put, refuses, text } from './contract.ts';

/** Answers of a member by path, in order; the last one is repeated. */
type Script = Readonly<Record<string, readonly ((response: ServerResponse) => void)[]>>;

const { signal } = new AbortController();
const header = { cluster_id: '1', member_id: '2', revision: '7', raft_term: '2' };
const change = { key: '/a', value: text('1') };

/** A scripted member. */
class ScriptedMember {
  script: Script = {};
  /** Paths that were requested. */
  requested: string[] = [];
  /** The body of the last request. */
  body = '';
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  static async start(): Promise<ScriptedMember> {
    const member = new ScriptedMember();
    member.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => member.#server.once('listening', resolve));
    return member;
  }

  get host(): string {
    return addressOf(this.#server).replace('etcd://', '');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    this.body = Buffer.concat(parts).toString();
    const path = request.url ?? '';
    const answers = this.script[path] ?? [];
    const count = this.requested.filter((name) => name === path).length;
    this.requested.push(path);
    (answers[count] ?? answers.at(-1) ?? status(404, 'not scripted'))(response);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('the gateway of etcd, scripted', () => {
  let member: ScriptedMember;
  let store: Store;

  /** Starts another member, and opens a store of both, until the test ends. */
  async function withSecondMember(context: TestContext) {
    const second = await ScriptedMember.start();
    const both = openStore(`etcd://${member.host},${second.host}`, { timeout: 500 });
    context.after(() => {
      second.close();
      return both.close();
    });
    return { second, both };
  }

  before(async () => {
    member = await ScriptedMember.start();
    store = openStore(`etcd://${member.host}`, { timeout: 500 });
  });
  beforeEach(() => {
    member.requested = [];
  });
  after(async () => {
    await store.close();
    member.close();
  });

  const range = [json({ header })];

  it('never repeats a change if the answer was lost, and reports that the outcome is unknown', async () => {
    for (const lost of [cut, silent, status(503, errorOf36(14, 'etcdserver: request timed out'))]) {
      member.script = { '/v3/kv/range': range, '/v3/kv/txn': [lost, json({ header, succeeded: true })] };
      member.requested = [];
      await refuses(put(store, change), 'outcome-unknown');
      assert.equal(member.requested.filter((path) => path === '/v3/kv/txn').length, 1);
    }
  });

  it('ends the watch on a member that hangs, as soon as a request times out there', async () => {
    const created = (response: ServerResponse) => {
      response.writeHead(200);
      response.write(`${JSON.stringify({ result: { header, created: true } })}\n`);
    };
    member.script = { '/v3/kv/range': [silent], '/v3/watch': [created] };
    const begin = Date.now();
    const watch = store.watch('/a', 8n, signal, 60_000).catch((error: unknown) => error);
    while (!member.requested.includes('/v3/watch')) await sleep(10);
    await refuses(store.read('/a'), 'unreachable', /no answer within/);
    assert.ok((await watch) instanceof StoreError);
    assert.ok(Date.now() - begin < 5000);
  });

  it('says of each member why it does not answer, in the same words for calls that overlap', async () => {
    member.script = { '/v3/kv/range': [silent], '/v3/lease/keepalive': [silent] };
    const gone = await unusedAddress();
    const three = openStore(`etcd://${member.host},${gone},${gone.replace('127.0.0.1', '127.0.0.2')}`, {
      timeout: 200,
    });
    const reasons = [`${member.host}: no answer within 0.2 s`, `${gone}: connection refused (`];
    const sentences = new Set<string>();
    const note = ({ message }: Error) => void sentences.add(message);
    const beating = (async () => {
      for (let beat = 0; beat < 12; beat++) {
        await three.keepAlive('1').catch(() => {});
        await sleep(70);
      }
    })();
    for (let turn = 0; turn < 15; turn++) await three.read('/a').then(() => assert.fail(), note);
    await beating;
    await three.close();
    assert.equal(sentences.size, 1, [...sentences].join('\n'));
    for (const reason of reasons) assert.ok([...sentences][0]?.includes(reason), [...sentences][0]);
  });

  it('sends a change to another member if the first one cannot have received it', async () => {
    const address = `etcd://${await unusedAddress()}`;
    member.script = { '/v3/kv/range': range, '/v3/kv/txn': [json({ header, succeeded: true })] };
    for (let turn = 0; turn < 8; turn++) {
      const both = openStore(`${address},${member.host}`, { timeout: 500 });
      assert.equal((await put(both, change)).revision, 7n);
      await both.close();
    }
  });

  it('refuses members of two clusters by name, before it reads or changes anything', async (t) => {
    const { second, both } = await withSecondMember(t);
    member.script = answersOf('1');
    second.script = answersOf('22');
    const naming = new RegExp(
      `${member.host} belongs to the cluster 1, and ${second.host} belongs to the cluster 22: `,
    );
    for (let turn = 0; turn < 4; turn++) {
      await refuses(put(both, change), 'address', naming);
      await refuses(both.read('/a'), 'address', naming);
    }
    assert.ok(![...member.requested, ...second.requested].includes('/v3/kv/txn'));
    // The mistake is corrected: the other member has joined the cluster of the first one.
    second.script = answersOf('1');
    assert.equal((await both.read('/a')).cluster, '1');
  });

  it('accepts a new cluster at all addresses as a replaced store', async (t) => {
    const { second, both } = await withSecondMember(t);
    for (const id of ['1', '22']) {
      member.script = answersOf(id);
      second.script = answersOf(id);
      assert.equal((await both.read('/a')).cluster, id);
      await put(both, change);
    }
  });

  it('sends no change to a member of another cluster that answers only when the first member fails', async (t) => {
    const { second, both } = await withSecondMember(t);
    member.script = answersOf('1');
    second.script = { '/v3/kv/range': [cut] };
    for (let turn = 0; turn < 2; turn++) assert.equal((await both.read('/a')).cluster, '1');
    member.script = { '/v3/kv/txn': [status(429, 'later')], '/v3/maintenance/status': [cut] };
    second.script = answersOf('22');
    await refuses(put(both, change), 'address', /belongs to the cluster 22/);
    assert.ok(!second.requested.includes('/v3/kv/txn'));
  });

  it('parses errors of etcd 3.6, which have no field `error`', async () => {
    member.script = { '/v3/kv/range': [status(403, errorOf36(7, 'etcdserver: permission denied'))] };
    await refuses(store.read('/a'), 'forbidden', /permission denied/);
    member.script = { '/v3/kv/range': [status(400, errorOf36(3, 'etcdserver: user name is empty'))] };
    await refuses(store.read('/a'), 'unauthorised', /--user/);
    member.script = {
      '/v3/watch': [status(503, JSON.stringify({ error: { code: 14, message: 'etcdserver: no leader' } }))],
    };
    await refuses(store.watch('/a', 1n, signal, 1000), 'unreachable', /no leader/);
  });

  it('parses errors of streams of etcd up to 3.5', async () => {
    const error = {
      grpc_code: 7,
      http_code: 403,
      message: 'etcdserver: permission denied',
      http_status: 'Forbidden',
    };
    member.script = { '/v3/watch': [json({ error })] };
    await refuses(store.watch('/a', 1n, signal, 1000), 'forbidden');
  });

  it('fails if the server ends a watch without an event', async () => {
    member.script = { '/v3/watch': [json({ result: { header, created: true } })] };
    await refuses(store.watch('/a', 1n, signal, 1000), 'unreachable');
  });

  it('rejects malformed answers as corrupt', async () => {
    for (const body of [
      '',
      '{',
      '[]',
      '{"header":{}}',
      '{"header":{"cluster_id":"1"},"kvs":[{"key":"%"}]}',
    ]) {
      member.script = { '/v3/kv/range': [status(200, body)], '/v3/watch': [status(200, `${body || '{'}\n`)] };
      await refuses(store.read('/a'), 'corrupt');
    }
  });

  it('parses 64-bit numbers from strings, and missing ones as zero', async () => {
    const key = Buffer.from('/a').toString('base64');
    const kvs = [{ key, mod_revision: '9007199254740993' }];
    member.script = { '/v3/kv/range': [json({ header: { cluster_id: '18446744073709551615' }, kvs })] };
    const { entries, revision, cluster } = await store.read('/a');
    assert.equal(entries[0]?.modRevision, 9007199254740993n);
    assert.equal(entries[0]?.value.length, 0);
    assert.equal(revision, 0n);
    assert.equal(cluster, '18446744073709551615');
  });

  it('reads on from the bytes of the last key, which need not be UTF-8', async () => {
    const page = (key: readonly number[], more: boolean) =>
      json({ header, more, kvs: [{ key: Buffer.from(key).toString('base64'), mod_revision: '1' }] });
    member.script = { '/v3/kv/range': [page([0x2f, 0xff], true), page([0x2f, 0xff, 0x00], false)] };
    assert.equal((await store.read('/')).entries.length, 2);
    assert.equal(JSON.parse(member.body).key, Buffer.of(0x2f, 0xff, 0x00).toString('base64'));
  });

  it('stops reading what is larger than allowed', async () => {
    const value = Buffer.alloc(1000).toString('base64');
    const kvs = [{ key: Buffer.from('/a').toString('base64'), value, mod_revision: '1' }];
    member.script = { '/v3/kv/range': [json({ header, more: true, kvs })] };
    const limited = openStore(`etcd://${member.host}`, { timeout: 500, readLimit: 20_000 });
    await refuses(limited.read('/'), 'too-large', /what is below \/ takes more than 20000 bytes/);
    assert.ok(member.requested.length < 20);
    await limited.close();
  });

  it('rejects an endless answer', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const endless = (response: ServerResponse) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    };
    member.script = { '/v3/kv/range': [endless] };
    const large = openStore(`etcd://${member.host}`, { timeout: 20_000 });
    await refuses(large.read('/a'), 'too-large');
    await large.close();
  });

  it('reports the address of a member that does not answer', async () => {
    member.script = { '/v3/kv/range': [silent] };
    await refuses(store.read('/a'), 'unreachable', /127\.0\.0\.1:\d+: no answer within 0\.5 s/);
  });
});

/** Answers of a member of a cluster. */
function answersOf(cluster_id: string): Script {
  const named = { header: { ...header, cluster_id } };
  return {
    '/v3/maintenance/status': [json(named)],
    '/v3/kv/range': [json(named)],
    '/v3/kv/txn': [json({ ...named, succeeded: true })],
  };
}

/** Returns an address at which nothing listens. */
async function unusedAddress(): Promise<string> {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const address = addressOf(closed).replace('etcd://', '');
  await new Promise((resolve) => closed.close(resolve));
  return address;
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `etcd://127.0.0.1:${address.port}`;
}

function json(value: unknown): (response: ServerResponse) => void {
  return status(200, `${JSON.stringify(value)}\n`);
}

function status(code: number, body: string): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(code, { 'Content-Type': 'application/json' });
    response.end(body);
  };
}

function errorOf36(code: number, message: string): string {
  return JSON.stringify({ code, message, details: [] });
}

/** Closes the connection instead of answering. */
function cut(response: ServerResponse): void {
  response.socket?.destroy();
}

/** Never answers. */
function silent(): void {}
