import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchKeepalived, Keepalived } from '../differential/keepalived.ts';
import { findMirror } from '../lab/debian/mirror.ts';
import { debianTool } from '../lab/debian/tool.ts';
import { perlFolders, program } from '../lab/debian/tree.ts';

/** A service whose real servers are monitored by a health checker. */
export interface Checked {
  readonly address: string;
  readonly port: number;
  readonly servers: readonly { readonly address: string; readonly port: number; readonly weight: number }[];
}

/** A health checker, which sets the weight of servers to 0 while they do not answer. */
export interface Checker {
  readonly name: string;
  /** Fetches the program before the guest boots, as a guest has no network. */
  fetch(): Promise<unknown>;
  /** Starts the checker in this process's network namespace, named `here` in `ip netns`. The checker adds the service, too. */
  start(checked: Checked): Promise<RunningChecker>;
}

/** A running health checker. */
export interface RunningChecker {
  /** Its log output so far. */
  readonly log: string;
  stop(): Promise<void>;
}

/** Debian's keepalived. */
export const keepalived: Checker = {
  name: 'keepalived',
  fetch: fetchKeepalived,
  start: async (checked) => {
    const folder = mkdtempSync(join(tmpdir(), 'checked-'));
    const configuration = join(folder, 'keepalived.conf');
    writeFileSync(configuration, keepalivedConfiguration(checked));
    const running = new Keepalived(await fetchKeepalived(), 'here', configuration);
    return {
      get log() {
        return running.log;
      },
      stop: async () => {
        await running.stop();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

/** Returns keepalived's configuration; without `inhibit_on_failure`, it would remove servers instead of setting weight 0. */
function keepalivedConfiguration({ address, port, servers }: Checked): string {
  const server = ({ address, port, weight }: Checked['servers'][number]) => `
    real_server ${address} ${port} {
        weight ${weight}
        inhibit_on_failure
        TCP_CHECK {
            connect_timeout 3
            retry 0
        }
    }`;
  return `
virtual_server ${address} ${port} {
    delay_loop 1
    lvs_sched rr
    lvs_method NAT
    protocol TCP${servers.map(server).join('')}
}
`;
}

const fetchLdirectord = async () => debianTool(await findMirror(), 'ldirectord');

/** Debian's ldirectord, a Perl script that runs `/sbin/ipvsadm`. */
export const ldirectord: Checker = {
  name: 'ldirectord',
  fetch: fetchLdirectord,
  start: async (checked) => {
    const root = await fetchLdirectord();
    const folder = mkdtempSync(join(tmpdir(), 'checked-'));
    const configuration = join(folder, 'ldirectord.cf');
    writeFileSync(configuration, ldirectordConfiguration(checked, join(folder, 'log')));
    const script = await program(root, 'ldirectord');
    const child = spawn('perl', [script, '-d', configuration, 'start'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PERL5LIB: perlFolders(root).join(':') },
    });
    return new RunningProcess(child, folder);
  },
};

class RunningProcess implements RunningChecker {
  readonly #child: ChildProcess;
  readonly #folder: string;
  log = '';

  constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.log += chunk;
      });
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.kill()) await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

/** Returns ldirectord's configuration; without `quiescent`, it would remove servers instead of setting weight 0. */
function ldirectordConfiguration({ address, port, servers }: Checked, log: string): string {
  const lines = [
    'checktimeout=3',
    'checkinterval=1',
    'quiescent=yes',
    `logfile="${log}"`,
    `virtual=${address}:${port}`,
    ...servers.map(({ address, port, weight }) => `\treal=${address}:${port} masq ${weight}`),
    '\tscheduler=rr',
    '\tprotocol=tcp',
    '\tchecktype=connect',
  ];
  return `${lines.join('\n')}\n`;
}
