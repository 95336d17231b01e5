import assert from 'node:assert/strict';
import type { Layout } from '../../lab/world.ts';
import { twoNetworks, twoNetworksLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { type Stage, shares } from '../stage.ts';

const { vip, servers, addresses, client } = twoNetworks;
const service = { address: vip, port: 80 };
const inside = '10.0.0.1';
const router = { outside: '192.0.2.254', inside: '10.0.0.254' };

/** The machines: the gateway of the servers is a router, not the director. */
const layout: Layout = {
  ...twoNetworksLayout,
  router: {
    networks: { outside: [`${router.outside}/24`], inside: [`${router.inside}/24`] },
    settings: twoNetworksLayout.director?.settings ?? {},
  },
  ...Object.fromEntries(
    servers.map((name, index) => [
      name,
      { networks: { inside: [`${addresses[index]}/24`] }, routes: [`default via ${router.inside}`] },
    ]),
  ),
};

/** NAT to servers that have no route back through the director. */
export const fullnat: Lesson = {
  name: 'fullnat',
  title: 'full NAT, for servers with no route back through the director',
  introduction: [
    'client ──┬── director ──┬── web1',
    '         └── router ────┴── web2',
    '',
    'With NAT, answers must pass through the director, but the gateway of these',
    'servers is another machine. Full NAT also replaces the source address by that of',
    'the director, so that answers return to it. Linux has no forwarding method for',
    'this; it takes NAT, a masquerading rule and net.ipv4.vs.conntrack=1 together.',
  ],
  layout,
  serving: Object.fromEntries(servers.map((name) => [name, [{ port: 8080 }]])),
  notUml: 'The kernel of User-mode Linux does not support nftables for IPv4.',
  url: `http://${vip}/`,
  steps: [
    {
      title: 'NAT alone: the answers bypass the director',
      words: ['The client gets answers from an address that it has not contacted.'],
      typed: [
        `ipvsadm -A -t ${vip}:80 -s rr`,
        ...addresses.map((address) => `ipvsadm -a -t ${vip}:80 -r ${address}:8080 -m`),
      ],
      proof: async (stage) => {
        // The doctor looks for nft there; the lab may have it elsewhere.
        await stage.run('[ -e /usr/sbin/nft ] || ln -s "$(command -v nft)" /usr/sbin/nft');
        await assertNoAnswers(stage);
        const seen = await stage.type('ipvsadm --doctor || true');
        assert.match(seen, /^1\. No answers from 2 servers come back through the director\.$/m);
      },
    },
    {
      title: 'net.ipv4.vs.conntrack alone changes nothing',
      typed: ['echo 1 >/proc/sys/net/ipv4/vs/conntrack'],
      proof: async (stage) => {
        await assertNoAnswers(stage);
        const seen = (await stage.type('ipvsadm --doctor || true')).replaceAll(/\s+/g, ' ');
        assert.match(seen, /conntrack is 1, but no rule masquerades packets to 2 servers/);
      },
    },
    {
      title: 'A masquerading rule alone does not see the packets that IPVS sends',
      typed: [
        'echo 0 >/proc/sys/net/ipv4/vs/conntrack',
        'nft add table ip nat',
        "nft 'add chain ip nat out { type nat hook postrouting priority 100; }'",
        'nft add rule ip nat out oifname inside ip daddr 10.0.0.0/24 masquerade',
      ],
      proof: async (stage) => {
        await assertNoAnswers(stage);
        const seen = await stage.type('ipvsadm --doctor || true');
        assert.match(seen, /^1\. IPVS packets to 2 servers are not masqueraded\.$/m);
      },
    },
    {
      title: 'With both together, every server answers',
      typed: ['echo 1 >/proc/sys/net/ipv4/vs/conntrack'],
      proof: async (stage) => {
        const visits = await stage.visit(service, { times: 8 });
        assert.deepEqual(shares(visits), { web1: 4, web2: 4 });
        for (const { peer } of visits) assert.equal(peer, vip);
        stage.note(`every answer came from ${vip}`);
        const seen = await stage.type('ipvsadm --doctor');
        assert.match(seen, /^No problems found with 1 service\.$/m);
      },
    },
    {
      title: "Drawback: the servers do not see the client's address",
      words: [
        "All clients look the same in a server's log and to its address-based rules.",
        'Direct routing, tunnels and NAT alone preserve the address.',
      ],
      proof: async (stage) => {
        for (const { server, client: seen } of await stage.visit(service, { times: 2 })) {
          assert.equal(seen, inside);
          stage.note(`${server} saw ${seen}, although the client is ${client}`);
        }
      },
    },
    {
      title: 'Drawback: each connection needs a conntrack entry',
      words: [
        'It comes on top of the IPVS entry. At nf_conntrack_max, new clients get no',
        'answer. And one source address has only 64,512 ports for each server.',
      ],
      proof: async (stage) => {
        const count = '/proc/sys/net/netfilter/nf_conntrack_count';
        const before = Number(await stage.type(`cat ${count}`));
        const visits = 20;
        await stage.visit(service, { times: visits });
        const after = Number(await stage.type(`cat ${count}`));
        await stage.type('cat /proc/sys/net/netfilter/nf_conntrack_max');
        assert.ok(after >= before + visits, `${before} and ${after} entries`);
      },
    },
    {
      title: 'Drawback: all answers pass through the director',
      proof: async (stage) => {
        const received = async () => (await stage.interfaces('director')).get('inside')?.received.bytes ?? 0;
        const before = await received();
        await stage.visit(service, { bytes });
        const passed = (await received()) - before;
        assert.ok(passed >= bytes, `${passed} bytes`);
        stage.note(`meanwhile the director received ${passed} bytes from the servers`);
      },
    },
  ],
};

const bytes = 300_000;

async function assertNoAnswers(stage: Stage): Promise<void> {
  const visits = await stage.tryToVisit(service, { times: 8, patience: 700 });
  for (const visit of visits) assert.ok('error' in visit, JSON.stringify(visit));
}
