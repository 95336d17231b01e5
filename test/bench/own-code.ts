import { existsSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Measures the own code of programs in User-mode Linux, at this machine's native speed. Each guest process is a process
 * of the host, so the host's accounting shows how long guest processes have computed, without the system calls, which
 * take about twenty times as long as on a real kernel. Page faults count, and half a microsecond per system call.
 *
 * The guest cannot read the host's `/proc`: it asks with a file in the shared folder, and the host answers with another.
 */

const question = (number: number) => `clock-${number}.ask`;
const answer = (number: number) => `clock-${number}`;

/** Milliseconds per tick of the host's accounting (`USER_HZ`, 100 on every machine that Linux runs on). */
const tick = 10;

/**
 * Host side: answers each question in `folder` with the milliseconds that ended children of the process `pid` (the kernel of
 * User-mode Linux) have computed, until the returned function is called.
 */
export function answerClock(folder: string, pid: number): () => void {
  let answered = 0;
  const watcher = watch(folder, (_, name) => {
    const number = Number(/^clock-(\d+)\.ask$/.exec(name ?? '')?.[1] ?? 0);
    // Only the guest removes the files: it would fail if one vanished while it creates it.
    if (number <= answered) return;
    answered = number;
    const unfinished = join(folder, `clock-${number}.tmp`);
    writeFileSync(unfinished, String(childTime(pid)));
    renameSync(unfinished, join(folder, answer(number)));
  });
  return () => watcher.close();
}

/** Returns the milliseconds of user time of the children that `pid` has waited for: `cutime`, field 16 of proc_pid_stat(5). */
function childTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field, in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return tick * Number(fields[16 - 3]);
}

let asked = 0;

/** Guest side: returns the milliseconds that ended processes of this guest have computed; `undefined` but on User-mode Linux. */
export function ownCodeSoFar(): number | undefined {
  const folder = process.env.IPVSADM_LAB_RESULTS;
  if (process.env.IPVSADM_LAB !== 'uml' || !folder) return undefined;
  const number = ++asked;
  writeFileSync(join(folder, question(number)), '');
  const file = join(folder, answer(number));
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; !existsSync(file); waited++) {
    if (waited > 2000) throw new Error('the host does not answer with the computing time of programs');
    Atomics.wait(pause, 0, 0, 5);
  }
  const milliseconds = Number(readFileSync(file, 'latin1'));
  rmSync(file);
  rmSync(join(folder, question(number)));
  return milliseconds;
}
