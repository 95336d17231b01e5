import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findEtcd } from '../../fleet/etcd/package.ts';
import { clientAddress, directorsLayout, fleetPlan, serverLayout } from '../../fleet/lab/layout.ts';
import { quote } from '../../lab/shell-quote.ts';
import type { Lesson } from '../lesson.ts';
import type { Stage } from '../stage.ts';

const { vip, directors, store, servers } = fleetPlan;

const service = { address: vip, port: 80 };
/** The client's addresses: each reaches the VIP through another director. */
const from = directors.map((_, index) => clientAddress(index + 1));
const etcdUrl = `http://${store}:2379`;
const folder = '/run/lab';

/** Returns rules: servers by the last octets of their addresses, their port, and the interface of the sync daemon. */
function rules(numbers: readonly number[], port = 80, network = 'core'): string {
  return [
    `-A -t ${vip}:80 -s wlc`,
    ...numbers.map((number) => `-a -t ${vip}:80 -r 10.9.0.${number}:${port} -m -w 1`),
    `--start-daemon backup --mcast-interface ${network}`,
    '',
  ].join('\n');
}

const files: Readonly<Record<string, string>> = {
  'two.rules': rules([101, 102]),
  'three.rules': rules([101, 102, 103]),
  'beat.rules': rules([101, 102], 80, 'beat'),
  'port.rules': rules([101, 102], 81),
};

const agent = (name: string) => `ipvsadm-fleet agent --director ${name} --state-dir ${folder}/${name}`;
const etcd = {
  on: 'store',
  line: `etcd --data-dir ${folder}/etcd --listen-client-urls ${etcdUrl} --advertise-client-urls ${etcdUrl}`,
  background: true,
} as const;
const kill = (machine: string) => ({ on: machine, line: `kill -9 $(cat ${folder}/${machine}.pid)` });

