import { readState } from '../../ipvs/state.ts';
import type { RestoreOptions } from '../../rules/command.ts';
import { refusalOfEmptyRules } from '../../rules/guards.ts';
import { withIpvs, withLoadedIpvs } from '../open-ipvs.ts';
import { planGuarded } from '../restore/guarded-plan.ts';
import { checkRules, readScript } from '../restore/read-rules.ts';
import { withLock } from '../restore/with-lock.ts';
import { status } from '../status.ts';
import type { Streams } from '../stdio/streams.ts';
import { converge, printPlan, readDesired } from './sync.ts';

/**
 * Carries out `ipvsadm --restore` with the rules on standard input, and returns the exit status. All rules are read and
 * checked first: if lines are wrong, all of them are reported and nothing is changed.
 */
export async function restore(options: RestoreOptions, streams: Streams): Promise<number> {
  if (options.check) return checkOnly(options, streams);
  if (options.dryRun) {
    return withLoadedIpvs(streams, (ipvs) => printPlan(ipvs, streams, options));
  }
  return withIpvs(streams, async (ipvs) => {
    // A missing permission is reported first, whatever the rules are.
    await ipvs.info();
    if (options.sync) return converge(ipvs, streams, options);
    const script = await readScript(options, streams, ipvs);
    return script ? script.run(streams) : status.unusable;
  });
}

/** Removes all services and runs the rules of the input, after checking them. */
export async function restoreOnEmpty(options: RestoreOptions, streams: Streams): Promise<number> {
  return withIpvs(streams, async (ipvs) => {
    await ipvs.info();
    const script = await readScript(options, streams, ipvs);
    if (!script) return status.unusable;
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

/**
 * Reports faults in the rules, with `--sync` contradictions among them and rules without any service too, and returns the
 * exit status.
 */
async function checkOnly(options: RestoreOptions, streams: Streams): Promise<number> {
  if (!options.sync) return (await checkRules(options, streams)) ? status.done : status.unusable;
  const desired = await readDesired(options, streams);
  if (!desired) return status.unusable;
  if (options.allowEmpty || desired.tableRules > 0) return status.done;
  streams.err.write(`${refusalOfEmptyRules()}\n`);
  return status.guarded;
}
