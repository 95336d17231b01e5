import assert from 'node:assert/strict';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { shares } from '../stage.ts';

const { vip, servers, addresses } = oneNetwork;

/** Persistence, which sends a returning client to the same server. */
export const persistence: Lesson = {
  name: 'persistence',
  title: 'persistence by client, by network and across ports',
  introduction: [
    'A persistent service (-p SECONDS) sends a client that returns within that time',
    'to the same server as before. The director remembers this in templates: entries',
    'in its connection table with client port 0, which stands for any port.',
  ],
  layout: oneNetworkLayout(),
  serving: Object.fromEntries(
    servers.map((name) => [
      name,
      [
        ...[80, 81, 8080, 8443].map((port) => ({ port })),
        { port: 53, protocol: 'udp', address: vip } as const,
      ],
    ]),
  ),
  steps: [
    {
      title: 'A returning client reaches the same server',
      typed: setUp(`-t ${vip}:80`, '-p 300'),
      proof: async (stage) => {
        const target = { address: vip, port: 80 };
        const one = await stage.visit(target, { times: 4, from: ['198.18.0.1'] });
        const two = await stage.visit(target, { times: 4, from: ['198.18.0.2'] });
        assert.equal(Object.keys(shares(one)).length, 1);
        assert.equal(Object.keys(shares(two)).length, 1);
        assert.notDeepEqual(shares(one), shares(two));
        const connections = await stage.type('ipvsadm -Lnc --persistent-conn');
        for (const client of ['198.18.0.1', '198.18.0.2'])
          assert.match(connections, template(client, `${vip}:80`));
        stage.note('the lines with client port 0 are the templates');
        const listing = await stage.type('ipvsadm -Ln --persistent-conn');
        assert.equal(listing.match(/:80 +1 +1 /g)?.length, 2);
      },
    },
    {
      title: 'With -M, all clients of one network reach the same server',
      typed: setUp(`-t ${vip}:81`, '-p 300 -M 255.255.255.128'),
      proof: async (stage) => {
        const target = { address: vip, port: 81 };
        const below = ['198.18.0.1', '198.18.0.2', '198.18.0.3', '198.18.0.127'];
        const above = ['198.18.0.128', '198.18.0.200'];
        const lower = await stage.visit(target, { times: below.length, from: below });
        const upper = await stage.visit(target, { times: above.length, from: above });
        assert.equal(Object.keys(shares(lower)).length, 1);
        assert.equal(Object.keys(shares(upper)).length, 1);
        assert.notDeepEqual(Object.keys(shares(lower)), Object.keys(shares(upper)));
        const connections = await stage.type('ipvsadm -Lnc');
        assert.match(connections, template('198.18.0.0', `${vip}:81`));
        assert.match(connections, template('198.18.0.128', `${vip}:81`));
      },
    },
    {
      title: 'A service on port 0 covers all ports, and a client has one server for all',
      typed: setUp(`-t ${vip}:0`, '-p 300'),
      proof: async (stage) => {
        for (const client of ['198.18.0.1', '198.18.0.2', '198.18.0.3']) {
          const from = [client];
          const http = await stage.visit({ address: vip, port: 8080 }, { from });
          const https = await stage.visit({ address: vip, port: 8443 }, { from });
          assert.deepEqual(shares(http), shares(https));
        }
        assert.match(await stage.run('ipvsadm -Lnc'), template('198.18.0.1', `${vip}:0`));
      },
    },
    {
      title: 'After the timeout, a client counts as new',
      words: ['The timeout of a template starts again with each connection.'],
      typed: ['ipvsadm --set 0 0 3', ...setUp(`-u ${vip}:53`, '-p 4')],
      proof: async (stage) => {
        const target = { address: vip, port: 53 };
        const early = await stage.sendAnswered(target, { times: 4, newPorts: true });
        assert.equal(Object.keys(shares(early)).length, 1);
        assert.match(await stage.type('ipvsadm -Lnc | grep UDP'), template('192.168.10.10', `${vip}:53`));
        const left = await stage.eventually(
          () => stage.run('ipvsadm -Lnc'),
          (connections) => !connections.includes('UDP'),
          20,
        );
        assert.ok(!left.includes('UDP'));
        stage.note('a few seconds later, the entries are gone');
        const late = await stage.sendAnswered(target, { times: 2, newPorts: true });
        assert.notDeepEqual(Object.keys(shares(late)), Object.keys(shares(early)));
      },
    },
  ],
};

function setUp(service: string, options: string): string[] {
  return [
    `ipvsadm -A ${service} -s rr ${options}`,
    ...addresses.map((address) => `ipvsadm -a ${service} -r ${address} -g`),
  ];
}

/** Returns a pattern for the line of a persistence template. */
function template(client: string, service: string): RegExp {
  return new RegExp(`^\\w+ +[0-9:]+ +\\S+ +${client.replaceAll('.', '\\.')}:0 +${service} `, 'm');
}
