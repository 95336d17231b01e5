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

/** Counters of a client's or server's kernel, with which the director's counters are compared. */
export interface MachineCounters {
  /** TCP segments, retransmitted ones included. */
  readonly sent: number;
  readonly received: number;
  /** Resets, which a kernel sends in answer to unexpected segments. */
  readonly resets: number;
  /** Bytes of IPv4 unicast, headers included. */
  readonly sentBytes: number;
}

/** The running machines of a lesson. Its methods narrate what they do. */
export class Stage {
  readonly world: World;
  readonly #narration: Narration;
  readonly #desk: string;
  /** Shell code that is put before each line. */
  readonly #preface: string;
  readonly #agents = new Map<string, Agent>();
  #firstVisit = Number.NaN;

  private constructor(world: World, narration: Narration, desk: string, preface: string) {
    this.world = world;
    this.#narration = narration;
    this.#desk = desk;
    this.#preface = preface;
  }

  /** Builds a lesson's machines and starts their servers. */
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

  /** Returns the agent on a machine, which is started at first use. */
  agent(machine: string): Agent {
    const agent = this.#agents.get(machine) ?? new Agent(this.world, machine);
    this.#agents.set(machine, agent);
    return agent;
  }

  /** Narrates an observation, at most 76 columns long. */
  note(text: string): void {
    this.#narration.say(`  → ${text}`);
  }

  /** Types a command line, and returns its output; throws if it fails. */
  async type(line: string, machine = this.#desk): Promise<string> {
    return this.#narration.run(this.world, machine, line, this.#shell(line));
  }

  /**
   * Types a command line that runs in the background. Its process ID is in `/run/lab/MACHINE.pid`, and its output in
   * `/run/lab/MACHINE.log`.
   */
  start(line: string, machine: string): void {
    this.#narration.type(machine, `${line} &`);
    this.startSilently(line, machine);
  }

