import assert from 'node:assert/strict';
import { answeringSteps } from '../forwarding.ts';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';

const { vip, director, addresses, client } = oneNetwork;

/** A real server on the director itself. */
export const local: Lesson = {
  name: 'local',
  title: 'a real server on the director itself',
  introduction: [
    'The director can itself be one of the real servers: packets for its own address',
    'are not forwarded, but delivered to the programs on it. With direct routing, the',
    'virtual address remains their destination.',
  ],
  layout: oneNetworkLayout(),
  serving: { director: [{ port: 80 }, { port: 8080 }], web1: [{ port: 80 }] },
  url: `http://${vip}/`,
  steps: [
    {
      title: 'One real server is another machine, the other is the director',
      typed: [
        `ipvsadm -A -t ${vip}:80 -s rr`,
        `ipvsadm -a -t ${vip}:80 -r ${addresses[0]} -g`,
        `ipvsadm -a -t ${vip}:80 -r ${director} -g`,
        'ipvsadm -Ln',
      ],
    },
    ...answeringSteps({
      service: { address: vip, port: 80 },
      client,
      servers: { web1: 'virtual', director: 'virtual' },
      through: ['director'],
    }),
    {
      title: 'With NAT, a server on the director may use a different port',
      words: ['Its address must be one that clients can reach, so not 127.0.0.1.'],
      typed: [
        `ipvsadm -A -t ${vip}:88 -s rr`,
        `ipvsadm -a -t ${vip}:88 -r ${director}:8080 -m`,
        `ipvsadm -Ln -t ${vip}:88`,
      ],
      proof: async (stage) => {
        const [visit] = await stage.visit({ address: vip, port: 88 });
        assert.deepEqual([visit?.reached, visit?.reachedPort, visit?.peer], [director, 8080, vip]);
        stage.note(`it arrived at ${director}:8080, and the answer came from ${vip}`);
        const counted = await stage.eventually(
          async () => (await stage.listed()).get(`${vip}:88`),
          (counters) => (counters?.outPackets ?? 0) > 0,
        );
        assert.equal(counted?.connections, 1);
        assert.ok(counted.inPackets > 0 && counted.outPackets > 0);
        stage.note('with NAT, the director counts the answers too');
      },
    },
  ],
};
