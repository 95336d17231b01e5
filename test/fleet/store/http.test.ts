import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTlsMaterial } from '../../../src/fleet/store/credentials.ts';
import { HttpClient, type HttpRequest, readBody } from '../../../src/fleet/store/http.ts';
import { type Certificates, makeCertificates } from '../etcd/certificates.ts';

/** Milliseconds after which the clients of these tests close idle connections. */
const idle = 300;

describe('connections that no request uses any more, to a scripted web server', () => {
  let folder: string;
  let certificates: Certificates;
  let server: Server;
  let respond: RequestListener;
  /** Numbers of connections that are open now, and that were made in all. */
  let open: number;
  let made: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvsadm-http-'));
    certificates = await makeCertificates(folder);
    const { certFile, keyFile } = certificates.server;
    const [cert, key, ca] = await Promise.all(
      [certFile, keyFile, certificates.caFile].map((f) => readFile(f)),
    );
    // Like etcd, the server leaves idle connections open.
    server = createServer({ cert, key, ca, requestCert: true, keepAliveTimeout: 0 }, (request, response) =>
      respond(request, response),
    );
    server.on('secureConnection', (socket) => {
      open++;
      made++;
      socket.on('close', () => open--);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    open = 0;
    made = 0;
    respond = (_, response) => response.end('an answer');
  });

  /** Returns a request with the client's certificate in `folder/client.crt`, as it is now. */
  async function requestNow(): Promise<HttpRequest> {
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('no port');
    const { client, caFile } = certificates;
    const tls = await readTlsMaterial('a server', { caFile, ...client });
    return { method: 'GET', url: new URL(`https://127.0.0.1:${bound.port}/`), headers: {}, tls };
  }

  async function untilOpen(count: number): Promise<void> {
    for (let tries = 0; open !== count && tries < 200; tries++) await sleep(20);
    assert.equal(open, count);
  }

  it('are closed, although the server leaves them open', async () => {
    const client = new HttpClient(idle);
    await Promise.all([1, 2, 3].map(async () => client.request(await requestNow(), 5000, 100)));
    assert.ok(made > 0);
    await untilOpen(0);
    assert.equal(String((await client.request(await requestNow(), 5000, 100)).body), 'an answer');
    client.close();
    await untilOpen(0);
  });

  it('are closed when the certificate has been renewed, however often that is', async () => {
    const { certFile } = certificates.client;
    await copyFile(certFile, `${certFile}.first`);
    const client = new HttpClient(idle);
    for (let renewal = 0; renewal < 20; renewal++) {
      await client.request(await requestNow(), 5000, 100);
      await appendFile(certFile, `# renewal ${renewal}\n`);
    }
    await client.request(await requestNow(), 5000, 100);
    await untilOpen(0);
    client.close();
    await copyFile(`${certFile}.first`, certFile);
  });

  it('are other ones than those that wait for the rest of an answer', async () => {
    respond = (_, response) => {
      response.write('the first part');
      setTimeout(() => response.end(', the rest'), 4 * idle);
    };
    const client = new HttpClient(idle);
    const answer = await client.open(await requestNow(), new AbortController().signal, 5000);
    assert.equal(String(await readBody(answer, 100)), 'the first part, the rest');
    respond = (_, response) => setTimeout(() => response.end('late'), 4 * idle);
    assert.equal(String((await client.request(await requestNow(), 5000, 100)).body), 'late');
    client.close();
  });
});
