import { existsSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Own code of programs in User-mode Linux, at this machine's native speed. There each guest process is a process of the
 * host, so the host's accounting tells how long guest processes have computed, without the system calls that User-mode
 * Linux makes about twenty times as dear as a real kernel does. Page faults count, and half a microsecond a system call.
 *
 * The guest cannot read the host's `/proc`: it asks by a file in the folder that both see, and the host answers by another.
 */

const question = (number: number) => `clock-${number}.ask`;
const answer = (number: number) => `clock-${number}`;

/** The host's accounting counts in these, in milliseconds (`USER_HZ`, 100 on every machine that Linux runs on). */
const tick = 10;

/**
 * Host side: answers each question in `folder` with the milliseconds that ended children of the process `pid` (the kernel of
 * User-mode Linux) have computed, until the returned function is called.
 */
export function answerClock(folder: string, pid: number): () => void {
  let answered = 0;
  const watcher = watch(folder, (_, name) => {
    const number = Number(/^clock-(\d+)\.ask$/.exec(name ?? '')?.[1] ?? 0);
    // The guest takes both files away: one that vanished while the guest makes it would be an error there.
    if (number <= answered) return;
    answered = number;
    const unfinished = join(folder, `clock-${number}.tmp`);
    writeFileSync(unfinished, String(childTime(pid)));
    renameSync(unfinished, join(folder, answer(number)));
  });
  return () => watcher.close();
}

/** Milliseconds of user time of the children that `pid` has waited for: `cutime`, field 16 of proc_pid_stat(5). */
function childTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field, in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return tick * Number(fields[16 - 3]);
}

let asked = 0;

/** Guest side: the milliseconds that ended processes of this guest have computed; `undefined` where the host does not tell. */
export function ownCodeSoFar(): number | undefined {
  const folder = process.env.IPVSADM_LAB_RESULTS;
  if (process.env.IPVSADM_LAB !== 'uml' || !folder) return undefined;
  const number = ++asked;
  writeFileSync(join(folder, question(number)), '');
  const file = join(folder, answer(number));
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; !existsSync(file); waited++) {
    if (waited > 2000) throw new Error('the host does not tell how long programs have computed');
    Atomics.wait(pause, 0, 0, 5);
  }
  const milliseconds = Number(readFileSync(file, 'latin1'));
  rmSync(file);
  rmSync(join(folder, question(number)));
  return milliseconds;
}
