import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { output } from './child.ts';

/** The machines of a small internet, by name. A name is at most 13 characters long, as it names interfaces too. */
export type Layout = Readonly<Record<string, MachineLayout>>;

/** One machine: a network namespace with an interface in each of its networks. */
export interface MachineLayout {
  /** Addresses with prefix length (`192.168.10.1/24`), by the network's name, which is the interface's name too. */
  readonly networks: Readonly<Record<string, readonly string[]>>;
  /** Addresses on `lo`, for example a VIP that must not be announced. */
  readonly loopback?: readonly string[];
  /** Routes as words of `ip route add`, for example `default via 192.168.10.1`. */
  readonly routes?: readonly string[];
  /** Rules as words of `ip rule add`, for example `from 10.1.1.10 lookup 101`. */
  readonly rules?: readonly string[];
  /** Kernel settings, set before any interface exists: `net.ipv4.ip_forward` → `1`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The result of a program in a world. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const bridges = 'switch';

/**
 * Machines connected by bridges, as network namespaces of this kernel. Needs root, in the lab. `dispose()` removes
 * everything that a world has created.
 */
export class World {
  readonly #layout: Layout;
  readonly #prefix: string;
  readonly #running: ChildProcess[] = [];

  private constructor(layout: Layout, prefix: string) {
    this.#layout = layout;
    this.#prefix = prefix;
  }

  /**
   * Builds the machines of a layout and connects them.
   *
   * @param prefix prefix of the namespaces' names, to keep several worlds in one kernel apart
   */
  static async build(layout: Layout, prefix = ''): Promise<World> {
    const world = new World(layout, prefix);
    try {
      await world.#build();
      return world;
    } catch (error) {
      await world.dispose();
      throw error;
    }
  }

  /** Returns the network namespace of a machine. */
  namespace(machine: string): string {
    return this.#prefix + machine;
  }

  /** Returns words that, put before a command line, run it on a machine. */
  on(machine: string): string[] {
    return ['ip', 'netns', 'exec', this.namespace(machine)];
  }

  /** Runs a program on a machine, to its end; an exit code is a result, not an error. */
  exec(machine: string, argv: readonly string[], input = ''): Promise<Ended> {
    const [file = '', ...args] = [...this.on(machine), ...argv];
    return new Promise((resolve, reject) => {
      const child = execFile(file, args, { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') reject(error);
        else resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
      child.stdin?.on('error', () => {}); // it may end without having read
      child.stdin?.end(input);
    });
  }

  /** Starts a program on a machine, which runs until it ends by itself or the world does. */
  start(machine: string, argv: readonly string[]): ChildProcessByStdio<Writable, Readable, null> {
    const [file = '', ...args] = [...this.on(machine), ...argv];
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => {}); // it may end without having read
    this.#running.push(child);
    return child;
  }

  /** Starts an HTTP server on a machine, that answers with the machine's name; resolves when it listens. */
  async serve(machine: string, port = 80): Promise<void> {
    const script = fileURLToPath(new URL('web-server.js', import.meta.url));
    const server = this.start(machine, [process.execPath, script, machine, String(port)]);
    const ended = once(server, 'exit').then(() => {
      throw new Error(`the web server on ${machine} does not start`);
    });
    await Promise.race([once(server.stdout, 'data'), ended]);
    ended.catch(() => {}); // from here on, it ends with the world
  }

  /** Fetches a page from a machine over a new connection; stdout is its body, stderr an error. */
  async fetch(machine: string, url: string): Promise<Ended> {
    const script = fileURLToPath(new URL('web-client.js', import.meta.url));
    return this.exec(machine, [process.execPath, script, url]);
  }

  /** Ends every process on the machines, and removes them. */
  async dispose(): Promise<void> {
    const names = [bridges, ...Object.keys(this.#layout)].map((machine) => this.namespace(machine));
    for (const name of names) {
      const pids = await output('ip', ['netns', 'pids', name]).catch(() => '');
      for (const pid of pids.split('\n').filter(Boolean)) kill(Number(pid));
      await output('ip', ['netns', 'del', name]).catch(() => {}); // it may not exist if building failed
    }
    for (const child of this.#running) child.unref();
  }

  async #build(): Promise<void> {
    const machines = Object.entries(this.#layout);
    const spaces = [bridges, ...machines.map(([machine]) => machine)].map((name) => this.namespace(name));
    await ip([], [...spaces.map((name) => `netns add ${name}`)]);
    for (const [machine, { settings = {} }] of machines) await this.#set(machine, settings);
    await ip(['-n', this.namespace(bridges)], this.#bridgeCommands());
    for (const [machine, layout] of machines)
      await ip(['-n', this.namespace(machine)], machineCommands(layout));
  }

  async #set(machine: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(settings).map(
      ([key, value]) => `echo ${value} >/proc/sys/${key.replaceAll('.', '/')}`,
    );
    if (lines.length === 0) return;
    const { code, stderr } = await this.exec(machine, ['sh', '-ec', lines.join('\n')]);
    if (code !== 0) throw new Error(`settings of ${machine}: ${stderr}`);
  }

  /** Returns commands that add a bridge per network, and a veth pair from it to each machine in the network. */
  #bridgeCommands(): string[] {
    const cables = Object.entries(this.#layout).flatMap(([machine, { networks }]) =>
      Object.keys(networks).map((network) => ({ machine, network })),
    );
    const networks = new Set(cables.map(({ network }) => network));
    return [
      ...[...networks].map((network) => `link add ${network} up type bridge`),
      ...cables.flatMap(({ machine, network }, index) => [
        `link add port${index} type veth peer name ${network} netns ${this.namespace(machine)}`,
        `link set port${index} master ${network} up`,
      ]),
    ];
  }
}

function machineCommands({ networks, loopback = [], routes = [], rules = [] }: MachineLayout): string[] {
  const interfaces = Object.entries({ lo: loopback, ...networks });
  return [
    ...interfaces.flatMap(([name, addresses]) => [
      `link set ${name} up`,
      ...addresses.map(
        (address) => `address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`,
      ),
    ]),
    ...routes.map((route) => `route add ${route}`),
    ...rules.map((rule) => `rule add ${rule}`),
  ];
}

/** Runs many commands in one `ip`: a process for each would take most of the time. */
async function ip(options: readonly string[], commands: readonly string[]): Promise<void> {
  const child = execFile('ip', [...options, '-batch', '-']);
  let errors = '';
  child.stderr?.on('data', (text: string) => {
    errors += text;
  });
  child.stdin?.end(commands.map((command) => `${command}\n`).join(''));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`ip ${options.join(' ')}: ${errors.trim()}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
