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
  title: 'two directors with keepalived, one of which fails',
  introduction: [
    'client ──┬── director, priority 150',
    '         ├── backup,   priority 100',
    '         └── web1, web2, web3',
    '',
    'keepalived does two things here: it gives the virtual address to one director',
    '(VRRP), and on both it creates the service and sets weights (health checks).',
    'It handles neither open connections (sync daemons do) nor other services.',
  ],
  layout: layout(),
  serving: Object.fromEntries(servers.map((name) => [name, [{ port: 80 }]])),
  tools: () => toolsOf('keepalived'),
  url: `http://${vip}/`,
  steps: [
    {
      title: 'keepalived creates the service, and gives one director the address',
      words: [
        `The other director has the same file, with priority ${priorities.backup}. The options -p, -r`,
        'and -c are needed only because the machines of the lab share their files.',
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
      title: 'A failed server gets weight 0, on both directors',
      proof: async (stage) => {
        await stage.agent('web2').refuse(80);
        stage.note('web2 no longer accepts connections');
        for (const name of directors) await untilWeights(stage, name, [1, 0, 1]);
        await stage.type('ipvsadm -Ln');
        assert.deepEqual(shares(await stage.visit(service, { times: 4 })), { web1: 2, web3: 2 });
      },
    },
    {
      title: 'New rules do not change the weight of the failed server',
      words: [
        "The administrator's rules give web2 weight 1. With --keep-weights, the weights",
        'in the table stay, and the rest is applied: here, a service is added on both.',
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
      title: 'With both sync daemons on both directors, either can take over',
      typed: directors.flatMap((on) =>
        ['master', 'backup'].map((role) => ({
          on,
          line: `ipvsadm --start-daemon ${role} --mcast-interface lan --syncid 51`,
        })),
      ),
      proof: async (stage) => {
        stage.note('ipvsadm --doctor finds no problem, and the same table on both:');
        await stage.run(`ipvsadm -Sn --all >${folder}/director.rules`);
        await stage.type('ipvsadm --doctor');
        await stage.type(`ipvsadm --doctor --expect ${folder}/director.rules`, 'backup');
      },
    },
    {
      title: 'The director fails, and an open download continues',
      words: ['Its cable is unplugged: the other one no longer hears it, and takes the address.'],
      proof: async (stage) => {
        const download = await stage.agent('client').download(service, chunks, 50);
        stage.note(`the client starts a long download from ${download.server}`);
        const known = await stage.eventually(
          () => stage.run('ipvsadm -Lnc', 'backup'),
          (connections) => connections.includes(`:${download.clientPort} `),
          20,
        );
        assert.ok(known.includes(`:${download.clientPort} `), 'the other director has the connection');
        await stage.type('ipvsadm -Lnc', 'backup');
        await stage.type('ip link set lan down');
        const before = await stage.progress(download);
        await untilHolder(stage, 'backup', undefined);
        await stage.type('ip -4 -brief address show dev lan', 'backup');
        const bytes = await wholeDownload(stage, download);
        stage.note(`${before.bytes} bytes had arrived when it failed; in the end all ${bytes} had`);
      },
    },
    {
      title: 'New requests reach the other director',
      proof: async (stage) => {
        assert.deepEqual(shares(await stage.visit(service, { times: 6 })), { web1: 2, web2: 2, web3: 2 });
        await stage.type('ipvsadm -Ln', 'backup');
      },
    },
    {
      title: 'The director returns, and takes the address back',
      words: ['It has the higher priority. With nopreempt, the address would stay where it is.'],
      proof: async (stage) => {
        const download = await stage.agent('client').download(service, chunks, 50);
        stage.note(`the client starts a long download from ${download.server}`);
        await stage.type('ip link set lan up');
        await untilHolder(stage, 'director', 'backup');
        const bytes = await wholeDownload(stage, download);
        stage.note(`all ${bytes} bytes arrived`);
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
