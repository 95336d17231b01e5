import { spawn } from 'node:child_process';

/** Notifies the service manager of the agent's state (sd_notify(3)); does nothing if there is none. */
export type Notify = (state: 'READY=1' | 'WATCHDOG=1' | 'STOPPING=1') => void;

/**
 * Returns the notifier for this process's environment. It runs systemd-notify, as Node has no UNIX datagram sockets; the unit
 * allows that with `NotifyAccess=all`.
 */
export function notifier(env: Readonly<Record<string, string | undefined>>): Notify {
  if (!env.NOTIFY_SOCKET) return () => {};
  return (state) => {
    spawn('/usr/bin/systemd-notify', [state], { stdio: 'ignore' }).on('error', () => {
      // Ignored: the service manager restarts an agent that sends no notifications, and logs that.
    });
  };
}

/** Milliseconds between two watchdog notifications. */
const interval = 20_000;

/** Sends watchdog notifications to the service manager, as long as no operation takes longer than announced. */
export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(notify: Notify) {
    this.#timer = setInterval(() => {
      if (this.isInTime()) notify('WATCHDOG=1');
    }, interval);
  }

  /** Announces how long the next operation may take, in milliseconds. */
  allow(milliseconds: number): void {
    this.#deadline = performance.now() + milliseconds;
  }

  /** Whether the present operation takes no longer than announced. */
  isInTime(): boolean {
    return performance.now() < this.#deadline;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
