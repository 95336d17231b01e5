import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { openStore } from '../../../src/fleet/store/open.ts';
import type { Store } from '../../../src/fleet/store/store.ts';
import type { Certificate } from '../etcd/certificates.ts';
import { EtcdCluster, withCluster } from '../etcd/cluster.ts';
import { etcdVersions } from '../etcd/package.ts';
import { put, refuses, text } from './contract.ts';

const { signal } = new AbortController();

for (const version of etcdVersions) {
  describe(`etcd ${version} with certificates and users`, () => {
    let cluster: EtcdCluster;
    before(async () => {
      cluster = await EtcdCluster.start({ version, tls: 'mutual', args: ['--auth-token-ttl', '1'] });
      await cluster.turnUsersOn('lb1', '/fleet/');
    });
    after(() => cluster?.close());

    /** Runs `work` on the store, opened with options that override those of an accepted client. */
    const as = async (
      options: Parameters<EtcdCluster['open']>[0],
      work: (store: Store) => Promise<unknown>,
    ) => {
      const store = cluster.open(options);
      await work(store).finally(() => store.close());
    };
    const read = (store: Store) => store.read('/fleet/a');

    it('refuses a client certificate with a common name, with advice', async () => {
      const { clientWithName } = cluster.certificates ?? {};
      await as(clientWithName, (store) => refuses(read(store), 'certificate-name', /issue one without CN/));
    });

    it('refuses a wrong password without printing it', async () => {
      const passwordFile = join(cluster.folder, 'wrong');
      await writeFile(passwordFile, 'not the secret');
      await as({ passwordFile }, async (store) => {
        const error = await read(store).catch((reason: unknown) => reason);
        assert.ok(error instanceof StoreError && error.code === 'unauthorised', String(error));
        assert.match(error.message, /wrong user or password/);
        assert.doesNotMatch(String(error) + error.stack, /not the secret/);
      });
      await as({ user: 'nobody' }, (store) => refuses(read(store), 'unauthorised'));
    });

    it('refuses to read, write and watch keys that are forbidden to the user', async () => {
      await as({}, async (store) => {
        await refuses(store.read('/other/a'), 'forbidden', /grant-permission/);
        await refuses(put(store, { key: '/other/a', value: text('') }), 'forbidden');
        await refuses(store.watch('/other/a', 1n, signal, 5000), 'forbidden');
        await refuses(store.read('/'), 'forbidden');
      });
    });

    it('gets a new token when the old one has expired, and when permissions were changed', async () => {
      await as({}, async (store) => {
        const { revision } = await store.read('/fleet/a');
        await sleep(2500);
        assert.equal(await store.watch('/fleet/a', revision + 1n, signal, 300), 'quiet');
        await sleep(2500);
        await put(store, { key: '/fleet/a', value: text('1') });
        await cluster.ctl(['role', 'grant-permission', 'lb1', 'read', '/more']);
        await put(store, { key: '/fleet/a', value: text('2') });
        await cluster.ctl(['role', 'revoke-permission', 'lb1', '/more']);
        await store.read('/fleet/a');
        for (const member of cluster.members) {
          await member.kill();
          member.start();
        }
        await cluster.ready();
        assert.equal(await store.keepAlive(await store.grant(60)), true);
      });
    });

    it('uses a renewed certificate without being opened again', async () => {
      const { client, clientWithName } = cluster.certificates ?? {};
      assert.ok(client && clientWithName);
      const renewed = {
        certFile: join(cluster.folder, 'renewed.crt'),
        keyFile: join(cluster.folder, 'renewed.key'),
      };
      const renew = async ({ certFile, keyFile }: Certificate) => {
        await copyFile(certFile, renewed.certFile);
        await copyFile(keyFile, renewed.keyFile);
      };
      await renew(clientWithName);
      await as(renewed, async (store) => {
        await refuses(read(store), 'certificate-name');
        await renew(client);
        await read(store);
        await renew(clientWithName);
        await refuses(read(store), 'certificate-name');
      });
    });

    it('is not reachable with certificates that do not match', async () => {
      const { caFile, keyFile, certFile } = cluster.storeOptions;
      const open = (options: object) => openStore(cluster.address, { timeout: 3000, ...options });
      const unknown = open({ keyFile, certFile });
      await refuses(read(unknown), 'certificate', /--cacert/);
      const anonymous = open({ caFile });
      await refuses(read(anonymous), 'certificate', /--cert and --key/);
      const plain = openStore(cluster.address.replace('etcds', 'etcd'), { timeout: 3000 });
      await refuses(read(plain), 'unreachable', /etcds: if it uses TLS/);
      const byName = openStore(cluster.address.replace('127.0.0.1', 'localhost'), cluster.storeOptions);
      assert.equal((await read(byName)).entries.length, 1);
      await refuses(
        open({ caFile, keyFile, certFile: join(cluster.folder, 'none') }).read('/fleet/a'),
        'address',
        /cannot read .*: No such file or directory$/,
      );
      await Promise.all([unknown, anonymous, plain, byName].map((store) => store.close()));
    });
  });

  describe(`a plain etcd ${version}`, () => {
    it('without its gateway is refused, with advice', () =>
      withCluster({ version, args: ['--enable-grpc-gateway=false'] }, async (_, store) => {
        await refuses(store.read('/fleet/a'), 'gateway-off', /enable-grpc-gateway/);
        await refuses(store.watch('/fleet/a', 1n, signal, 1000), 'gateway-off');
      }));

    it('that is full can be read, and is reported with advice', () =>
      withCluster({ version, args: ['--quota-backend-bytes', String(2 ** 21)] }, async (_, store) => {
        const value = new Uint8Array(2 ** 19);
        const fill = async () => {
          for (let turn = 0; turn < 20; turn++) await put(store, { key: `/fleet/${turn}`, value });
        };
        await refuses(fill(), 'no-space', /alarm disarm/);
        assert.ok((await store.read('/fleet/')).entries.length > 0);
      }));

    it('refuses users and TLS', () =>
      withCluster({ version }, async (cluster) => {
        const passwordFile = join(cluster.folder, 'password');
        await writeFile(passwordFile, 'x\n');
        const user = cluster.open({ user: 'root', passwordFile });
        await refuses(user.read('/fleet/a'), 'unauthorised', /authentication is disabled/);
        await user.close();
        const encrypted = openStore(cluster.address.replace('etcd', 'etcds'), { timeout: 3000 });
        await refuses(encrypted.read('/fleet/a'), 'unreachable', /etcd: if it does not use TLS/);
        await encrypted.close();
      }));
  });
}
