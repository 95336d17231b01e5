import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type DocumentSource, DocumentStore, documentKey } from '../../../src/fleet/store/document-store.ts';
import { FileSource } from '../../../src/fleet/store/file-source.ts';
import { HttpsSource } from '../../../src/fleet/store/https-source.ts';
import { openStore } from '../../../src/fleet/store/open.ts';
import type { Store } from '../../../src/fleet/store/store.ts';
import { type Certificate, type Certificates, makeCertificates } from '../etcd/certificates.ts';
import { put, refuses, text } from './contract.ts';

const { signal } = new AbortController();

describe('a rule file as a store', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvsadm-document-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is one document, whose revision is of its bytes', async () => {
    const path = join(folder, 'a.rules');
    await refuses(openStore(`file:${path}`).read(documentKey), 'not-found');
    await writeFile(path, 'one');
    const store = openStore(`file:${path}`);
    const first = await store.read(documentKey);
    assert.deepEqual(
      first.entries.map(({ key, value, modRevision }) => [key, String(Buffer.from(value)), modRevision]),
      [[documentKey, 'one', first.revision]],
    );
    assert.deepEqual((await store.read('other/')).entries, []);
    await utimes(path, 1, 1);
    assert.equal((await store.read(documentKey)).revision, first.revision);
    await writeFile(`${path}.new`, 'two');
    await rename(`${path}.new`, path);
    const second = await store.read(documentKey);
    assert.notEqual(second.revision, first.revision);
    assert.equal(second.cluster, first.cluster);
    await writeFile(path, 'one');
    assert.equal((await store.read(documentKey)).revision, first.revision);
  });

  it('is watched', async () => {
    const path = join(folder, 'b.rules');
    await writeFile(path, 'one');
    const store = new DocumentStore(often(new FileSource(`file:${path}`, path)));
    const { revision } = await store.read(documentKey);
    assert.equal(await store.watch(documentKey, revision + 1n, signal, 100), 'quiet');
    const watch = store.watch(documentKey, revision + 1n, signal, 5000);
    await writeFile(path, 'two');
    assert.equal(await watch, 'changed');
    assert.equal(await store.watch(documentKey, revision + 1n, signal, 5000), 'changed');
    const controller = new AbortController();
    const ended = openStore(`file:${path}`).watch(documentKey, 1n, controller.signal, 60_000);
    controller.abort();
    assert.equal(await ended, 'quiet');
  });

  it('cannot be written', async () => {
    const store = openStore(`file:${join(folder, 'c.rules')}`);
    await refuses(put(store, { key: documentKey, value: text('') }), 'read-only');
    await refuses(store.grant(1), 'read-only');
  });
});

describe('a rule file of a web server as a store', () => {
  let folder: string;
  let certificates: Certificates;
  let server: Server;
  let address: string;
  let respond: RequestListener;
  let statuses: number[];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvsadm-document-'));
    certificates = await makeCertificates(folder);
    server = await serve(certificates.server, (request, response) => {
      response.on('finish', () => statuses.push(response.statusCode));
      respond(request, response);
    });
    address = addressOf(server);
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  const open = (options = {}): Store => openStore(address, { caFile: certificates.caFile, ...options });

  it('is sent again only where it has changed', async () => {
    let body = 'one';
    respond = (request, response) => {
      const etag = `"${body}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { ETag: etag }).end(body);
    };
    statuses = [];
    const source = new HttpsSource(address, new URL(address), { caFile: certificates.caFile });
    const store = new DocumentStore(often(source));
    const { revision } = await store.read(documentKey);
    assert.equal((await store.read(documentKey)).revision, revision);
    assert.deepEqual(statuses, [200, 304]);
    const watch = store.watch(documentKey, revision + 1n, signal, 5000);
    body = 'two';
    assert.equal(await watch, 'changed');
    const [entry] = (await store.read(documentKey)).entries;
    assert.equal(String(Buffer.from(entry?.value ?? [])), 'two');
    await store.close();
  });

  it('is refused with a sentence that says what to do', async () => {
    statuses = [];
    const store = open();
    const answers = (status: number, headers = {}) => {
      respond = (_, response) => response.writeHead(status, headers).end();
      return store.read(documentKey);
    };
    await refuses(answers(404), 'not-found');
    await refuses(answers(401), 'unauthorised', /--user/);
    await refuses(answers(403), 'forbidden');
    await refuses(answers(302, { Location: 'https://elsewhere/x' }), 'refused', /https:\/\/elsewhere\/x/);
    await refuses(answers(502), 'unreachable', /502/);
    await store.close();
    const unknown = openStore(address);
    await refuses(unknown.read(documentKey), 'certificate', /--cacert/);
    await unknown.close();
    const misnamed = await serve(certificates.elsewhere, (_, response) => response.end('rules'));
    const elsewhere = openStore(addressOf(misnamed), { caFile: certificates.caFile });
    await refuses(elsewhere.read(documentKey), 'certificate', /for another name/);
    await elsewhere.close();
    misnamed.closeAllConnections();
    misnamed.close();
  });

  it('is given the user and the password of a file', async () => {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'secret\n');
    let given: string | undefined;
    respond = (request, response) => {
      given = request.headers.authorization;
      response.end('rules');
    };
    const store = open({ user: 'lb1', passwordFile });
    await store.read(documentKey);
    assert.equal(given, `Basic ${Buffer.from('lb1:secret').toString('base64')}`);
    await store.close();
  });
});

/** The same source, looked at more often. */
function often(source: DocumentSource): DocumentSource {
  return { name: source.name, interval: 20, read: () => source.read(), close: () => source.close() };
}

async function serve({ certFile, keyFile }: Certificate, respond: RequestListener): Promise<Server> {
  const material = { cert: await readFile(certFile), key: await readFile(keyFile) };
  const server = createServer(material, respond).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

function addressOf(server: Server): string {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return `https://127.0.0.1:${bound.port}/web.rules`;
}
