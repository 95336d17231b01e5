import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Ended } from './root.ts';

/** Script that mounts what a system in the folder `$1` needs, and executes its systemd. Changes go to an overlay in `$2`. */
const boot = `set -e
mkdir -p "$2"
mount -t tmpfs tmpfs "$2"
mkdir "$2/upper" "$2/work" "$2/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
cd "$2/root"
mkdir -p proc sys run dev tmp
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do
  : >dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir dev/shm
shift 2
for shared; do
  mkdir -p ".$shared"
  mount --bind "$shared" ".$shared"
done
exec chroot . /usr/bin/env -i container=lab PATH=/usr/sbin:/usr/bin LC_ALL=C.UTF-8 \\
  /usr/lib/systemd/systemd --unit=basic.target --log-target=journal --show-status=no`;

/**
 * A system in a folder that runs under its own systemd, on this machine's kernel and in this network namespace. Requires root,
 * and is meant for the lab.
 */
export class SystemdSystem {
  readonly #child: ChildProcess;
  readonly #manager: string;

  private constructor(child: ChildProcess, manager: string) {
    this.#child = child;
    this.#manager = manager;
  }

  /**
   * Starts a system, and waits until it has booted.
   *
   * @param root folder of the system, which is not changed
   * @param shared folders of this machine that are mounted in the system, too
   */
  static async start(root: string, shared: readonly string[]): Promise<SystemdSystem> {
    const place = mkdtempSync('/run/system-');
    const options = ['--pid', '--mount', '--ipc', '--uts', '--propagation', 'private', '--kill-child'];
    const child = spawn(
      'unshare',
      [...options, 'sh', '-c', boot, 'sh', root, join(place, 'tree'), ...shared],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const system = new SystemdSystem(child, await firstChild(child));
    for (let tries = 0; tries < 100; tries++) {
      const { output } = system.run('systemctl is-system-running 2>/dev/null');
      if (/^(running|degraded)/.test(output)) return system;
      await wait(200);
    }
    throw new Error('systemd has not started');
  }

  /** Kills all processes of the system, which also removes its mounts. */
  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  /** Runs a shell script in the system as root, for 60 seconds at most. */
  run(script: string): Ended {
    const enter = ['--target', this.#manager, '--pid', '--mount', '--ipc', '--uts', '--root', '--wd'];
    const environment = ['env', '-i', 'PATH=/usr/sbin:/usr/bin', 'LC_ALL=C.UTF-8', 'HOME=/root'];
    const { status, stdout, stderr } = spawnSync('nsenter', [...enter, ...environment, 'sh', '-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    return { code: status, output: stdout + stderr };
  }
}

/** Waits for the first child of a process, and resolves to its process id. */
async function firstChild({ pid }: ChildProcess): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    if (first) return first;
    await wait(50);
  }
  throw new Error('unshare has not started a process');
}
