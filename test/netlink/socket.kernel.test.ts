import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Connection } from '../../src/netlink/connection.ts';
import { NETLINK_GENERIC } from '../../src/netlink/constants.ts';
import { GenericFamily } from '../../src/netlink/generic.ts';
import { openSocket } from '../../src/netlink/native-transport.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';

kernelSuite(import.meta.url, 'a netlink socket', () => {
  it('says which port it has and how much it can hold', () => {
    const [one, other] = [openSocket(NETLINK_GENERIC), openSocket(NETLINK_GENERIC)];
    assert.notEqual(one.port, other.port);
    assert.ok(one.receiveBufferSize >= 200_000);
    one.close();
    other.close();
  });

  it('tells why it could not be opened', () => {
    assert.throws(() => openSocket(1000), { code: 'SYSTEM', errnoName: 'EPROTONOSUPPORT' });
  });

  it('finds the families that there are', async () => {
    const connection = new Connection(openSocket(NETLINK_GENERIC));
    assert.equal((await GenericFamily.find(connection, 'nlctrl')).id, 0x10);
    await assert.rejects(GenericFamily.find(connection, 'NONE'), { code: 'FAMILY_NOT_FOUND' });
    connection.close();
  });

  it('can be closed by what an answer sets off', async () => {
    for (let round = 0; round < 20; round++) {
      const connection = new Connection(openSocket(NETLINK_GENERIC));
      const pending = [1, 2, 3].map(() => GenericFamily.find(connection, 'nlctrl'));
      await pending[0]?.then(() => connection.close());
      const results = await Promise.allSettled(pending);
      const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'found'));
      // The second may have been answered while it was sent.
      assert.equal(codes[0], 'found');
      assert.equal(codes[2], 'CLOSED');
    }
  });
});
