import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { openStore } from '../../../src/fleet/store/open.ts';

describe('addresses of stores', () => {
  it('have hosts, with ports or without', async () => {
    for (const address of [
      'etcd://10.0.0.1',
      'etcd://10.0.0.1:2379,10.0.0.2:2379,etcd3.example.net',
      'etcds://[2001:db8::1],[2001:db8::2]:2379/',
    ]) {
      const store = openStore(address);
      assert.equal(store.name, address.replace(/\/$/, ''));
      assert.equal(store.writable, true);
      await store.close();
    }
    for (const address of ['https://rules.example.net/web.rules', 'file:/etc/ipvsadm.rules']) {
      const store = openStore(address);
      assert.equal(store.writable, false);
      assert.equal(store.name, address);
      await store.close();
    }
  });

  it('are refused where they are none, without showing a password', () => {
    const wrong = [
      '',
      'etcd:',
      'etcd://',
      'etcd://,',
      'etcd://a:b:c',
      'etcd://10.0.0.1:99999',
      'etcd://root:secret@10.0.0.1',
      'etcd://10.0.0.1/path',
      'http://10.0.0.1/rules',
      'https://root:secret@10.0.0.1/rules',
      'https://',
      'file://host/rules',
      'consul://10.0.0.1',
    ];
    for (const address of wrong)
      assert.throws(
        () => openStore(address),
        (error) =>
          error instanceof StoreError && error.code === 'address' && !error.message.includes('secret'),
        address,
      );
    assert.throws(() => openStore('etcd://10.0.0.1', { caFile: '/ca' }), /etcds:/);
    assert.throws(() => openStore('file:/rules', { user: 'root' }), /needs no user/);
  });
});
