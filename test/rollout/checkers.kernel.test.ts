import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Address } from '../../src/ipvs/address.ts';
import { Ipvs } from '../../src/ipvs/client.ts';
import type { ServiceId } from '../../src/ipvs/model.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { type Checked, keepalived, ldirectord, type RunningChecker } from './checkers.ts';
import { Reference, referenceScript, run } from './director.ts';

const checkers = [keepalived, ldirectord];

const checked: Checked = {
  address: '192.0.2.1',
  port: 80,
  servers: [1, 2, 3].map((number) => ({ address: `10.0.0.${number}`, port: 8080, weight: number })),
};
const down = '10.0.0.3';
const rounds = 6;

/** Returns rules with weights other than the checker's, which change every server in each round, even one that is down. */
function rulesOf(round: number): string[] {
  const service = '-t 192.0.2.1:80';
  return [
    `-A ${service} -s rr`,
    ...[1, 2, 3].map(
      (number) => `-a ${service} -r 10.0.0.${number}:8080 -m -w ${number + 10} -x ${round + 1}`,
    ),
    ...(round % 2 ? [`-a ${service} -r 10.0.0.4:8080 -m -w 1`] : []),
  ];
}

// Fetches checkers before the guest boots. Ignores errors: where the lab is unavailable, the suite reports that.
if (!process.env.IPVSADM_LAB) await Promise.all(checkers.map((checker) => checker.fetch().catch(() => {})));

kernelSuite(import.meta.url, 'rollouts with --keep-weights beside health checkers', () => {
  let ipvs: Ipvs;
  let reference: Reference;
  before(async () => {
    reference = new Reference();
    referenceScript('ipvsadm-restore');
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    for (const { address } of [checked, ...checked.servers])
      execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo']);
    ipvs = await Ipvs.open();
  });
  after(() => {
    ipvs.close();
    reference.close();
  });

  /** Returns the weights of the servers by address. */
  async function weights(): Promise<Readonly<Record<string, number>>> {
    const service: ServiceId = {
      kind: 'address',
      protocol: 'tcp',
      address: Address.parse(checked.address) ?? Address.any('inet'),
      port: checked.port,
    };
    const servers = await ipvs.destinations(service);
    return Object.fromEntries(servers.map(({ id, weight }) => [id.address.text, weight]));
  }

  for (const checker of checkers)
    describe(checker.name, () => {
      let running: RunningChecker;
      const servers = new Map<string, Server>();

      const open = async (address: string) => {
        const server = createServer((socket) => socket.end()).listen(8080, address);
        await once(server, 'listening');
        servers.set(address, server);
      };
      const close = async (address: string) => {
        const server = servers.get(address);
        servers.delete(address);
        if (server) await once(server.close(), 'close');
      };
      const untilWeights = async (wanted: Readonly<Record<string, number>>) => {
        const end = performance.now() + 120_000;
        for (;;) {
          const found = await weights();
          if (Object.entries(wanted).every(([address, weight]) => found[address] === weight)) return;
          assert.ok(performance.now() < end, `${JSON.stringify(found)}\n${running.log}`);
          await sleep(100);
        }
      };
      const healthy = { '10.0.0.1': 1, '10.0.0.2': 2 };

      before(async () => {
        for (const { address } of checked.servers) await open(address);
        running = await checker.start(checked);
        await untilWeights({ ...healthy, [down]: 3 });
        await close(down);
        await untilWeights({ ...healthy, [down]: 0 });
      });
      after(async () => {
        await running.stop();
        for (const address of [...servers.keys()]) await close(address);
        assert.equal((await run('-C')).status, 0);
      });

      it('never give a weight to a server that is down, at one rollout per second', async (context) => {
        let reads = 0;
        let isWatching = true;
        const given: number[] = [];
        const watching = (async () => {
          while (isWatching) {
            const { [down]: weight } = await weights();
            reads++;
            if (weight !== 0) given.push(weight ?? Number.NaN);
            await sleep(5);
          }
        })();
        for (let round = 0; round < rounds; round++) {
          const next = sleep(1000);
          assert.deepEqual(await run('-R --sync --keep-weights', rulesOf(round)), {
            status: 0,
            stdout: '',
            stderr: '',
          });
          const { stdout } = await run('-S -n');
          assert.match(stdout, new RegExp(`-r ${down}:8080 -m -w 0 -x ${round + 1}$`, 'm'));
          assert.equal(stdout.includes('10.0.0.4:8080 -m -w 1'), round % 2 === 1);
          await next;
        }
        isWatching = false;
        await watching;
        assert.deepEqual(given, []);
        assert.deepEqual(await weights(), {
          ...healthy,
          [down]: 0,
          ...((rounds - 1) % 2 ? { '10.0.0.4': 1 } : {}),
        });
        context.diagnostic(`${rounds} rollouts, ${reads} reads of the weight of the server that is down`);
      });

      it('keep the weight that the checker sets when the server answers again', async () => {
        await open(down);
        await untilWeights({ [down]: 3 });
        assert.equal((await run('-R --sync --keep-weights', rulesOf(rounds))).status, 0);
        assert.deepEqual(await weights(), { ...healthy, [down]: 3 });
      });

      it('differ from restores by the reference, each of which sets a weight above 0', async (context) => {
        await close(down);
        await untilWeights({ [down]: 0 });
        let given = 0;
        for (let round = 0; round < 2; round++) {
          execFileSync(referenceScript('ipvsadm-restore'), { input: `${rulesOf(0).join('\n')}\n` });
          if ((await weights())[down] === 13) given++;
        }
        context.diagnostic(
          `the reference gave a weight to a server that is down ${given} times in 2 restores`,
        );
        assert.equal(given, 2);
      });
    });
});
