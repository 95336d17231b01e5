import { setTimeout as sleep } from 'node:timers/promises';
import type { Narration } from '../lab/narration.ts';
import { binFolder } from '../lab/project.ts';
import { quote } from '../lab/shell-quote.ts';
import { World } from '../lab/world.ts';
import {
  Agent,
  type Answer,
  type Failure,
  type Progress,
  type SendOptions,
  type Target,
  type VisitOptions,
} from './agent.ts';
import {
  type InterfaceCounters,
  type ListedCounters,
  parseInterfaces,
  parseListedCounters,
  parseSnmp,
} from './counters.ts';
import type { Lesson } from './lesson.ts';

/** What the kernel of a client or server counted: the truth that the director's counters are held against. */
export interface MachineCounters {
  /** TCP segments, retransmitted ones included. */
  readonly sent: number;
  readonly received: number;
  /** Segments that a kernel sends to whoever talks to it unasked. */
  readonly resets: number;
  /** Bytes of IPv4 unicast, headers included. */
  readonly sentBytes: number;
}

/** A lesson's machines at work. What is done through it is narrated. */
export class Stage {
  readonly world: World;
  readonly #narration: Narration;
  readonly #desk: string;
  /** Words of a shell that come before each line. */
  readonly #preface: string;
  readonly #agents = new Map<string, Agent>();
  #firstVisit = Number.NaN;

  private constructor(world: World, narration: Narration, desk: string, preface: string) {
    this.world = world;
    this.#narration = narration;
    this.#desk = desk;
    this.#preface = preface;
  }

