/** A table that work is done on: so many services with so many servers each, or so many connections. */
export type TableName = 'none' | 'wide' | 'deep' | 'connections';

/** A piece of work that programs are timed at, and how often faster than the reference ours shall be. */
export interface Work {
  readonly title: string;
  /** The table that is there before. */
  readonly table: TableName;
  /** Words after `ipvsadm`. */
  readonly words: readonly string[];
  /** The rule file on standard input, where there is one. */
  readonly input?: RuleFileName;
  /** Reference ÷ ours to be reached on user-mode Linux and under emulation. */
  readonly target: { readonly uml: number; readonly qemu: number };
}

/** The rule files, by how many services there are and servers of each. */
export const ruleFiles = {
  wide: [5000, 10],
  deep: [10, 1000],
  quarter: [1250, 10],
  fourfold: [20_000, 10],
  huge: [50_000, 10],
} as const;

export type RuleFileName = keyof typeof ruleFiles;

const wide = '5,000 services × 10 servers';
const deep = '10 services × 1,000 servers';
const list = { uml: 8, qemu: 3 };
const details = { uml: 3, qemu: 1.5 };

/** What is timed, in order. */
export const works: readonly Work[] = [
  { title: `-R of ${wide}`, table: 'none', words: ['-R'], input: 'wide', target: { uml: 20, qemu: 10 } },
  { title: `-R of ${deep}`, table: 'none', words: ['-R'], input: 'deep', target: { uml: 3, qemu: 2 } },
  { title: `-Ln of ${wide}`, table: 'wide', words: ['-Ln'], target: list },
  { title: `-Sn of ${wide}`, table: 'wide', words: ['-Sn'], target: list },
  { title: `-Ln --stats of ${wide}`, table: 'wide', words: ['-Ln', '--stats'], target: details },
  { title: `-Ln --thresholds of ${wide}`, table: 'wide', words: ['-Ln', '--thresholds'], target: details },
  { title: `-Ln --tun-info of ${wide}`, table: 'wide', words: ['-Ln', '--tun-info'], target: details },
  { title: '-Lnc of the connections', table: 'connections', words: ['-Lnc'], target: { uml: 3, qemu: 2 } },
];

/** The rules of a table of that many services and servers of each. */
export function* rulesOf(services: number, servers: number): Generator<string> {
  for (let service = 0; service < services; service++) {
    const address = `10.${service >> 16}.${(service >> 8) & 255}.${service & 255}`;
    yield `-A -t ${address}:80 -s rr\n`;
    for (let server = 0; server < servers; server++) {
      yield `-a -t ${address}:80 -r 172.16.${server >> 8}.${server & 255}:80 -g -w 1\n`;
    }
  }
}
