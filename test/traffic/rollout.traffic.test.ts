import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildDirectRouting, type DirectRouting } from '../lab/direct-routing.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { isEmulated, nodeWithTypeScript } from '../lab/project.ts';
import { referenceScript } from '../rollout/director.ts';
import type { RollerOrder, RollerReport } from './rollout/roller.ts';

/** The load, with a limit on concurrent requests: a slow machine gets fewer requests, not an ever longer queue. */
const load = { seconds: isEmulated ? 120 : 20, rate: 300, most: 60, downloads: 50 };

/** Milliseconds between the starts of two rollouts. */
const interval = 200;

const port = 8080;

/** The client's report. */
interface Outcome {
  readonly sent: number;
  /** Number of failed requests, by their error. */
  readonly failures: Readonly<Record<string, number>>;
  /** Number of requests that took a second or more, because a packet was lost or the whole machine stalled. */
  readonly slow: number;
  /** Milliseconds that the slowest request took. */
  readonly slowest: number;
  readonly complete: number;
  /** Number of failed downloads, by their error. */
  readonly broken: Readonly<Record<string, number>>;
}

kernelSuite(import.meta.url, 'traffic: a rollout every 200 ms under load', () => {
  let dr: DirectRouting;
  before(async () => {
    dr = await buildDirectRouting({ servers: 4 });
    // A reused port of a client must not lead to a removed server, as it otherwise does for minutes.
    const setting = 'echo 1 >/proc/sys/net/ipv4/vs/expire_nodest_conn';
    assert.equal((await dr.world.exec('director', ['sh', '-c', setting])).code, 0);
    await Promise.all(
      dr.servers.map(({ name }) => once(start(name, 'server.js', name, port).stdout, 'data')),
    );
  });
  after(() => dr.world.dispose());

  /** Starts one of this test's programs on a machine. */
  function start(machine: string, program: string, ...args: readonly (string | number)[]) {
    const path = fileURLToPath(new URL(`rollout/${program}`, import.meta.url));
    return dr.world.start(machine, [...nodeWithTypeScript, path, ...args.map(String)]);
  }

  async function rollOutUnderLoad(reference?: string): Promise<{ rolled: RollerReport; outcome: Outcome }> {
    const order: RollerOrder = {
      seconds: load.seconds,
      interval,
      service: `-t ${dr.vip}:${port}`,
      servers: dr.servers.map(({ address }) => `${address}:${port}`),
      ...(reference && { reference }),
    };
    const roller = start('director', 'roller.ts', JSON.stringify(order));
    await once(roller.stdout, 'data');
    const { seconds, rate, most, downloads } = load;
    const client = start('client', 'client.js', dr.vip, port, seconds, rate, most, downloads);
    await once(client.stdout, 'data');
    roller.stdin.write('\n');
    const [rolled, outcome] = await Promise.all([text(roller.stdout), text(client.stdout)]);
    return { rolled: JSON.parse(rolled) as RollerReport, outcome: JSON.parse(outcome) as Outcome };
  }

  function summarize({ rolled, outcome }: Awaited<ReturnType<typeof rollOutUnderLoad>>): string {
    const { sent, failures, slow, slowest, complete, broken } = outcome;
    const rate = (sent / load.seconds).toFixed();
    const each = ((rolled.seconds / rolled.rollouts) * 1000).toFixed();
    return [
      `${sent} requests, ${rate} a second of the ${load.rate} wanted: ${list(failures)} failed, ${slow} took a second or more, the slowest ${slowest} ms`,
      `${load.downloads} downloads: ${list(broken)} broken, ${complete} complete`,
      `${rolled.rollouts} rollouts, one every ${each} ms: servers ${rolled.added} times added, ${rolled.removed} times removed`,
    ].join('; ');
  }

  it('breaks no request and no download', async (context) => {
    const result = await rollOutUnderLoad();
    context.diagnostic(`ours: ${summarize(result)}`);
    const { rolled, outcome } = result;
    assert.deepEqual(rolled.failed, []);
    assert.ok(rolled.rollouts >= 30 && rolled.added >= 2 && rolled.removed >= 2, JSON.stringify(rolled));
    assert.ok(outcome.sent >= load.seconds * 20, 'too few requests were sent');
    assert.deepEqual(outcome.failures, {});
    assert.deepEqual(outcome.broken, {});
    assert.equal(outcome.complete, load.downloads);
  });

  it('breaks requests with ipvsadm-restore 1.31', async (context) => {
    const result = await rollOutUnderLoad(referenceScript('ipvsadm-restore'));
    context.diagnostic(`the reference: ${summarize(result)}`);
    assert.ok(count(result.outcome.failures) > 0);
  });
});

function count(kinds: Readonly<Record<string, number>>): number {
  return Object.values(kinds).reduce((sum, each) => sum + each, 0);
}

/** Formats counts as `3 (2 ECONNREFUSED, 1 ECONNRESET)`. */
function list(kinds: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(kinds).map(([what, times]) => `${times} ${what}`);
  return `${count(kinds)}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`;
}
