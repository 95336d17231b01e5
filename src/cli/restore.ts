import type { RestoreOptions } from '../rules/command.ts';
import { kernelOf, withKernel, withLoadedKernel } from './kernel.ts';
import { checkRules, readScript } from './read-rules.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';

/**
 * Does what `ipvsadm --restore` is told to do with the rules on standard input, and gives the exit status. All of
 * them are read and checked first: where a line is wrong, all such lines are told and nothing is done.
 */
export async function restore(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.check) return checkOnly(options, streams);
  if (options.dryRun) {
    return withLoadedKernel(streams, async (ipvs) => {
      const { printPlan } = await import('./converge.ts');
      return printPlan(ipvs && (await kernelOf(ipvs)), streams, options);
    });
  }
  return withKernel(streams, async (ipvs) => {
    const kernel = await kernelOf(ipvs);
    if (options.sync) {
      const { converge } = await import('./converge.ts');
      return converge(kernel, streams, options);
    }
    const script = await readScript(options, streams, kernel);
    return script ? script.run(streams) : status.illegal;
  });
}

/** Removes all services and runs the rules of the input, once they have been checked. */
export async function restoreOnEmpty(options: RestoreOptions, streams: Streams): Promise<number> {
  return withKernel(streams, async (ipvs) => {
    const kernel = await kernelOf(ipvs);
    const script = await readScript(options, streams, kernel);
    if (!script) return status.illegal;
    const { planGuarded } = await import('./guard.ts');
    const { withLock } = await import('./lock.ts');
    return withLock(streams, options.wait ?? 0, async () => {
      const { tableRules } = script;
      if (tableRules === 0) {
        const { readState } = await import('../ipvs/state.ts');
        const current = await readState(kernel.ipvs);
        const desired = { table: new Map(), tableRules };
        if (!planGuarded(current, desired, options, streams)) return status.guarded;
      }
      await kernel.ipvs.flush();
      return script.run(streams);
    });
  });
}

/** Tells what is wrong with the rules; those for a whole table must not contradict each other either. */
async function checkOnly(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.sync) {
    const { readDesired } = await import('./converge.ts');
    return (await readDesired(options, streams)) ? status.done : status.illegal;
  }
  return (await checkRules(options, streams)) ? status.done : status.illegal;
}
