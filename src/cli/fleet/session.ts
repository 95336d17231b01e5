import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { type Keys, keysOf } from '../../fleet/documents/keys.ts';
import { openStore } from '../../fleet/store/open.ts';
import type { Store } from '../../fleet/store/store.ts';
import type { Streams } from '../stdio/streams.ts';
import { type RawSettings, settingsOf } from './settings.ts';

/** Context of a command that runs on a fleet. */
export interface Session {
  readonly store: Store;
  readonly keys: Keys;
  readonly fleet: string;
  readonly streams: Streams;
  readonly words: RawSettings;
}

/** Runs a task on the fleet in the settings, and returns the task's exit status. */
export async function withSession(
  words: RawSettings,
  streams: Streams,
  task: (session: Session) => Promise<number>,
): Promise<number> {
  const { store: address, fleet, storeOptions } = settingsOf(words);
  const store = openStore(address, storeOptions);
  try {
    return await task({ store, keys: keysOf(fleet), fleet, streams, words });
  } finally {
    await store.close();
  }
}

/** Returns the user who runs this command, and the host: `alice@desk`. */
export function whoami(): string {
  return `${process.env.SUDO_USER || accountName()}@${hostname()}`.slice(0, 200);
}

/** Returns the name of this process's user. The executable's runtime knows only the one in the environment. */
function accountName(): string {
  const { username, uid } = userInfo();
  if (username !== 'unknown') return username;
  const accounts = existsSync(accountsFile) ? readFileSync(accountsFile, 'utf8') : '';
  const account = accounts.split('\n').find((line) => line.split(':')[2] === String(uid));
  return account?.split(':')[0] || `uid ${uid}`;
}

const accountsFile = '/etc/passwd';

/**
 * Returns a name for a driver of a rollout that no other driver has: a container gives different processes the same user, host
 * and process id.
 */
export function driverName(): string {
  return `${whoami()} (${process.pid}, ${randomBytes(4).toString('hex')})`;
}
