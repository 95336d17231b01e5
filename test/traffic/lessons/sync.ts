import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../agent.ts';
import { oneNetwork, twoDirectorsLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import type { Stage } from '../stage.ts';

const { vip, servers, addresses } = oneNetwork;

const service = { address: vip, port: 80 };

const rules = [
  `ipvsadm -A -t ${vip}:80 -s rr`,
  ...addresses.map((address) => `ipvsadm -a -t ${vip}:80 -r ${address} -g`),
];

/** Two directors, one of which takes over. */
export const sync: Lesson = {
  name: 'sync',
  title: 'two directors, and a download that survives a failover',
  introduction: [
    'client ──┬── director, which has the virtual address first',
    '         ├── backup, which takes it over',
    '         └── web1, web2, web3',
    '',
    'One director sends its connections by multicast (--start-daemon master), and the',
    'other receives them (--start-daemon backup). When the other takes over, open',
    'connections continue with the servers they have.',
  ],
  layout: twoDirectorsLayout(),
  serving: Object.fromEntries(servers.map((name) => [name, [{ port: 80 }]])),
  steps: [
    {
      title: 'Two directors with the same services',
      typed: [...rules, ...rules.map((line) => ({ on: 'backup', line }))],
    },
    {
      title: 'Without synchronisation, a failover breaks an open download',
      words: ['The other director does not know the connection and resets it.'],
      proof: async (stage) => {
        const download = await begin(stage);
        await move(stage, 'director', 'backup');
        const { bytes } = await stage.eventually(
          () => stage.progress(download),
          ({ ended, error }) => ended || error !== undefined,
        );
        assert.ok(bytes < chunks * 1000);
        stage.note(`it broke off after ${bytes} of ${chunks * 1000} bytes`);
        await move(stage, 'backup', 'director');
      },
    },
    {
      title: 'One director sends, the other receives',
      typed: [
        'ipvsadm --start-daemon master --mcast-interface lan --syncid 7',
        { on: 'backup', line: 'ipvsadm --start-daemon backup --mcast-interface lan --syncid 7' },
      ],
      proof: async (stage) => {
        assert.match(
          await stage.type('ipvsadm -L --daemon'),
          /^master sync daemon \(mcast=lan, syncid=7, .*\)\n$/,
        );
        assert.match(
          await stage.type('ipvsadm -L --daemon', 'backup'),
          /^backup sync daemon \(mcast=lan, syncid=7, .*\)\n$/,
        );
      },
    },
    {
      title: 'Connections of one director appear on the other',
      proof: async (stage) => {
        const [visit] = await stage.visit(service, { hold: true });
        assert.ok(visit);
        const line = new RegExp(`ESTABLISHED +\\S+:${visit.clientPort} +${vip}:80 +${addressOf(visit)}:80`);
        // A connection is synchronised only after some packets.
        const look = async () => {
          await stage.again([visit]);
          return stage.run('ipvsadm -Lnc', 'backup');
        };
        assert.match(await stage.eventually(look, (seen) => line.test(seen)), line);
        await stage.type('ipvsadm -Lnc', 'backup');
        await stage.release([visit]);
      },
    },
    {
      title: 'An open download survives a failover',
      proof: async (stage) => {
        const download = await begin(stage);
        const known = (connections: string) => connections.includes(`:${download.clientPort} `);
        const look = () => stage.run('ipvsadm -Lnc', 'backup');
        assert.ok(known(await stage.eventually(look, known)), 'the other director has the connection');
        await move(stage, 'director', 'backup');
        const before = await stage.progress(download);
        const after = await stage.eventually(
          () => stage.progress(download),
          ({ bytes, error }) => bytes > before.bytes + 20_000 || error !== undefined,
        );
        assert.equal(after.error, undefined);
        stage.note(`${before.bytes} bytes had arrived when the address moved, ${after.bytes} a little later`);
        const done = await stage.eventually(
          () => stage.progress(download),
          ({ ended }) => ended,
          30,
        );
        assert.deepEqual(done.bytes, chunks * 1000);
        stage.note(`all ${done.bytes} bytes arrived from ${download.server}`);
      },
    },
    {
      title: 'New requests reach the new director',
      proof: async (stage) => {
        await stage.visit(service, { times: 3 });
        const connections = await stage.type('ipvsadm -Lnc', 'backup');
        assert.ok((connections.match(/^TCP .*192\.168\.10\.120:80 /gm)?.length ?? 0) >= 3);
      },
    },
    {
      title: 'A director can send and receive at the same time',
      words: ['With both daemons on both directors, either can take over from the other.'],
      typed: [{ on: 'backup', line: 'ipvsadm --start-daemon master --mcast-interface lan --syncid 8' }],
      proof: async (stage) => {
        assert.match(
          await stage.type('ipvsadm -L --daemon', 'backup'),
          /^master sync daemon \(mcast=lan, syncid=8, .*\)\nbackup sync daemon \(mcast=lan, syncid=7, .*\)\n$/,
        );
      },
    },
  ],
};

const chunks = 160;

/** Begins a download of some seconds. */
async function begin(stage: Stage): Promise<Answer> {
  const download = await stage.agent('client').download(service, chunks, 50);
  stage.note(`the client starts a long download from ${download.server}`);
  await sleep(500);
  return download;
}

/** Moves the VIP from one director to the other. */
async function move(stage: Stage, from: string, to: string): Promise<void> {
  await stage.type(`ip address del ${vip}/32 dev lan`, from);
  await stage.type(`ip address add ${vip}/32 dev lan`, to);
  // The effect of keepalived's gratuitous ARP.
  await stage.type('ip neighbour flush dev lan', 'client');
}

function addressOf({ server }: Answer): string {
  const names: readonly string[] = servers;
  return addresses[names.indexOf(server)] ?? '';
}
