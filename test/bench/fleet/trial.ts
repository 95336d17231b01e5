import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { publish } from '../../../src/fleet/revisions/publish.ts';
import { readRules } from '../../../src/fleet/revisions/rules.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { EtcdCluster } from '../../fleet/etcd/cluster.ts';
import { LiveFleet, until } from '../../fleet/live-fleet.ts';
import { nodeWithTypeScript } from '../../lab/project.ts';
import { between, type Usage, usageOf } from './usage.ts';

/** Time and load of a fleet of one size. */
export interface Trial {
  readonly agents: number;
  /** Seconds from the start of publishing until its end, until the last plan, and until the last director has converged. */
  readonly published: number;
  readonly planned: number;
  readonly converged: number;
  /** Usage of etcd from the start of publishing until the last director has converged. */
  readonly rollout: Usage;
  /** Usage of etcd in an idle hour, extrapolated from `idleSeconds`. */
  readonly idleHour: Usage;
  readonly idleSeconds: number;
}

const fleetName = 'bench';

/** Measures agents, in two processes, while they are idle and during a rollout of rules. */
export async function tryFleet(agents: number, rules: string, idleSeconds: number): Promise<Trial> {
  // The default timing of etcd, not the short one of the tests.
  const args = ['--heartbeat-interval', '100', '--election-timeout', '1000'];
  const cluster = await EtcdCluster.start({ version: '3.5', members: 3, args });
  const store = cluster.open({ timeout: 20_000 });
  const half = Math.ceil(agents / 2);
  const processes = [
    startAgents(cluster.address, 0, half),
    startAgents(cluster.address, half, agents - half),
  ];
  try {
    const fleet = new LiveFleet(fleetName, store, []);
    const allReport = async () => {
      const { alive, reports } = await readFleet(store, fleet.keys);
      return alive.size === agents && reports.size === agents;
    };
    await until(allReport, 120, 'starting the agents');
    await sleep(5000);
    const atRest = await usageOf(cluster.members);
    await sleep(1000 * idleSeconds);
    const idle = between(atRest, await usageOf(cluster.members));

    const before = await usageOf(cluster.members);
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1000;
    const about = { message: 'bench', author: 'bench', time: new Date().toISOString() };
    const { revision } = await publish(store, fleet.keys, fleetName, { desired: readRules(rules), ...about });
    const published = seconds();
    const id = await fleet.begin(revision.number, { deadline: 600 }, '100%');
    let planned = 0;
    const end = await fleet.drive(id, store, async () => {
      planned = seconds();
      return true;
    });
    if (end.kind !== 'ended' || end.rollout.state !== 'done')
      throw new Error(`the rollout has not succeeded: ${JSON.stringify(end).slice(0, 1000)}`);
    const converged = seconds();
    const rollout = between(before, await usageOf(cluster.members));
    return {
      ...{ agents, published, planned, converged, rollout, idleSeconds },
      idleHour: perHour(idle, idleSeconds),
    };
  } finally {
    await Promise.all(processes.map(stop));
    await store.close();
    await cluster.close();
  }
}

function startAgents(address: string, first: number, count: number): ChildProcess {
  const file = fileURLToPath(new URL('agents.ts', import.meta.url));
  const [node = '', ...words] = [...nodeWithTypeScript, file, address, fleetName];
  return spawn(node, [...words, String(first), String(count)], { stdio: ['pipe', 'inherit', 'inherit'] });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

function perHour(usage: Usage, seconds: number): Usage {
  const hour = (value: number) => (value * 3600) / seconds;
  return {
    ...usage,
    ...{ cpu: hour(usage.cpu), busiest: hour(usage.busiest) },
    ...{ bytes: hour(usage.bytes), requests: hour(usage.requests) },
  };
}
