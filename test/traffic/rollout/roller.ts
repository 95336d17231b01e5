import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../rollout/director.ts';

/** The program's argument, as JSON. */
export interface RollerOrder {
  readonly seconds: number;
  /** Milliseconds from the start of one rollout to that of the next. */
  readonly interval: number;
  /** The service, as an option of ipvsadm. */
  readonly service: string;
  /** Addresses and ports of four servers. */
  readonly servers: readonly string[];
  /** Path of the reference's ipvsadm-restore, if that rolls out. */
  readonly reference?: string;
}

/** The program's report, which it prints at the end as JSON. */
export interface RollerReport {
  readonly seconds: number;
  readonly rollouts: number;
  /** Exit statuses other than 0. */
  readonly failed: readonly number[];
  /** Number of times that a server was added, and removed, in the rule files. */
  readonly added: number;
  readonly removed: number;
}

// The part of the traffic test that runs on the director: creates a table, prints an empty line, waits for one, and then
// rolls out another rule file at every interval. It is one process, as starting one for every rollout would take most of
// the lab's time.

if (process.argv[2]) console.log(JSON.stringify(await roll(JSON.parse(process.argv[2]) as RollerOrder)));

async function roll(order: RollerOrder): Promise<RollerReport> {
  const { seconds, interval } = order;
  const failed: number[] = [];
  let [rollouts, added, removed] = [0, 0, 0];
  let before = weights(0, 0);
  await rollOut(order, before);
  process.stdout.write('\n');
  await once(process.stdin, 'data');
  process.stdin.destroy(); // it would keep this process from ending
  const start = performance.now();
  for (let tick = 0; performance.now() < start + seconds * 1000; tick++) {
    const now = weights(tick, (performance.now() - start) / seconds / 1000);
    added += now.filter((weight, index) => weight !== undefined && before[index] === undefined).length;
    removed += now.filter((weight, index) => weight === undefined && before[index] !== undefined).length;
    before = now;
    const status = await rollOut(order, now);
    if (status !== 0) failed.push(status);
    rollouts++;
    await sleep(Math.max(0, start + (tick + 1) * interval - performance.now()));
  }
  return { seconds: (performance.now() - start) / 1000, rollouts, failed, added, removed };
}

/** Returns the weights of the servers at a rollout; `undefined` for a server that is not in the file. */
function weights(tick: number, progress: number): readonly (number | undefined)[] {
  const any = () => 1 + Math.floor(Math.random() * 9);
  // The third server gets connections only at first; its downloads last longer than that.
  const third = progress < 0.3 ? any() : 0;
  // The fourth server comes and goes. When it is first added, the downloads have begun, so it has none.
  const fourth = tick % 16 >= 8 ? any() : undefined;
  return [any(), any(), third, fourth];
}

/** Rolls out a rule file; returns the exit status. */
function rollOut({ service, servers, reference }: RollerOrder, now: readonly (number | undefined)[]) {
  const lines = now.flatMap((weight, index) =>
    weight === undefined ? [] : `-a ${service} -r ${servers[index]} -g -w ${weight}`,
  );
  const rules = [`-A ${service} -s wlc`, ...lines];
  return reference ? runReference(reference, rules) : runOurs(rules);
}

/** Rolls out rules with our program, draining removed servers: that, and a second for handshakes, delays some rollouts. */
async function runOurs(rules: readonly string[]): Promise<number> {
  return (await run('-R --sync --drain=5', rules)).status;
}

async function runReference(path: string, rules: readonly string[]): Promise<number> {
  const child = spawn(path, { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(`${rules.join('\n')}\n`);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? -1;
}
