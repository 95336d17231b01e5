import { readState } from '../../ipvs/state.ts';
import type { RestoreOptions } from '../../rules/command.ts';
import { withIpvs, withLoadedIpvs } from '../open-ipvs.ts';
import { planGuarded } from '../restore/guarded-plan.ts';
import { checkRules, readScript } from '../restore/read-rules.ts';
import { withLock } from '../restore/with-lock.ts';
import { status } from '../status.ts';
import type { Streams } from '../stdio/streams.ts';
import { converge, printPlan, readDesired } from './sync.ts';

/**
 * Carries out `ipvsadm --restore` with the rules on standard input, and returns the exit status. All of them are read and checked
 * first: where a line is wrong, all such lines are told and nothing is done.
 */
export async function restore(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.check) return checkOnly(options, streams);
  if (options.dryRun) {
    return withLoadedIpvs(streams, (ipvs) => printPlan(ipvs, streams, options));
  }
  return withIpvs(streams, async (ipvs) => {
    // Who may not change the table is told that first, whatever the rules are.
    await ipvs.info();
    if (options.sync) return converge(ipvs, streams, options);
    const script = await readScript(options, streams, ipvs);
    return script ? script.run(streams) : status.illegal;
  });
}

/** Removes all services and runs the rules of the input, once they have been checked. */
export async function restoreOnEmpty(options: RestoreOptions, streams: Streams): Promise<number> {
  return withIpvs(streams, async (ipvs) => {
    await ipvs.info();
    const script = await readScript(options, streams, ipvs);
    if (!script) return status.illegal;
    return withLock(streams, options.wait ?? 0, async () => {
      const { tableRules } = script;
      const empty = { table: new Map(), tableRules };
      if (tableRules === 0 && !planGuarded(await readState(ipvs), empty, options, streams)) {
        return status.guarded;
      }
      await ipvs.flush();
      return script.run(streams);
    });
  });
}

/** Tells what is wrong with the rules; those for a whole table must not contradict each other either. */
async function checkOnly(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.sync) {
    return (await readDesired(options, streams)) ? status.done : status.illegal;
  }
  return (await checkRules(options, streams)) ? status.done : status.illegal;
}
