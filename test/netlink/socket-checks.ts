import assert from 'node:assert/strict';
import { openSocket } from '#transport';
import { Connection } from '../../src/netlink/connection.ts';
import { NETLINK_GENERIC } from '../../src/netlink/constants.ts';
import { GenericFamily } from '../../src/netlink/generic.ts';

/** What holds of a transport on a kernel, in each runtime that there is one for. */
export const checks: Readonly<Record<string, () => void | Promise<void>>> = {
  'says which port it has and how much it can hold'() {
    const [one, other] = [openSocket(NETLINK_GENERIC), openSocket(NETLINK_GENERIC)];
    assert.notEqual(one.port, other.port);
    assert.ok(one.receiveBufferSize >= 200_000);
    one.close();
    other.close();
  },

  'tells why it could not be opened'() {
    assert.throws(() => openSocket(1000), { code: 'SYSTEM', errnoName: 'EPROTONOSUPPORT' });
  },

  async 'finds the families that there are'() {
    const connection = new Connection(openSocket(NETLINK_GENERIC));
    assert.equal((await GenericFamily.find(connection, 'nlctrl')).id, 0x10);
    await assert.rejects(GenericFamily.find(connection, 'NONE'), { code: 'FAMILY_NOT_FOUND' });
    connection.close();
  },

  async 'can be closed by what an answer sets off'() {
    for (let round = 0; round < 20; round++) {
      const connection = new Connection(openSocket(NETLINK_GENERIC));
      const pending = [1, 2, 3].map(() => GenericFamily.find(connection, 'nlctrl'));
      await pending[0]?.then(() => connection.close());
      const results = await Promise.allSettled(pending);
      const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'found'));
      // Whether one that was made before is carried out is a matter of moments.
      assert.equal(codes[0], 'found');
      assert.ok(codes.every((code) => code === 'found' || code === 'CLOSED'));
      await assert.rejects(GenericFamily.find(connection, 'nlctrl'), { code: 'CLOSED' });
    }
  },

  async 'can be closed twice, and is silent then'() {
    const transport = openSocket(NETLINK_GENERIC);
    transport.listen({
      datagram: () => assert.fail('a datagram came'),
      error: (error) => assert.fail(error),
    });
    transport.close();
    transport.close();
    await new Promise(setImmediate);
  },
};

if (process.argv[1] === import.meta.filename) await tellOutcomes();

/** Runs the checks and prints as JSON what each came to: nothing, or its error. */
async function tellOutcomes(): Promise<void> {
  const outcomes: Record<string, string> = {};
  for (const [title, check] of Object.entries(checks)) {
    try {
      await check();
      outcomes[title] = '';
    } catch (error) {
      outcomes[title] = String(error);
    }
  }
  process.stdout.write(JSON.stringify(outcomes));
}
