import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openRuleSource } from '../../../src/fleet/rule-source/open.ts';
import type { RuleSource } from '../../../src/fleet/rule-source/rule-source.ts';
import type { StoreOptions } from '../../../src/fleet/store/options.ts';
import { type Certificate, type Certificates, makeCertificates } from '../etcd/certificates.ts';
import { refuses } from '../store/contract.ts';

describe('a local rule file', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvsadm-rules-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is read again if it has changed', async () => {
    const path = join(folder, 'a.rules');
    const source = openRuleSource(`file:${path}`);
    await refuses(source.read(), 'not-found');
    await writeFile(path, 'one');
    const first = await source.read();
    assert.equal(String(first), 'one');
    assert.equal(await source.read(), first);
    const { atime, mtime } = await stat(path);
    await writeFile(path, 'eno');
    await utimes(path, atime, mtime);
    assert.equal(String(await source.read()), 'eno', 'even if its modification time was reset');
    await writeFile(`${path}.new`, 'two');
    await rename(`${path}.new`, path);
    assert.equal(String(await source.read()), 'two');
  });

  it('is refused if it is too large, or not a regular file', async () => {
    const path = join(folder, 'long.rules');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await writeFile(path, '');
    await truncate(path, 64 * 1024 * 1024 + 1);
    await refuses(openRuleSource(`file:${path}`).read(), 'too-large');
    for (const other of [folder, '/dev/zero', pipe])
      await refuses(openRuleSource(`file:${other}`).read(), 'refused', /it is not a regular file/);
  });
});

describe('a rule file of a web server', () => {
  let folder: string;
  let certificates: Certificates;
  let server: Server;
  let address: string;
  let respond: RequestListener;
  let statuses: number[];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvsadm-rules-'));
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
  const open = (options: StoreOptions = {}): RuleSource =>
    openRuleSource(address, { caFile: certificates.caFile, ...options });

  it('is transferred again only if it has changed', async () => {
    let body = 'one';
    respond = (request, response) => {
      const etag = `"${body}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { ETag: etag }).end(body);
    };
    statuses = [];
    const source = open();
    const first = await source.read();
    assert.equal(await source.read(), first);
    assert.deepEqual(statuses, [200, 304]);
    body = 'two';
    assert.equal(String(await source.read()), 'two');
    source.close();
  });

  it('is refused with advice', async () => {
    statuses = [];
    const source = open();
    const answers = (status: number, headers = {}) => {
      respond = (_, response) => response.writeHead(status, headers).end();
      return source.read();
    };
    await refuses(answers(404), 'not-found');
    await refuses(answers(401), 'unauthorised', /--user/);
    await refuses(answers(403), 'forbidden');
    await refuses(answers(302, { Location: 'https://elsewhere/x' }), 'refused', /https:\/\/elsewhere\/x/);
    await refuses(answers(502), 'unreachable', /502/);
    await refuses(answers(304), 'refused', /304/);
    respond = ({ socket }) => socket.end('HTTP/1.1 200 OK\r\n\r\n-A -t 192.0.2.1:80\n');
    await refuses(source.read(), 'refused', /does not send the length/);
    source.close();
    const unknown = openRuleSource(address);
    await refuses(unknown.read(), 'certificate', /--cacert/);
    unknown.close();
    const misnamed = await serve(certificates.elsewhere, (_, response) => response.end('rules'));
    const elsewhere = openRuleSource(addressOf(misnamed), { caFile: certificates.caFile });
    await refuses(elsewhere.read(), 'certificate', /for another name/);
    elsewhere.close();
    misnamed.closeAllConnections();
    misnamed.close();
  });

  it('is refused without a valid certificate, even if the environment says not to verify it', async () => {
    const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      respond = (_, response) => response.end('rules\n');
      const source = openRuleSource(address);
      await refuses(source.read(), 'certificate');
      source.close();
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('is requested with a user and the password from a file', async () => {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'secret\n');
    let given: string | undefined;
    respond = (request, response) => {
      given = request.headers.authorization;
      response.end('rules');
    };
    const source = open({ user: 'lb1', passwordFile });
    await source.read();
    assert.equal(given, `Basic ${Buffer.from('lb1:secret').toString('base64')}`);
    source.close();
  });
});

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