  /** Runs a command line in the background, without narrating it. */
  startSilently(line: string, machine: string): void {
    const file = `/run/lab/${machine}`;
    // The shell execs the last program of the line, so that its process ID is that program's.
    const becoming = line.replace(/^(.*&& )?/, '$1exec ');
    this.world.start(machine, this.#shell(`echo $$ >${file}.pid; exec >>${file}.log 2>&1; ${becoming}`));
  }

  /** Runs a command line without narrating it; returns its stdout, throws if it fails. */
  async run(line: string, machine = this.#desk): Promise<string> {
    const { code, stdout, stderr } = await this.world.exec(machine, this.#shell(line));
    if (code !== 0) throw new Error(`"${line}" failed on ${machine}: ${stderr || stdout}`);
    return stdout;
  }

  /** Has the client make visits, one after the other, each of which must be answered. */
  async visit(target: Target, options: VisitOptions = {}): Promise<Answer[]> {
    const visits = await this.tryToVisit(target, options);
    return visits.map((visit) => {
      if ('error' in visit) throw new Error(`a request to ${format(target)} failed: ${visit.error}`);
      return visit;
    });
  }

  /** Has the client make visits that may fail. */
  async tryToVisit(target: Target, options: VisitOptions = {}): Promise<(Answer | Failure)[]> {
    if (Number.isNaN(this.#firstVisit)) this.#firstVisit = Date.now();
    const visits = await this.agent('client').visit(target, options);
    const amount = options.bytes ? ` for ${options.bytes} bytes` : '';
    const held = options.hold ? ', and stays connected' : '';
    this.#narrateVisits('request', `${format(target)}${amount}${held}`, visits);
    return visits;
  }

  /** Returns the seconds since the client's first visit. */
  secondsOfVisits(): number {
    return (Date.now() - this.#firstVisit) / 1000;
  }

  /** Has the client send datagrams. */
  async send(target: Target, options: SendOptions = {}): Promise<(Answer | Failure)[]> {
    const answers = await this.agent('client').send(target, options);
    const ports = options.newPorts ? 'each from a new port' : 'all from one port';
    this.#narrateVisits('datagram', `${format(target)}, ${ports}`, answers);
    return answers;
  }

  /** Has the client send datagrams, each of which must be answered. */
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

  /** Has the client send another request on connections that it has kept open; all must be answered. */
  async again(answers: readonly Answer[], bytes = 0): Promise<Answer[]> {
    const again = await this.agent('client').again(
      answers.map(({ open }) => open),
      bytes,
    );
    return again.map((answer) => {
      if ('error' in answer) throw new Error(`an open connection is no longer answered: ${answer.error}`);
      return answer;
    });
  }

  async progress(download: Answer): Promise<Progress> {
    return this.agent('client').progress(download.open);
  }

  /** Returns the counters of a machine's interfaces, by name. */
  async interfaces(machine: string): Promise<Map<string, InterfaceCounters>> {
    return parseInterfaces(await this.run('cat /proc/net/dev', machine));
  }

  /** Returns the counters of a machine's kernel. */
  async machineCounters(machine: string): Promise<MachineCounters> {
    const text = await this.run('cat /proc/net/snmp /proc/net/netstat', machine);
    const octets = (kind: string) => parseSnmp(text, 'IpExt', `Out${kind}Octets`);
    return {
      // Linux does not count retransmitted segments in OutSegs (RFC 1213, tcpOutSegs).
      sent: parseSnmp(text, 'Tcp', 'OutSegs') + parseSnmp(text, 'Tcp', 'RetransSegs'),
      received: parseSnmp(text, 'Tcp', 'InSegs'),
      resets: parseSnmp(text, 'Tcp', 'OutRsts'),
      // Kernels also send each other multicast of their own accord.
      sentBytes: octets('') - octets('Mcast') - octets('Bcast'),
    };
  }

  /** Returns the table's counters, by `address:port` of services and servers. */
  async listed(option: '--stats' | '--rate' = '--stats'): Promise<Map<string, ListedCounters>> {
    return parseListedCounters(await this.run(`ipvsadm -Ln ${option} --exact`));
  }

  /**
   * Polls until `isDone` accepts what `look` returns, for at most `seconds`; returns the last of it. The kernel updates the
   * counters that it shows every other second.
   */
  async eventually<T>(look: () => Promise<T>, isDone: (seen: T) => boolean, seconds = 8): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const seen = await look();
      if (isDone(seen) || Date.now() > end) return seen;
      await sleep(200);
    }
  }

  /** Removes the machines. */
  async close(): Promise<void> {
    await this.world.dispose();
  }

  /** Returns the command of a shell that runs a line, with our commands on its PATH. */
  #shell(line: string): string[] {
    return ['sh', '-c', this.#preface + line];
  }

  #narrateVisits(what: string, target: string, visits: readonly (Answer | Failure)[]): void {
    const number = visits.length === 1 ? `a ${what}` : `${visits.length} ${what}s`;
    this.#narration.say(`  The client sends ${number} to ${target}:`, `    ${tally(visits)}`);
  }
}

/** Formats how often each server answered, and each error occurred: `answered by web1: 3, web2: 3; failed: 1 (no answer)`. */
export function tally(visits: readonly (Answer | Failure)[]): string {
  const answers = visits.flatMap((visit) => ('error' in visit ? [] : [visit]));
  const one = visits.length === 1;
  const servers = Object.entries(shares(answers)).map(([name, count]) => (one ? name : `${name}: ${count}`));
  const failures = visits.flatMap((visit) => ('error' in visit ? [visit] : []));
  const errors = [...countBy(failures, ({ error }) => error)].map(([error, count]) =>
    one ? error : `${count} (${error})`,
  );
  return [
    ...(servers.length > 0 ? [`answered by ${servers.join(', ')}`] : []),
    ...(errors.length > 0 ? [`failed: ${errors.join(', ')}`] : []),
  ].join('; ');
}

/** Returns the number of visits that each server answered. */
export function shares(visits: readonly Answer[]): Record<string, number> {
  return Object.fromEntries([...countBy(visits, ({ server }) => server)].sort());
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** Formats a target as `192.0.2.1:80` or `[2001:db8::1]:80`. */
export function format({ address, port }: Target): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
