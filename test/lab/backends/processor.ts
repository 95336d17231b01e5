import { mkdir, readFile } from 'node:fs/promises';
import { cacheFolder } from '../cache.ts';

// The lock is held while the descriptor is open, that is as long as the guest lives.
const script = `
  locks=$1 processors=$2
  shift 2
  for processor in $processors; do
    exec 9>"$locks/processor-$processor"
    flock -n 9 && exec taskset -c "$processor" "$@"
  done
  exec 9>&-
  exec "$@"`;

/**
 * Returns a command line that runs a program on a processor that no other such program uses, or on any if none is left.
 *
 * User-mode Linux is two processes that take turns at every system call and page fault. On two processors, each turn wakes
 * an idle one, which takes about twenty times as long as a switch on the same one.
 */
export async function onOneProcessor(program: readonly string[]): Promise<string[]> {
  const locks = cacheFolder();
  await mkdir(locks, { recursive: true });
  return ['sh', '-c', script, 'sh', locks, (await processors()).join(' '), ...program];
}

/** Returns the numbers of the processors that this process may run on. */
async function processors(): Promise<number[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  const [, list = ''] = /^Cpus_allowed_list:\s*(.*)$/m.exec(status) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
