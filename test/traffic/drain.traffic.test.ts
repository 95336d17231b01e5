import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { World } from '../lab/world.ts';
import { fileOf, type Running, start } from '../rollout/director.ts';
import { Agent } from './agent.ts';
import { oneNetwork, oneNetworkLayout } from './layouts.ts';

/** A virtual service whose servers are drained. */
interface Subject {
  readonly name: string;
  readonly scheduler: string;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** The service as an option of ipvsadm. */
  readonly service: string;
  /** The rule that adds the service. */
  readonly rule: string;
  /** Whether each packet is scheduled separately. */
  readonly onePacket: boolean;
}

/** The clients' report: counts by service. */
interface Report {
  readonly fresh: Readonly<Record<string, number>>;
  readonly uses: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

/** Hashing schedulers, and the flag or scheduler that their services get while servers drain. */
const fallbacks: Readonly<Record<string, string>> = {
  sh: 'sh-fallback',
  mh: 'mh-fallback',
  dh: 'the scheduler lblc',
};

const schedulers = [
  ...['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'sed', 'nq', 'fo', 'ovf'],
  ...Object.keys(fallbacks),
];

const kinds = [
  { kind: 'tcp', protocol: 'tcp', words: '' },
  { kind: 'tcp persistent', protocol: 'tcp', words: ' -p 300' },
  { kind: 'udp', protocol: 'udp', words: '' },
  { kind: 'udp persistent', protocol: 'udp', words: ' -p 300' },
  { kind: 'udp one-packet', protocol: 'udp', words: ' -o' },
] as const;

const { vip, servers, addresses } = oneNetwork;
type Server = (typeof servers)[number];

const subjects: readonly Subject[] = schedulers.flatMap((scheduler, row) =>
  kinds.map(({ kind, protocol, words }, column) => {
    const port = 8000 + row * kinds.length + column;
    const service = `-${protocol[0]} ${vip}:${port}`;
    return {
      name: `${scheduler} ${kind}`,
      scheduler,
      protocol,
      address: vip,
      port,
      service,
      rule: `-A ${service} -s ${scheduler}${words}`,
      onePacket: words === ' -o',
    };
  }),
);

/** Number of connections of each service that stay open. */
const staying = 3;

kernelSuite(import.meta.url, 'traffic: draining servers', () => {
  let world: World;
  let order: <T>(word: string) => Promise<T>;
  /** The servers of each service, by its name. */
  let table: ReadonlyMap<string, readonly Server[]> = new Map(
    subjects.map(({ name }) => [name, [...servers]]),
  );

  before(async () => {
    world = await World.build(oneNetworkLayout());
    for (const name of servers) {
      const agent = new Agent(world, name);
      for (const { port, protocol } of subjects)
        await agent.serve({ port, protocol, ...(protocol === 'udp' && { address: vip }) });
    }
    // UDP connections expire after 20 seconds, instead of five minutes, so that drains end sooner.
    await done(director('ipvsadm', ['--set', '0', '0', '20']));
    await done(director('ipvsadm-restore', [], fileOf(rules(table))));
    const program = fileURLToPath(new URL('drain/client.js', import.meta.url));
    const clients = world.start('client', [
      process.execPath,
      program,
      JSON.stringify(subjects),
      String(staying),
    ]);
    const answers = createInterface({ input: clients.stdout })[Symbol.asyncIterator]();
    order = async (word) => {
      clients.stdin.write(`${word}\n`);
      return JSON.parse((await answers.next()).value);
    };
  });
  after(() => world.dispose());

  function director(name: 'ipvsadm' | 'ipvsadm-restore', words: readonly string[], input = ''): Running {
    return start(name, words, input, world.on('director'));
  }

  async function done(running: Running): Promise<void> {
    const { status, stderr } = await running.ended;
    assert.deepEqual([status, stderr], [0, '']);
  }

  function serverWords({ port }: Subject, name: Server): string {
    return `-r ${addresses[servers.indexOf(name)]}:${port}`;
  }

  function rules(wanted: typeof table): string[] {
    return subjects.flatMap((subject) => [
      subject.rule,
      ...(wanted.get(subject.name) ?? []).map(
        (server) => `-a ${subject.service} ${serverWords(subject, server)} -g -w 100`,
      ),
    ]);
  }

  async function saved(): Promise<string[]> {
    const { stdout } = await director('ipvsadm', ['-S', '-n']).ended;
    return stdout.trimEnd().split('\n').sort();
  }

  async function untilDraining(count: number): Promise<void> {
    for (let waited = 0; ; waited += 200) {
      const { stdout } = await world.exec('director', ['cat', '/proc/net/ip_vs']);
      const draining = stdout.match(/Route +0 /g)?.length ?? 0;
      if (draining === count) return;
      assert.ok(waited < 60_000, `${draining} of ${count} servers have weight 0`);
      await sleep(200);
    }
  }

  /** Waits for `count` more rounds of new clients of all services. */
  async function rounds(count: number): Promise<void> {
    const end = (await order<number>('rounds')) + count;
    for (let waited = 0; (await order<number>('rounds')) < end; waited += 200) {
      assert.ok(waited < 120_000, 'the next round of new clients has not come');
      await sleep(200);
    }
  }

  /**
   * Returns failures without those of new dh clients that were refused while the kernel changed the scheduler, twice in each
   * drain: with several processors, the service has none for some hundredths of a second (`ip_vs_edit_service`,
   * net/netfilter/ipvs/ip_vs_ctl.c).
   */
  function avoidable(failed: Report['failed']): Report['failed'] {
    if (cpus().length === 1) return failed;
    const isInherent = ([what, times]: [string, number]) =>
      /^dh .*: a new client: ECONNREFUSED$/.test(what) && times <= 2;
    return Object.fromEntries(Object.entries(failed).filter((one) => !isInherent(one)));
  }

  /** Checks that no client has failed, and that every service had enough clients. */
  async function assertNoFailures(): Promise<void> {
    const { fresh, uses, failed } = await order<Report>('report');
    assert.deepEqual(avoidable(failed), {});
    for (const { name } of subjects)
      assert.ok(
        (fresh[name] ?? 0) >= 3 && (uses[name] ?? 0) >= staying,
        `${name}: ${fresh[name]}, ${uses[name]}`,
      );
  }

  /** Opens connections, and drains from each of some services the server that has the first connection. */
  async function drainUnderLoad(
    drained: readonly Subject[],
    begin: (serverOf: (subject: Subject) => Server) => readonly Running[],
  ): Promise<string> {
    const answering = await order<Record<string, Server[]>>('hold');
    const first = ({ name }: Subject) => answering[name]?.[0] ?? servers[0];
    const left = new Map(table);
    for (const subject of drained)
      left.set(
        subject.name,
        (table.get(subject.name) ?? []).filter((server) => server !== first(subject)),
      );
    table = left;
    const running = begin(first);
    await untilDraining(drained.length);
    await rounds(4);
    for (const { child } of running) assert.equal(child.exitCode, null);
    await assertNoFailures();
    await order('release');
    const ends = await Promise.all(running.map(({ ended }) => ended));
    for (const { status, stdout } of ends) assert.deepEqual([status, stdout], [0, '']);
    await rounds(2);
    const { failed } = await order<Report>('report');
    assert.deepEqual(avoidable(failed), {});
    assert.deepEqual(await saved(), rules(table).sort());
    return ends.map(({ stderr }) => stderr).join('');
  }

  it('disturbs no client in a rollout, with any scheduler', async () => {
    const messages = await drainUnderLoad(subjects, () => [
      director('ipvsadm-restore', ['--drain=120'], fileOf(rules(table))),
    ]);
    assert.equal(
      messages,
      Object.entries(fallbacks)
        .map(([scheduler, fallback]) => {
          const first = subjects.find((subject) => subject.scheduler === scheduler);
          const affected = `${first?.service} and ${kinds.length - 1} other services`;
          return `${scheduler} refuses clients of servers with weight 0, so ${affected} use ${fallback} while servers drain\n`;
        })
        .join(''),
    );
  });

  it('disturbs no client when a server of a hashing scheduler is removed', async () => {
    // A service with one-packet scheduling has no connections to wait for.
    const drained = subjects.filter(({ scheduler, onePacket }) => scheduler in fallbacks && !onePacket);
    const messages = await drainUnderLoad(drained, (serverOf) =>
      drained.map((subject) =>
        director('ipvsadm', [
          '-d',
          ...`${subject.service} ${serverWords(subject, serverOf(subject))} --drain=120`.split(' '),
        ]),
      ),
    );
    for (const { scheduler, service } of drained) {
      const sentence = `so ${service} uses ${fallbacks[scheduler]} while servers drain\n`;
      assert.ok(messages.includes(sentence), messages);
    }
  });
});
