import assert from 'node:assert/strict';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { shares } from '../stage.ts';

const { vip, addresses } = oneNetwork;

/** Connection thresholds, at which servers stop getting connections, and get them again. */
export const thresholds: Lesson = {
  name: 'thresholds',
  title: 'connection thresholds',
  introduction: [
    'A server gets no new connections once it reaches its upper threshold (-x), until',
    'it has fewer than its lower threshold (-y). UDP shows this fastest: its',
    'connections are forgotten after a time that can be set (--set).',
  ],
  layout: oneNetworkLayout(),
  serving: Object.fromEntries(
    ['web1', 'web2'].map((name) => [name, [{ port: 53, protocol: 'udp', address: vip }]]),
  ),
  steps: [
    {
      title: 'At its upper threshold, a server gets no new connections',
      typed: [
        'ipvsadm --set 0 0 4',
        `ipvsadm -A -u ${vip}:53 -s rr`,
        `ipvsadm -a -u ${vip}:53 -r ${addresses[0]} -g -x 2 -y 1`,
        `ipvsadm -a -u ${vip}:53 -r ${addresses[1]} -g`,
      ],
      proof: async (stage) => {
        const answers = await stage.sendAnswered({ address: vip, port: 53 }, { times: 8, newPorts: true });
        const listing = await stage.type('ipvsadm -Ln --thresholds');
        assert.deepEqual(shares(answers), { web1: 2, web2: 6 });
        assert.match(listing, new RegExp(`${addresses[0]}:53 +2 +1 +0 +2 *$`, 'm'));
      },
    },
    {
      title: 'Below its lower threshold, a server gets connections again',
      proof: async (stage) => {
        const isEmpty = (listing: string) =>
          !/ [1-9][0-9]* *$/m.test(listing.split('\n').slice(3).join('\n'));
        await stage.eventually(() => stage.run('ipvsadm -Ln --thresholds'), isEmpty);
        await stage.type('ipvsadm -Ln --thresholds');
        const answers = await stage.sendAnswered({ address: vip, port: 53 }, { times: 8, newPorts: true });
        assert.deepEqual(shares(answers), { web1: 2, web2: 6 });
      },
    },
  ],
};