/** Five directors, and rollouts to them. */
export const fleet: Lesson = {
  name: 'fleet',
  title: 'a fleet of five directors, updated in waves',
  introduction: [
    '           ┌── lb1 ──┐',
    '           ├── lb2 ──┤      ┌── web1, web2, web3',
    'client ────┼── lb3 ──┼──────┤',
    '           ├── lb4 ──┤      └── store, where etcd runs',
    '           └── lb5 ──┘',
    '',
    'Two pairs and a single director; all have the same virtual address. The client',
    'has an address for each director, through which it can test that one. It is your',
    'desk, too: here you publish rules as numbered revisions and roll them out.',
    'An agent on each director applies its target revision, and nothing else.',
  ],
  layout: {
    ...directorsLayout('lb4'),
    store: { networks: { core: [`${store}/24`] } },
    ...Object.fromEntries([0, 1, 2].map((index) => [`web${index + 1}`, serverLayout(servers[index] ?? '')])),
  },
  serving: { web1: [{ port: 80 }], web2: [{ port: 80 }], web3: [{ port: 80 }] },
  desk: 'client',
  environment: { IPVSADM_FLEET_STORE: `etcd://${store}:2379`, IPVSADM_FLEET_CONF: '/dev/null' },
  tools: async () => ({ path: [dirname((await findEtcd('3.5')).etcd)] }),
  memory: '1536M',
  steps: [
    {
      title: 'An etcd, and an agent on each director',
      words: ['The agents of lb2 to lb5 are started in the same way.'],
      typed: [etcd, { on: 'lb1', line: agent('lb1'), background: true }],
      proof: async (stage) => {
        for (const name of directors.slice(1)) stage.startSilently(agent(name), name);
        for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
        await untilStatus(stage, (status) => directors.every((name) => status.includes(`${name} `)));
        await stage.type('ipvsadm-fleet status');
      },
    },
    {
      title: 'The two directors of a pair are never updated at the same time',
      typed: [
        'ipvsadm-fleet group lb1 pair-a && ipvsadm-fleet group lb2 pair-a',
        'ipvsadm-fleet group lb3 pair-b && ipvsadm-fleet group lb4 pair-b',
      ],
    },
    {
      title: 'The first revision: planned by all, then rolled out to one, then to the others',
      words: ['--yes skips the confirmation, and --bake 1s waits a second after each wave.'],
      typed: [
        `cat ${folder}/two.rules`,
        `ipvsadm-fleet publish ${folder}/two.rules -m 'two servers'`,
        'ipvsadm-fleet rollout 1 --yes --bake 1s',
      ],
      proof: async (stage) => {
        await stage.visit(service, { times: 10, from });
        await allHave(stage, 'two.rules');
      },
    },
    {
      title: 'A rollout, while the client sends requests through all directors',
      typed: [`ipvsadm-fleet publish ${folder}/three.rules -m 'web3 helps'`, 'ipvsadm-fleet diff 2'],
      proof: async (stage) => {
        let visits = 0;
        let isOver = false;
        const crowd = (async () => {
          while (!isOver) {
            for (const visit of await stage.agent('client').visit(service, { times: 5, from })) {
              assert.ok(!('error' in visit), JSON.stringify(visit));
              visits++;
            }
            await sleep(20);
          }
        })();
        await stage.type('ipvsadm-fleet rollout 2 --yes --bake 1s').finally(() => {
          isOver = true;
        });
        await crowd;
        stage.note(`${visits} requests meanwhile, all of them answered`);
        await allHave(stage, 'three.rules');
      },
    },
    {
      title: 'A director refuses: the rollout halts, and its table is unchanged',
      words: ['The sync daemons are to use the interface beat, which lb4 does not have.'],
      typed: [
        `ipvsadm-fleet publish ${folder}/beat.rules -m 'beat, and web3 leaves'`,
        'ipvsadm-fleet rollout 3 --yes --bake 0; echo "exit status $?"',
      ],
      proof: async (stage) => {
        assert.equal(await stage.run('ipvsadm -Sn', 'lb4'), tableOf('three.rules'));
        assert.equal(await stage.run('ipvsadm -Sn', 'lb1'), tableOf('two.rules'));
        const status = await stage.type('ipvsadm-fleet status');
        assert.match(status, /^lb4 .*\n?.*refused: --start-daemon backup/m);
        assert.match(status, /rollout of revision 3: halted/);
        await stage.visit(service, { times: 10, from });
      },
    },
    {
      title: 'A rollback publishes a revision, too',
      typed: ['ipvsadm-fleet rollback', 'ipvsadm-fleet log'],
      proof: async (stage) => {
        await allHave(stage, 'three.rules');
      },
    },
    {
      title: 'Rules that every kernel accepts can still be wrong: a check detects that',
      words: [
        'Nothing listens on port 81. The check sends a request through each director of',
        'the wave; if that fails, the rollout is rolled back.',
      ],
      proof: async (stage) => {
        const client = join(import.meta.dirname, '../../lab/web-client.js');
        const visit = `${quote(process.execPath)} ${quote(client)} http://${vip}/ 10.1.\${one#lb}.10`;
        const check = `for one in $IPVSADM_FLEET_DIRECTORS; do ${visit} || exit 1; done\n`;
        await writeFile(join(folder, 'check'), check);
        await stage.type(`ipvsadm-fleet publish ${folder}/port.rules -m 'port 81'`);
        const rollout = `ipvsadm-fleet rollout 5 --yes --bake 0 --on-failure rollback --check 'sh ${folder}/check'`;
        await stage.type(`${rollout}; echo "exit status $?"`);
        await allHave(stage, 'three.rules');
        assert.match(await stage.run('ipvsadm-fleet log'), /^6 .*back from revision 5/m);
        await stage.visit(service, { times: 10, from });
      },
    },
    {
      title: 'A server with a broken disk is drained on all directors at once',
      words: ['No rollout puts it back into service.'],
      typed: ["ipvsadm-fleet drain 10.9.0.103 --wait -m 'disk is broken'"],
      proof: async (stage) => {
        for (const name of directors)
          assert.match(await stage.run('ipvsadm -Sn', name), /-r 10\.9\.0\.103:80 -m -w 0\n/);
        const answers = await stage.visit(service, { times: 15, from });
        assert.ok(answers.every(({ server }) => server !== 'web3'));
        await stage.type('ipvsadm-fleet undrain 10.9.0.103');
        await untilAllHave(stage, 'three.rules');
      },
    },
    {
      title: 'The store is killed: every director keeps its table',
      typed: [kill('store')],
      proof: async (stage) => {
        await sleep(2000);
        await allHave(stage, 'three.rules');
        await stage.visit(service, { times: 10, from });
      },
    },
    {
      title: 'A director reboots, and restores its table without the store',
      words: [
        'The agent of lb2 exits and its table is gone, as after a reboot; the new agent',
        'sees another boot_id. It has its state directory, and nothing else.',
      ],
      typed: [kill('lb2'), { on: 'lb2', line: 'ipvsadm -C' }],
      proof: async (stage) => {
        const bootId = `${folder}/boot_id`;
        await writeFile(bootId, '00000000-0000-4000-8000-000000000000\n');
        // Only this process sees the mount, as `ip netns exec` has its own mount namespace.
        const mount = `mount --bind ${bootId} /proc/sys/kernel/random/boot_id`;
        stage.start(`${mount} && ${agent('lb2')}`, 'lb2');
        await untilAllHave(stage, 'three.rules');
        await stage.type('ipvsadm -Ln', 'lb2');
        await stage.visit(service, { times: 10, from });
      },
    },
    {
      title: 'The store is back, and the fleet continues',
      typed: [etcd],
      proof: async (stage) => {
        const isWhole = (status: string) => status.match(/converged/g)?.length === directors.length;
        await untilStatus(stage, isWhole);
        await stage.type('ipvsadm-fleet status');
        await stage.type(`ipvsadm-fleet publish ${folder}/two.rules -m 'web3 is sold'`);
        await stage.type('ipvsadm-fleet rollout 7 --yes --bake 0 --drain 5s');
        await allHave(stage, 'two.rules');
      },
    },
  ],
};

async function untilStatus(stage: Stage, isDone: (status: string) => boolean): Promise<void> {
  const status = await stage.eventually(() => stage.run('ipvsadm-fleet status || true'), isDone, 60);
  assert.ok(isDone(status), status);
}

/** Returns the services and servers of a file, as `ipvsadm -Sn` prints them. */
function tableOf(file: string): string {
  return (files[file] ?? '').replace(/^--start.*\n/m, '');
}

async function tables(stage: Stage): Promise<string[]> {
  return Promise.all(directors.map((name) => stage.run('ipvsadm -Sn', name)));
}

async function allHave(stage: Stage, file: string): Promise<void> {
  const expected = directors.map(() => tableOf(file));
  assert.deepEqual(await tables(stage), expected);
  stage.note(`all five have ${file}`);
}

/** Waits until all directors have the rules of a file. */
async function untilAllHave(stage: Stage, file: string): Promise<void> {
  const expected = tableOf(file);
  await stage.eventually(
    () => tables(stage),
    (seen) => seen.every((table) => table === expected),
    30,
  );
  await allHave(stage, file);
}
