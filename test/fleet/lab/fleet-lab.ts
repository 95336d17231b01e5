import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { keysOf } from '../../../src/fleet/documents/keys.ts';
import { directorDocument } from '../../../src/fleet/documents/operator.ts';
import { publish } from '../../../src/fleet/revisions/publish.ts';
import { readRules } from '../../../src/fleet/revisions/rules.ts';
import { type FleetState, readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { openStore } from '../../../src/fleet/store/open.ts';
import type { Store } from '../../../src/fleet/store/store.ts';
import { output } from '../../lab/child.ts';
import { type Build, binFolderOf } from '../../lab/project.ts';
import { World } from '../../lab/world.ts';
import { EtcdMember } from '../etcd/member.ts';
import { findEtcd } from '../etcd/package.ts';
import { directorsLayout, fleetPlan, serverLayout } from './layout.ts';
import { faultsOf, Recorder } from './recorder.ts';
import { type Rules, ruleFile, type Table, tableOf, wordOf } from './table.ts';

const { directors, groups, servers, store: storeAddress } = fleetPlan;
const address = `etcd://${storeAddress}:2379`;

/** The result of a command that has ended. */
export interface CommandEnd {
  /** Exit status; null where a signal ended the command. */
  readonly code: number | null;
  readonly output: string;
}

/** A running command. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandEnd>;
}

/**
 * Five directors on one kernel with their agents, an etcd, real servers and a client. This process joins the directors' network,
 * as the machine of the operator and of the store. Every table seen on a director is recorded.
 */
export class FleetLab {
  readonly world: World;
  readonly folder: string;
  readonly store: Store;
  readonly keys = keysOf('default');
  readonly etcd: EtcdMember;
  readonly recorder: Recorder;
  /** The build of each director's agent: both builds are tested. */
  readonly #builds = new Map<string, Build>(
    directors.map((name, index) => [name, index % 2 === 0 ? 'node' : 'executable']),
  );
  readonly #agents = new Map<string, ChildProcess>();
  readonly #histories = new Map<string, Table[]>(directors.map((name) => [name, []]));
  /** Tables of the published revisions, as {@link wordOf} writes them, and the initial empty one. */
  readonly named = new Set<string>(['[]']);

  private constructor(world: World, folder: string, etcd: EtcdMember, recorder: Recorder) {
    this.world = world;
    this.folder = folder;
    this.etcd = etcd;
    this.recorder = recorder;
    this.store = openStore(address, { timeout: 5000 });
  }

  /** Sets up the lab, and waits until every director has reported. */
  static async open(): Promise<FleetLab> {
    const world = await World.build({ ...directorsLayout('lb4'), web: serverLayout(...servers) });
    const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
    await joinNetwork(world);
    const etcd = new EtcdMember(
      ...(['m0', `http://${storeAddress}:2379`, '', folder, (await findEtcd('3.5')).etcd] as const),
      [
        '--listen-client-urls',
        `http://${storeAddress}:2379`,
        '--advertise-client-urls',
        `http://${storeAddress}:2379`,
      ],
    );
    const holders = directors.map((name): [string, number] => {
      const { pid } = world.start(name, ['sleep', 'infinity']);
      return [name, pid ?? 0];
    });
    await sleep(500); // until they are in their namespaces
    const lab = new FleetLab(world, folder, etcd, new Recorder(new Map(holders)));
    try {
      etcd.start();
      for (const name of directors) lab.startAgent(name);
      await lab.until('all directors have reported', ({ reports }) => reports.size === directors.length);
      for (const [name, group] of Object.entries(groups)) {
        const puts = [putDocument(lab.keys.director(name), directorDocument, { group })];
        await lab.store.commit({ compares: [], puts });
      }
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Starts the agent of a director, by default with the store's own address. */
  startAgent(name: string, { store = address, args = [] as readonly string[], shell = '' } = {}): void {
    const program = join(binFolderOf(this.#builds.get(name) ?? 'node'), 'ipvsadm-fleet');
    const state = join(this.folder, name);
    mkdirSync(state, { recursive: true });
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const words = [program, 'agent', '--director', name, '--state-dir', state, ...args];
    const [file = '', ...rest] = [
      ...this.world.on(name),
      ...(shell ? ['sh', '-c', `${shell}; exec "$@"`, 'sh'] : []),
      ...words,
    ];
    const child = spawn(file, rest, { stdio: ['ignore', log, log], env: environment(store) });
    closeSync(log);
    this.#agents.set(name, child);
  }

  agent(name: string): ChildProcess {
    const agent = this.#agents.get(name);
    if (!agent) throw new Error(`no agent ${name}`);
    return agent;
  }

  /** Kills an agent with SIGKILL, like a power cut. */
  async killAgent(name: string): Promise<void> {
    await kill(this.agent(name));
  }

  /** Returns the log of an agent. */
  logOf(name: string): string {
    const file = join(this.folder, `${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Starts a command of `ipvsadm-fleet`. */
  start(words: readonly string[], { store = address, time = '' } = {}): Running {
    const program = join(binFolderOf('executable'), 'ipvsadm-fleet');
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment(store), ...(time && { FAKETIME: time }) },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output: text }));
    return { child, ended };
  }

  /** Runs a command of `ipvsadm-fleet` to its end. */
  run(...words: string[]): Promise<CommandEnd> {
    return this.start(words).ended;
  }

  /** Publishes rules and returns their revision number. */
  async publish(rules: Rules, extra = ''): Promise<number> {
    const desired = readRules(ruleFile(rules) + extra);
    const time = new Date().toISOString();
    this.named.add(wordOf(tableOf(rules)));
    const { revision } = await publish(this.store, this.keys, 'default', {
      desired,
      message: 'test',
      author: 'test',
      time,
    });
    return revision.number;
  }

  fleet(): Promise<FleetState> {
    return readFleet(this.store, this.keys);
  }

  /** Waits until `isSo` holds for the fleet; throws after `seconds`, with the ends of the agents' logs. */
  async until(what: string, isSo: (fleet: FleetState) => boolean, seconds = 60): Promise<FleetState> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const fleet = await this.fleet().catch(() => undefined);
      if (fleet && isSo(fleet)) return fleet;
      if (Date.now() > end) {
        const logs = directors.map((name) => `${name}: ${this.logOf(name).slice(-1000)}`);
        throw new Error(`not in ${seconds} s: ${what}\n${logs.join('\n')}`);
      }
      await sleep(100);
    }
  }

  /** Waits until every director has reported on its target, whether it applied or refused it. */
  async untilAnswered(): Promise<void> {
    await this.until('every director has reported on its target', ({ targets, reports }) =>
      [...targets].every(([name, { modRevision }]) => {
        const { observed = 0, changing } = reports.get(name)?.content ?? {};
        return BigInt(observed) >= modRevision && changing === undefined;
      }),
    );
  }

  /** Waits until every director is alive and has applied the revision of its target, without drift. */
  async untilConverged(): Promise<void> {
    await this.until('every director has applied its target', ({ targets, reports, alive }) =>
      directors.every((name) => {
        const target = targets.get(name);
        const report = reports.get(name)?.content;
        if (!alive.has(name) || !target || !report || BigInt(report.observed) < target.modRevision)
          return false;
        return report.applied?.revision === target.content.revision && report.drift.commands === 0;
      }),
    );
  }

  /** Returns the current table of each director. */
  async tables(): Promise<ReadonlyMap<string, Table>> {
    for (const [name, seen] of await this.recorder.take()) this.#histories.get(name)?.push(...seen);
    return new Map([...this.#histories].map(([name, seen]) => [name, seen.at(-1) ?? new Map()]));
  }

  /** Fails unless every director has one of these tables. */
  async demandTables(...allowed: readonly Rules[]): Promise<void> {
    const words = allowed.map((rules) => wordOf(tableOf(rules)));
    for (const [name, table] of await this.tables())
      assert.ok(words.includes(wordOf(table)), `${name} has ${wordOf(table)}, and not ${words.join(' or ')}`);
  }

  /** Fails if a director has ever had a table that {@link faultsOf} objects to. */
  async demandHistories(): Promise<void> {
    await this.tables();
    for (const [name, seen] of this.#histories) assert.deepEqual(faultsOf(seen, this.named), [], name);
  }

  /** Number of tables recorded so far, over all directors. */
  get seen(): number {
    return [...this.#histories.values()].reduce((sum, { length }) => sum + length, 0);
  }

  async close(): Promise<void> {
    for (const agent of this.#agents.values()) await kill(agent);
    await this.recorder.close();
    await this.store.close();
    await this.etcd.kill();
    await this.world.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Kills a process, and waits until it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function environment(store: string): NodeJS.ProcessEnv {
  return { ...process.env, IPVSADM_FLEET_STORE: store, IPVSADM_FLEET_CONF: '/dev/null', NO_COLOR: '1' };
}

/** Connects this process's network namespace to the directors' network. */
async function joinNetwork(world: World): Promise<void> {
  const hub = world.namespace('switch');
  const commands = [
    `link add core0 type veth peer name operator netns ${hub}`,
    `-n ${hub} link set operator master core up`,
    `addr add ${storeAddress}/24 dev core0`,
    'link set core0 up',
  ];
  for (const command of commands) await output('ip', command.split(' '));
}
