import assert from 'node:assert/strict';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';

const { vip, servers, addresses } = oneNetwork;

/** SCTP associations. */
export const sctp: Lesson = {
  name: 'sctp',
  title: 'SCTP associations',
  introduction: [
    'An SCTP association is scheduled like a TCP connection. A server should listen',
    'on the virtual address only: it tells the client all addresses it listens on.',
  ],
  layout: oneNetworkLayout(),
  serving: {},
  steps: [
    {
      title: 'Three SCTP servers',
      typed: servers.map((on) => ({
        on,
        line: `modprobe sctp; socat SCTP-LISTEN:80,bind=${vip},fork EXEC:'echo ${on}' >/dev/null 2>&1 &`,
      })),
      proof: async (stage) => {
        for (const name of servers) {
          const listens = (endpoints: string) => / 80 /.test(endpoints);
          const seen = await stage.eventually(() => stage.run('cat /proc/net/sctp/eps', name), listens);
          assert.ok(listens(seen), `${name} does not listen`);
        }
      },
    },
    {
      title: 'The servers take turns',
      typed: [
        `ipvsadm -A --sctp-service ${vip}:80 -s rr`,
        ...addresses.map((address) => `ipvsadm -a --sctp-service ${vip}:80 -r ${address} -g`),
      ],
      proof: async (stage) => {
        const answers = [];
        for (let visit = 0; visit < 6; visit++)
          answers.push((await stage.type(`socat -u -t 3 SCTP:${vip}:80 -`, 'client')).trim());
        assert.deepEqual(answers.toSorted(), ['web1', 'web1', 'web2', 'web2', 'web3', 'web3']);
      },
    },
    {
      title: 'The director tracks the associations',
      proof: async (stage) => {
        const connections = await stage.type('ipvsadm -Lnc');
        assert.equal(connections.match(/^SCTP .*192\.168\.10\.120:80 /gm)?.length, 6);
        const listed = await stage.eventually(
          () => stage.listed(),
          (all) => all.get(`${vip}:80`)?.connections === 6,
        );
        await stage.type('ipvsadm -Ln --stats');
        assert.equal(listed.get(`${vip}:80`)?.connections, 6);
      },
    },
  ],
};
