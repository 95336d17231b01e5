import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRuleSource, openRuleSource } from '../../../src/fleet/rule-source/open.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { openStore } from '../../../src/fleet/store/open.ts';

describe('addresses of stores', () => {
  it('are lists of hosts with optional ports, or of rule files', async () => {
    for (const address of [
      'etcd://10.0.0.1',
      'etcd://10.0.0.1:2379,10.0.0.2:2379,etcd3.example.net',
      'etcds://[2001:db8::1],[2001:db8::2]:2379/',
    ]) {
      const store = openStore(address);
      assert.equal(store.name, address.replace(/\/$/, ''));
      await store.close();
    }
    for (const address of ['https://rules.example.net/web.rules', 'file:/etc/ipvsadm.rules']) {
      assert.ok(isRuleSource(address));
      const source = openRuleSource(address);
      assert.equal(source.name, address);
      source.close();
      assert.throws(() => openStore(address), /only agents can follow/);
    }
    for (const path of ['/etc/a rule%20file#1?.rules', '/%zz', '/a%2Fb'])
      for (const scheme of ['file:', 'file://'])
        assert.equal(
          openRuleSource(`${scheme}${path}`).name,
          `file:${path}`,
          'a path is not decoded like a URL',
        );
    for (const address of ['etcd://10.0.0.1', 'etcds://10.0.0.1', 'http://10.0.0.1/rules', '/rules'])
      assert.ok(!isRuleSource(address));
  });

  it('are refused if they are invalid, without printing a password', () => {
    const invalid = [
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
      'file:rules',
      'file:',
      'file:/',
      'file:////rules',
      'consul://10.0.0.1',
    ];
    const open = (address: string) => (isRuleSource(address) ? openRuleSource(address) : openStore(address));
    for (const address of invalid)
      assert.throws(
        () => open(address),
        (error) =>
          error instanceof StoreError && error.code === 'address' && !error.message.includes('secret'),
        address,
      );
    assert.throws(() => openStore('etcd://10.0.0.1', { caFile: '/ca' }), /etcds:/);
    assert.throws(
      () => openRuleSource('file:/rules', { user: 'root' }),
      /has no user and no certificates \(--user\)/,
    );
  });

  it('are refused with files that cannot be read, or a certificate without a key', async () => {
    for (const [options, message] of [
      [{ caFile: '/no/ca.pem' }, /: cannot read \/no\/ca\.pem: No such file or directory$/],
      [{ certFile: '/no/cert.pem' }, /: a client certificate and its key must be given together$/],
    ] as const) {
      const store = openStore('etcds://127.0.0.1:1', options);
      await assert.rejects(store.read('x'), { name: 'StoreError', code: 'address', message });
      await store.close();
    }
  });
});
