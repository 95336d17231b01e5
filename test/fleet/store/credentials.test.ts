import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { readPassword, readTlsMaterial } from '../../../src/fleet/store/credentials.ts';

describe('a file with credentials that cannot be read', () => {
  it('is named, with the reason', async () => {
    await assert.rejects(readPassword('etcd://a:1', '/nowhere/password'), {
      message: 'etcd://a:1: cannot read /nowhere/password: No such file or directory',
    });
    await assert.rejects(readTlsMaterial('etcds://a:1', { caFile: tmpdir() }), {
      message: `etcds://a:1: cannot read ${tmpdir()}: Is a directory`,
    });
  });
});
