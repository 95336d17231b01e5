import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { forwardingSteps } from '../forwarding.ts';
import { twoNetworks, twoNetworksLayout } from '../layouts.ts';
import type { Lesson, Step } from '../lesson.ts';
import type { Stage } from '../stage.ts';

const { vip, vip6, servers, addresses, addresses6, client, client6 } = twoNetworks;

const drawing = ['client ───── director ──┬── web1', '     outside    inside  └── web2', ''];

const serving = Object.fromEntries(servers.map((name) => [name, [{ port: 8080 }]]));

/** Network address translation: the director rewrites packets both ways. */
export const nat: Lesson = {
  name: 'nat',
  title: 'NAT, with another port on the servers',
  introduction: [
    ...drawing,
    'With NAT the director writes the address and port of a server into the packets',
    'of the client, and its own into the answers. So the answers have to pass it:',
    'it is the gateway of the servers, and forwards (net.ipv4.ip_forward=1).',
    'The servers may listen at another port, and need to know nothing of it all.',
  ],
  layout: twoNetworksLayout,
  serving,
  url: `http://${vip}/`,
  steps: [
    {
      title: 'Port 80 of the virtual address becomes port 8080 of two servers',
      typed: [
        `ipvsadm -A -t ${vip}:80 -s rr`,
        `ipvsadm -a -t ${vip}:80 -r ${addresses[0]}:8080 -m`,
        `ipvsadm -a -t ${vip}:80 -r ${addresses[1]}:8080 -m`,
        'ipvsadm -Ln',
      ],
    },
    ...forwardingSteps({
      service: { address: vip, port: 80 },
      client,
      servers: {
        web1: { address: addresses[0], port: 8080 },
        web2: { address: addresses[1], port: 8080 },
      },
      answers: 'through the director',
    }),
    rates(),
  ],
};

/** The same over IPv6. */
export const nat6: Lesson = {
  name: 'nat6',
  title: 'NAT over IPv6',
  introduction: [
    ...drawing,
    'NAT works the same with IPv6 (net.ipv6.conf.all.forwarding=1). Addresses with',
    'a port stand in brackets.',
  ],
  layout: twoNetworksLayout,
  serving,
  url: `http://[${vip6}]/`,
  steps: [
    {
      title: 'Port 80 of the virtual address becomes port 8080 of two servers',
      typed: [
        `ipvsadm -A -t [${vip6}]:80 -s rr`,
        `ipvsadm -a -t [${vip6}]:80 -r [${addresses6[0]}]:8080 -m`,
        `ipvsadm -a -t [${vip6}]:80 -r [${addresses6[1]}]:8080 -m`,
        'ipvsadm -Ln',
      ],
    },
    ...forwardingSteps({
      service: { address: vip6, port: 80 },
      client: client6,
      servers: {
        web1: { address: addresses6[0], port: 8080 },
        web2: { address: addresses6[1], port: 8080 },
      },
      answers: 'through the director',
    }),
  ],
};

function rates(): Step {
  return {
    title: 'The rates of --rate follow the traffic',
    words: ['They are smoothed: it takes them some seconds to get near the true ones.'],
    proof: async (stage) => {
      const { visits, seconds } = await keepVisiting(stage, 4500);
      const listed = await stage.listed('--rate');
      await stage.type('ipvsadm -Ln --rate');
      const { connections = 0, inPackets = 0, outPackets = 0 } = listed.get(`${vip}:80`) ?? {};
      const truth = visits / seconds;
      stage.note(`${visits} visits in ${seconds.toFixed(1)} seconds are ${truth.toFixed(1)} in each`);
      assert.ok(connections > truth / 5 && connections < 2 * truth, `${connections} per second`);
      assert.ok(inPackets > connections && outPackets > connections);
    },
  };
}

/** Visits the service at an even pace. */
async function keepVisiting(
  stage: Stage,
  milliseconds: number,
): Promise<{ visits: number; seconds: number }> {
  const start = Date.now();
  let visits = 0;
  while (Date.now() - start < milliseconds) {
    visits += (await stage.agent('client').visit({ address: vip, port: 80 }, { times: 5 })).length;
    await sleep(100);
  }
  return { visits, seconds: (Date.now() - start) / 1000 };
}
