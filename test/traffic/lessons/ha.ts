import assert from 'node:assert/strict';
import { toolsOf } from '../../lab/debian/tool.ts';
import type { Layout } from '../../lab/world.ts';
import type { Answer } from '../agent.ts';
import { oneNetwork, twoDirectorsLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { type Stage, shares } from '../stage.ts';
import { rulesBesideChecker } from './rules-beside-checker.ts';

const { vip, servers, addresses, director } = oneNetwork;
const service = { address: vip, port: 80 };
const folder = '/run/lab';
const directors = ['director', 'backup'] as const;
type Director = (typeof directors)[number];

/** VRRP priorities: the director with the highest one has the VIP. */
const priorities: Readonly<Record<Director, number>> = { director: 150, backup: 100 };

/** Returns the machines: keepalived gives a director the VIP, so neither has it at first. */
function layout(): Layout {
  const machines = twoDirectorsLayout();
  const { routes = [], settings = {} } = machines.backup ?? {};
  return { ...machines, director: { networks: { lan: [`${director}/24`] }, routes, settings } };
}

function configuration(name: Director): string[] {
  return [
    'vrrp_instance web {',
    '    state BACKUP',
    '    interface lan',
    '    virtual_router_id 51',
    `    priority ${priorities[name]}`,
    '    advert_int 1',
    '    virtual_ipaddress {',
    `        ${vip}/32 dev lan`,
    '    }',
    '}',
    `virtual_server ${vip} 80 {`,
    '    delay_loop 1',
    '    lvs_sched rr',
    '    lvs_method DR',
    '    protocol TCP',
    ...addresses.flatMap((address) => [
      `    real_server ${address} 80 {`,
      '        inhibit_on_failure',
      '        TCP_CHECK {',
      '            connect_timeout 2',
      '            retry 0',
      '        }',
      '    }',
    ]),
    '}',
  ];
}

/** Two directors with keepalived, one of which fails. */
export const ha: Lesson = {
  name: 'ha',
  title: 'two directors with keepalived, and one fails in a download',
  introduction: [
    'client ──┬── director, priority 150',
    '         ├── backup,   priority 100',
    '         └── web1, web2, web3',
    '',
    'keepalived does two things here. By VRRP the directors agree who has the virtual',
    'address, and its checkers make the service and weigh its servers, on both.',
    'What it leaves to others: open connections (sync daemons), and other services.',
  ],
  layout: layout(),
  serving: Object.fromEntries(servers.map((name) => [name, [{ port: 80 }]])),
  tools: () => toolsOf('keepalived'),
  url: `http://${vip}/`,
  steps: [
    {
      title: 'keepalived makes the service, and gives one director the address',
      words: [
        `The other one has the same file, with priority ${priorities.backup}. The options -p, -r and -c`,
        'are here because the machines of the lab share their files.',
      ],
      proof: async (stage) => {
        for (const name of directors)
          await stage.run(`cat >${folder}/${name}.conf <<END\n${configuration(name).join('\n')}\nEND`, name);
        await stage.type(`cat ${folder}/director.conf`);
        for (const name of directors) await stage.type(startOf(name), name);
        await untilHolder(stage, 'director', 'backup');
        for (const name of directors) await untilWeights(stage, name, [1, 1, 1]);
        await stage.type('ip -4 -brief address show dev lan');
        await stage.type('ip -4 -brief address show dev lan', 'backup');
        await stage.type('ipvsadm -Ln', 'backup');
        assert.deepEqual(shares(await stage.visit(service, { times: 6 })), { web1: 2, web2: 2, web3: 2 });
      },
    },
    {
      title: 'A checker gives a server that fails weight 0, on both directors',
      proof: async (stage) => {
        await stage.agent('web2').refuse(80);
        stage.note('web2 accepts no connections any more');
        for (const name of directors) await untilWeights(stage, name, [1, 0, 1]);
        await stage.type('ipvsadm -Ln');
        assert.deepEqual(shares(await stage.visit(service, { times: 4 })), { web1: 2, web3: 2 });
      },
    },
    {
      title: 'A rollout beside it leaves that weight alone',
      words: [
        'The rules that an administrator keeps say 1 for web2. With --keep-weights they',
        'change all else: here, a service is added, on both directors.',
      ],
      proof: async (stage) => {
        await stage.run(`cat >${folder}/new.rules <<END\n${rulesBesideChecker.join('\n')}\nEND`);
        await stage.type(`cat ${folder}/new.rules`);
        for (const name of directors) {
          await stage.type(`ipvsadm-restore --keep-weights ${folder}/new.rules`, name);
          const saved = await stage.type('ipvsadm -Sn', name);
          assert.ok(saved.includes(`-r ${addresses[1]}:80 -g -w 0\n`), saved);
          assert.ok(saved.includes(`-A -u ${vip}:53 -s rr\n`), saved);
        }
        await stage.agent('web2').serve({ port: 80 });
        stage.note('web2 accepts connections again');
        for (const name of directors) await untilWeights(stage, name, [1, 1, 1]);
      },
    },
    {
      title: 'Sync daemons, both on both: it does not matter who takes over',
      typed: directors.flatMap((on) =>
        ['master', 'backup'].map((role) => ({
          on,
          line: `ipvsadm --start-daemon ${role} --mcast-interface lan --syncid 51`,
        })),
      ),
      proof: async (stage) => {
        stage.note('the doctor finds nothing, and the same table on both:');
        await stage.run(`ipvsadm -Sn --all >${folder}/director.rules`);
        await stage.type('ipvsadm --doctor');
        await stage.type(`ipvsadm --doctor --expect ${folder}/director.rules`, 'backup');
      },
    },
    {
      title: 'The director fails, and a download that is under way goes on',
      words: ['Its cable is drawn: the other one hears no more of it, and takes the address.'],
      proof: async (stage) => {
        const download = await stage.agent('client').download(service, chunks, 50);
        stage.note(`the client begins a long download; ${download.server} sends it`);
        const known = await stage.eventually(
          () => stage.run('ipvsadm -Lnc', 'backup'),
          (connections) => connections.includes(`:${download.clientPort} `),
          20,
        );
        assert.ok(known.includes(`:${download.clientPort} `), 'the other director knows it');
        await stage.type('ipvsadm -Lnc', 'backup');
        await stage.type('ip link set lan down');
        const before = await stage.progress(download);
        await untilHolder(stage, 'backup', undefined);
        await stage.type('ip -4 -brief address show dev lan', 'backup');
        const bytes = await wholeDownload(stage, download);
        stage.note(`${before.bytes} bytes had come when it failed, and all ${bytes} came`);
      },
    },
    {
      title: 'New visits go on at the other director',
      proof: async (stage) => {
        assert.deepEqual(shares(await stage.visit(service, { times: 6 })), { web1: 2, web2: 2, web3: 2 });
        await stage.type('ipvsadm -Ln', 'backup');
      },
    },
    {
      title: 'The director is back, and takes the address again',
      words: ['It has the higher priority. With «nopreempt» the address stays where it is.'],
      proof: async (stage) => {
        const download = await stage.agent('client').download(service, chunks, 50);
        stage.note(`the client begins a long download; ${download.server} sends it`);
        await stage.type('ip link set lan up');
        await untilHolder(stage, 'director', 'backup');
        const bytes = await wholeDownload(stage, download);
        stage.note(`all ${bytes} bytes came`);
        await untilWeights(stage, 'director', [1, 1, 1]);
      },
    },
  ],
};

/** Number of chunks of a download, which takes longer than a takeover. */
const chunks = 400;

/** Waits until a download has ended, and checks that all of it came; returns the number of bytes. */
async function wholeDownload(stage: Stage, download: Answer): Promise<number> {
  const { error, bytes } = await stage.eventually(
    () => stage.progress(download),
    ({ ended, error }) => ended || error !== undefined,
    120,
  );
  assert.equal(error, undefined);
  assert.equal(bytes, chunks * 1000);
  return bytes;
}

/** Returns the command that starts keepalived on a director. */
function startOf(name: Director): string {
  const number = 1 + directors.indexOf(name);
  const pids = ['p', 'r', 'c'].map((letter) => `-${letter} ${letter}${number}`).join(' ');
  return `cd ${folder}; keepalived -f ${name}.conf ${pids}`;
}

/** Waits until one director has the VIP, and the other one, if given, does not. */
async function untilHolder(stage: Stage, holder: Director, other: Director | undefined): Promise<void> {
  const hasAddress = async (name: Director) =>
    (await stage.run('ip -4 address show dev lan', name)).includes(` ${vip}/`);
  const look = async () => [await hasAddress(holder), other ? await hasAddress(other) : false];
  const seen = await stage.eventually(look, ([has, has2]) => has === true && !has2, 60);
  assert.deepEqual(seen, [true, false], `${holder} has the virtual address`);
}

/** Waits until the servers of the web service have these weights on a director. */
async function untilWeights(stage: Stage, name: Director, wanted: readonly number[]): Promise<void> {
  const look = async () => {
    const table = await stage.run('ipvsadm -Sn', name);
    return addresses.map((address) => {
      const line = table.split('\n').find((one) => one.startsWith(`-a -t ${vip}:80 -r ${address}:80 `));
      return line === undefined ? undefined : Number(/-w (\d+)/.exec(line)?.[1]);
    });
  };
  const seen = await stage.eventually(look, (weights) => weights.join() === wanted.join(), 60);
  assert.deepEqual(seen, wanted, `weights on ${name}`);
}
