import assert from 'node:assert/strict';
import { toolsOf } from '../../lab/debian/tool.ts';
import { binFolder } from '../../lab/project.ts';
import { quote } from '../../lab/shell-quote.ts';
import { oneNetwork, oneNetworkLayout } from '../layouts.ts';
import type { Lesson } from '../lesson.ts';
import { type Stage, shares } from '../stage.ts';
import { rulesBesideChecker } from './rules-beside-checker.ts';

const { vip, servers, addresses } = oneNetwork;
const service = { address: vip, port: 80 };
const folder = '/run/lab';
const [, down] = addresses;

/** The configuration of ldirectord. */
const configuration = [
  ...['checktimeout=2', 'checkinterval=1', 'quiescent=yes'],
  `virtual=${vip}:80`,
  ...addresses.map((address) => `    real=${address}:80 gate 1`),
  ...['service=http', 'request="/"', 'receive="web"', 'checktype=negotiate', 'scheduler=rr'].map(
    (line) => `    ${line}`,
  ),
];

/** A checker that works through ipvsadm. */
export const ldirectord: Lesson = {
  name: 'ldirectord',
  title: 'ldirectord, which checks servers and runs ipvsadm',
  introduction: [
    'client ──┬── director, with ldirectord',
    '         └── web1, web2, web3',
    '',
    'IPVS does not check whether its servers answer. ldirectord requests a page from',
    'each of them every few seconds, and runs ipvsadm when one fails or recovers.',
    'It creates the virtual service too: nothing else should write rules for it.',
  ],
  layout: oneNetworkLayout(),
  serving: Object.fromEntries(servers.map((name) => [name, [{ port: 80 }]])),
  tools: () => toolsOf('ldirectord'),
  url: `http://${vip}/`,
  steps: [
    {
      title: 'ldirectord creates the service, through our ipvsadm',
      words: [
        'Usually the file is /etc/ha.d/ldirectord.cf, and the command /sbin/ipvsadm.',
        'With -d, it logs what it does, and prefers the ipvsadm in the current folder.',
      ],
      proof: async (stage) => {
        await stage.run(`ln -sf ${quote(`${binFolder}/ipvsadm`)} ${folder}/ipvsadm`);
        await stage.run(`cat >${folder}/ldirectord.cf <<END\n${configuration.join('\n')}\nEND`);
        await stage.type(`cat ${folder}/ldirectord.cf`);
        await stage.type(`cd ${folder}; ldirectord -d ldirectord.cf start >log 2>&1 & echo $! >pid`);
        const table = await untilTable(stage, (weights) => weights.join() === '1,1,1');
        assert.match(table, new RegExp(`^TCP +${vip}:80 rr$`, 'm'));
        const log = await stage.run(`cat ${folder}/log`);
        assert.ok(log.includes(`./ipvsadm -A -t ${vip}:80 -s rr`), log);
        for (const address of addresses)
          assert.ok(log.includes(`./ipvsadm -a -t ${vip}:80 -x 0 -y 0 -r ${address}:80 -g -w 1`), log);
        await stage.type(`grep -o './ipvsadm -[Aa] .*[^) ]' ${folder}/log | sort -u`);
        await stage.type('ipvsadm -Ln');
        const visits = await stage.visit(service, { times: 6 });
        assert.deepEqual(shares(visits), { web1: 2, web2: 2, web3: 2 });
      },
    },
    {
      title: 'A failed server gets weight 0',
      words: ['With quiescent=yes, it stays in the table, so that open connections can finish.'],
      proof: async (stage) => {
        const held = await stage.visit(service, { times: 3, hold: true });
        await stage.agent('web2').refuse(80);
        stage.note('web2 no longer accepts connections');
        await untilTable(stage, ([, second]) => second === '0');
        await stage.type('ipvsadm -Ln');
        assert.deepEqual(shares(await stage.visit(service, { times: 4 })), { web1: 2, web3: 2 });
        await stage.again(held);
        stage.note('open connections still work, even the one to web2');
        await stage.release(held);
      },
    },
    {
      title: 'New rules do not change the weight of the failed server',
      words: [
        "The administrator's rules give web2 weight 1. With --keep-weights, the weights",
        'in the table stay, and the rest is applied: here, a service is added.',
      ],
      proof: async (stage) => {
        await stage.run(`cat >${folder}/new.rules <<END\n${rulesBesideChecker.join('\n')}\nEND`);
        await stage.type(`cat ${folder}/new.rules`);
        await stage.type(`ipvsadm-restore --keep-weights ${folder}/new.rules`);
        const saved = await stage.type('ipvsadm -Sn');
        assert.ok(saved.includes(`-r ${down}:80 -g -w 0`), saved);
        assert.ok(saved.includes(`-A -u ${vip}:53 -s rr`), saved);
      },
    },
    {
      title: 'A server that answers again gets its weight back',
      proof: async (stage) => {
        await stage.agent('web2').serve({ port: 80 });
        stage.note('web2 accepts connections again');
        await untilTable(stage, ([, second]) => second === '1');
        await stage.type('ipvsadm -Ln');
        assert.equal(Object.keys(shares(await stage.visit(service, { times: 3 }))).length, 3);
      },
    },
    {
      title: 'Alternatively, a failed server is removed, and added again',
      words: ['With quiescent=no, ldirectord removes it; its connections are lost.'],
      proof: async (stage) => {
        await stage.type(`sed -i s/quiescent=yes/quiescent=no/ ${folder}/ldirectord.cf`);
        await stage.type(`kill -HUP $(cat ${folder}/pid)`);
        await stage.agent('web2').refuse(80);
        const table = await untilTable(stage, (weights) => weights.length === 2);
        assert.ok(!table.includes(`${down}:80`), table);
        await stage.type('ipvsadm -Ln');
        assert.deepEqual(shares(await stage.visit(service, { times: 4 })), { web1: 2, web3: 2 });
        await stage.agent('web2').serve({ port: 80 });
        await untilTable(stage, (weights) => weights.length === 3);
        await stage.type('ipvsadm -Ln');
      },
    },
  ],
};

/** Waits until `isDone` accepts the weights of the table's servers, and returns the table. */
async function untilTable(stage: Stage, isDone: (weights: readonly string[]) => boolean): Promise<string> {
  const weightsIn = (table: string) => {
    const found = new Map(
      [...table.matchAll(/-> (\S+):80 +Route +(\d+) /g)].map(([, at, weight]) => [at, weight]),
    );
    return addresses.flatMap((address) => found.get(address) ?? []);
  };
  const table = await stage.eventually(
    () => stage.run('ipvsadm -Ln'),
    (seen) => isDone(weightsIn(seen)),
    60,
  );
  if (!isDone(weightsIn(table))) throw new Error(`${table}${await stage.run(`tail -n 20 ${folder}/log`)}`);
  return table;
}
