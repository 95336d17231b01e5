import { spawn } from 'node:child_process';

/** Tells the service manager how the agent is (sd_notify(3)); does nothing where there is none. */
export type Notify = (state: 'READY=1' | 'WATCHDOG=1' | 'STOPPING=1') => void;

/**
 * Returns the notifier of this process's environment. Node has no datagram sockets of the UNIX family, so systemd's own program
 * tells it; the unit allows that with `NotifyAccess=all`.
 */
export function notifier(env: Readonly<Record<string, string | undefined>>): Notify {
  if (!env.NOTIFY_SOCKET) return () => {};
  return (state) => {
    spawn('/usr/bin/systemd-notify', [state], { stdio: 'ignore' }).on('error', () => {
      // The service manager restarts an agent that it does not hear of, and logs that.
    });
  };
}

/** Milliseconds between two signs of life. */
const interval = 20_000;

/** Signs of life for the service manager, as long as the agent does what it has said that it would. */
export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(notify: Notify) {
    this.#timer = setInterval(() => {
      if (performance.now() < this.#deadline) notify('WATCHDOG=1');
    }, interval);
  }

  /** Says how long the next thing may take, in milliseconds. */
  allow(milliseconds: number): void {
    this.#deadline = performance.now() + milliseconds;
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
