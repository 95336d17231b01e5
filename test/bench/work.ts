/** A table on which work is done: with a certain number of services, of servers per service, or of connections. */
export type TableName = 'none' | 'one' | 'wide' | 'deep' | 'connections';

/** A piece of work for which programs are timed. */
export interface Work {
  readonly title: string;
  /** The table before the work. */
  readonly table: TableName;
  /** Words after `ipvsadm`, as a shell reads them: `$i` numbers the runs of a loop. */
  readonly words: string;
  /** The rule file on standard input, where there is one. */
  readonly input?: RuleFileName;
  /** Number of runs in a shell's loop, for short work; the cost is that of one run. */
  readonly loop?: number;
  /** Number of times that the work is timed, if not the requested one. */
  readonly rounds?: number;
  /** Set if the work changes the table, so that each run needs a new one. */
  readonly changes?: true;
  /** Required ratio of the reference's wall time to ours, on User-mode Linux and under emulation. */
  readonly target?: { readonly uml: number; readonly qemu: number };
  /** A command that does the minimum of the work that any program must; the results show it beside ours. */
  readonly floor: readonly string[];
}

/** The rule files: number of services, and of servers per service. */
export const ruleFiles = {
  wide: [5000, 10],
  deep: [10, 1000],
  quarter: [1250, 10],
  fourfold: [20_000, 10],
  huge: [50_000, 10],
} as const;

export type RuleFileName = keyof typeof ruleFiles;

/** Returns the path of a rule file in the guest. */
export function ruleFile(name: RuleFileName): string {
  return `/tmp/${name}.rules`;
}

const wide = '5,000 × 10';
const deep = '10 × 1,000';
const list = { uml: 8, qemu: 3 };
const details = { uml: 3, qemu: 1.5 };
const starting = { table: 'one', loop: 20, rounds: 10, floor: [process.execPath, '-e', '0'] } as const;
const listing = { table: 'wide', floor: ['cat', '/proc/net/ip_vs'] } as const;

/** The timed work, in order: short work first, as memory that earlier programs have used and freed is slower. */
export const works: readonly Work[] = [
  { title: '--version', words: '--version', ...starting },
  { title: 'single -a', words: '-a -t 10.0.0.1:80 -r 172.16.0.$i:80 -g', changes: true, ...starting },
  {
    ...{ title: `-R ${wide}`, words: '-R', table: 'none', input: 'wide', changes: true, rounds: 3 },
    ...{ target: { uml: 20, qemu: 10 }, floor: ['cat', ruleFile('wide')] },
  },
  {
    ...{ title: `-R ${deep}`, words: '-R', table: 'none', input: 'deep', changes: true },
    ...{ target: { uml: 3, qemu: 2 }, floor: ['cat', ruleFile('deep')] },
  },
  { title: `-Ln ${wide}`, words: '-Ln', target: list, ...listing },
  { title: `-Sn ${wide}`, words: '-Sn', target: list, ...listing },
  { title: `-Ln --stats ${wide}`, words: '-Ln --stats', target: details, ...listing },
  { title: `-Ln --thresholds ${wide}`, words: '-Ln --thresholds', target: details, ...listing },
  { title: `-Ln --tun-info ${wide}`, words: '-Ln --tun-info', target: details, ...listing },
  {
    ...{ title: '-Lnc', words: '-Lnc', table: 'connections', target: { uml: 3, qemu: 2 } },
    floor: ['cat', '/proc/net/ip_vs_conn'],
  },
];

/** Generates the rules of a table with a number of services, and of servers per service. */
export function* rulesOf(services: number, servers: number): Generator<string> {
  for (let service = 0; service < services; service++) {
    const address = `10.${service >> 16}.${(service >> 8) & 255}.${service & 255}`;
    yield `-A -t ${address}:80 -s rr\n`;
    for (let server = 0; server < servers; server++) {
      yield `-a -t ${address}:80 -r 172.16.${server >> 8}.${server & 255}:80 -g -w 1\n`;
    }
  }
}
