import assert from 'node:assert/strict';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { shares } from '../stage.ts';

const { vip, director, addresses } = oneNetwork;

/** A real server on the director itself. */
export const local: Lesson = {
  name: 'local',
  title: 'a real server on the director itself',
  introduction: [
    'The director can be one of the real servers: packets for its own address are',
    'not sent anywhere, but handed to the programs on it. With direct routing those',
    'are reached at the virtual address.',
  ],
  layout: oneNetworkLayout(),
  serving: { director: [{ port: 80 }, { port: 8080 }], web1: [{ port: 80 }] },
  url: `http://${vip}/`,
  steps: [
    {
      title: 'One server is elsewhere, one here',
      typed: [
        `ipvsadm -A -t ${vip}:80 -s rr`,
        `ipvsadm -a -t ${vip}:80 -r ${addresses[0]} -g`,
        `ipvsadm -a -t ${vip}:80 -r ${director} -g`,
        'ipvsadm -Ln',
      ],
      proof: async (stage) => {
        const visits = await stage.visit({ address: vip, port: 80 }, { times: 6 });
        assert.deepEqual(shares(visits), { director: 3, web1: 3 });
        for (const { peer, reached, reachedPort } of visits)
          assert.deepEqual([peer, reached, reachedPort], [vip, vip, 80]);
        stage.note('both were reached at the virtual address');
      },
    },
    {
      title: 'The connections of both are counted',
      proof: async (stage) => {
        const { sent } = await stage.machineCounters('client');
        const listed = await stage.eventually(
          () => stage.listed(),
          (all) => all.get(`${vip}:80`)?.inPackets === sent,
        );
        await stage.type('ipvsadm -Ln --stats');
        assert.equal(listed.get(`${vip}:80`)?.inPackets, sent);
        for (const server of [addresses[0], director])
          assert.equal(listed.get(`${server}:80`)?.connections, 3);
      },
    },
    {
      title: 'With NAT the port of a server here may be another one',
      words: ['The address must be one that clients can reach, so not 127.0.0.1.'],
      typed: [
        `ipvsadm -A -t ${vip}:88 -s rr`,
        `ipvsadm -a -t ${vip}:88 -r ${director}:8080 -m`,
        `ipvsadm -Ln -t ${vip}:88`,
      ],
      proof: async (stage) => {
        const [visit] = await stage.visit({ address: vip, port: 88 });
        assert.deepEqual([visit?.reached, visit?.reachedPort, visit?.peer], [director, 8080, vip]);
        stage.note(`it was reached at ${director}:8080, and answered as ${vip}`);
      },
    },
  ],
};