  /** Builds a lesson's machines and starts what they serve. */
  static async open(
    lesson: Pick<Lesson, 'layout' | 'serving' | 'desk' | 'environment' | 'tools'>,
    narration: Narration,
    prefix = '',
  ): Promise<Stage> {
    const { desk = 'director' } = lesson;
    const tools = await lesson.tools?.();
    const path = [binFolder, ...(tools?.path ?? [])].map(quote).join(':');
    const environment = { ...tools?.environment, ...lesson.environment };
    const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}; `);
    const preface = `PATH=${path}:$PATH; ${variables.join('')}`;
    const stage = new Stage(await World.build(lesson.layout, prefix), narration, desk, preface);
    try {
      const machines = Object.entries(lesson.serving);
      await Promise.all(
        machines.flatMap(([machine, servings]) => servings.map((one) => stage.agent(machine).serve(one))),
      );
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /** The program on a machine that visits and is visited. */
  agent(machine: string): Agent {
    const agent = this.#agents.get(machine) ?? new Agent(this.world, machine);
    this.#agents.set(machine, agent);
    return agent;
  }

  /** Tells an observation, at most 76 columns long. */
  note(text: string): void {
    this.#narration.say(`  → ${text}`);
  }

  /** Types a command line, and gives what it prints; throws when it fails. */
  async type(line: string, machine = this.#desk): Promise<string> {
    return this.#narration.run(this.world, machine, line, this.#shell(line));
  }

  /**
   * Types a command line that goes on beside the rest. Its process number is in `/run/lab/MACHINE.pid`, and what it prints in
   * `/run/lab/MACHINE.log`.
   */
  start(line: string, machine: string): void {
    this.#narration.type(machine, `${line} &`);
    this.startUntold(line, machine);
  }

  /** Starts a command line that goes on, and is not worth telling. */
  startUntold(line: string, machine: string): void {
    const file = `/run/lab/${machine}`;
    // The shell becomes the last program of the line, so that its number is that program's.
    const becoming = line.replace(/^(.*&& )?/, '$1exec ');
    this.world.start(machine, this.#shell(`echo $$ >${file}.pid; exec >>${file}.log 2>&1; ${becoming}`));
  }

  /** Runs a command line that is not worth telling. */
  async run(line: string, machine = this.#desk): Promise<string> {
    const { code, stdout, stderr } = await this.world.exec(machine, this.#shell(line));
    if (code !== 0) throw new Error(`«${line}» failed on ${machine}: ${stderr || stdout}`);
    return stdout;
  }

  /** Has the client make visits, one after the other, each of which must be answered. */
  async visit(target: Target, options: VisitOptions = {}): Promise<Answer[]> {
    const visits = await this.tryToVisit(target, options);
    return visits.map((visit) => {
      if ('error' in visit) throw new Error(`a visit to ${format(target)} failed: ${visit.error}`);
      return visit;
    });
  }

  /** Has the client make visits that may fail. */
  async tryToVisit(target: Target, options: VisitOptions = {}): Promise<(Answer | Failure)[]> {
    if (Number.isNaN(this.#firstVisit)) this.#firstVisit = Date.now();
    const visits = await this.agent('client').visit(target, options);
    const amount = options.bytes ? ` for ${options.bytes} bytes` : '';
    const held = options.hold ? ', and stays' : '';
    this.#narrateVisits(`visits ${format(target)}${amount}${held}`, visits);
    return visits;
  }

  /** How long ago the client made its first visit. */
  secondsOfVisits(): number {
    return (Date.now() - this.#firstVisit) / 1000;
  }

  /** Has the client send datagrams. */
  async send(target: Target, options: SendOptions = {}): Promise<(Answer | Failure)[]> {
    const answers = await this.agent('client').send(target, options);
    const ports = options.newPorts ? 'each from a new port' : 'all from one port';
    this.#narrateVisits(`sends datagrams to ${format(target)}, ${ports}`, answers);
    return answers;
  }

  /** As {@link send}, and every datagram must be answered. */
  async sendAnswered(target: Target, options: SendOptions = {}): Promise<Answer[]> {
    return (await this.send(target, options)).map((answer) => {
      if ('error' in answer) throw new Error(`a datagram to ${format(target)} was not answered`);
      return answer;
    });
  }

  /** Has the client close connections that it has kept open. */
  async release(answers: readonly Answer[], options: { readonly reset?: boolean } = {}): Promise<void> {
    await this.agent('client').close(
      answers.map(({ open }) => open),
      options,
    );
  }

  /** Has the client ask again on connections that it has kept open; all must be answered. */
  async again(answers: readonly Answer[], bytes = 0): Promise<Answer[]> {
    const again = await this.agent('client').again(
      answers.map(({ open }) => open),
      bytes,
    );
    return again.map((answer) => {
      if ('error' in answer) throw new Error(`an open connection is not answered any more: ${answer.error}`);
      return answer;
    });
  }

  async progress(download: Answer): Promise<Progress> {
    return this.agent('client').progress(download.open);
  }

  /** The interfaces of a machine. */
  async interfaces(machine: string): Promise<Map<string, InterfaceCounters>> {
    return parseInterfaces(await this.run('cat /proc/net/dev', machine));
  }

  /** What the kernel of a machine has counted. */
  async machineCounters(machine: string): Promise<MachineCounters> {
    const text = await this.run('cat /proc/net/snmp /proc/net/netstat', machine);
    const octets = (kind: string) => parseSnmp(text, 'IpExt', `Out${kind}Octets`);
    return {
      // Linux leaves out of the first what the second counts (RFC 1213, tcpOutSegs).
      sent: parseSnmp(text, 'Tcp', 'OutSegs') + parseSnmp(text, 'Tcp', 'RetransSegs'),
      received: parseSnmp(text, 'Tcp', 'InSegs'),
      resets: parseSnmp(text, 'Tcp', 'OutRsts'),
      // Kernels send each other multicast unasked.
      sentBytes: octets('') - octets('Mcast') - octets('Bcast'),
    };
  }

  /** The table's counters, by `address:port` of services and servers. */
  async listed(option: '--stats' | '--rate' = '--stats'): Promise<Map<string, ListedCounters>> {
    return parseListedCounters(await this.run(`ipvsadm -Ln ${option} --exact`));
  }

  /**
   * Looks again and again until what it sees is as it must be. The kernel brings the counters that it shows up to date
   * every other second.
   */
  async eventually<T>(look: () => Promise<T>, isSo: (seen: T) => boolean, seconds = 8): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const seen = await look();
      if (isSo(seen) || Date.now() > end) return seen;
      await sleep(200);
    }
  }

  /** Removes the machines. */
  async close(): Promise<void> {
    await this.world.dispose();
  }

  /** A shell that finds our commands. */
  #shell(line: string): string[] {
    return ['sh', '-c', this.#preface + line];
  }

  #narrateVisits(what: string, visits: readonly (Answer | Failure)[]): void {
    const times = visits.length === 1 ? '' : `, ${visits.length} times`;
    this.#narration.say(`  The client ${what}${times}:`, `    ${tally(visits)}`);
  }
}

/** How often each server answered: `web1 3, web2 3`. */
export function tally(visits: readonly (Answer | Failure)[]): string {
  const counts = [...countBy(visits, (visit) => ('error' in visit ? visit.error : visit.server))];
  return counts
    .sort()
    .map(([who, count]) => `${who} ${count}`)
    .join(', ');
}

/** How many visits each server answered. */
export function shares(visits: readonly Answer[]): Record<string, number> {
  return Object.fromEntries([...countBy(visits, ({ server }) => server)].sort());
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function format({ address, port }: Target): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
