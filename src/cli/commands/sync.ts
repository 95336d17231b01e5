import type { Ipvs } from '../../ipvs/client.ts';
import { type DirectorState, initialState, readState } from '../../ipvs/state.ts';
import type { FailedPlan, RefusedStep } from '../../rollout/apply.ts';
import { converge as convergeTable, type Draining } from '../../rollout/converge.ts';
import type { Command, RestoreOptions } from '../../rules/command.ts';
import { type Desired, type DesiredState, desiredState } from '../../rules/desired.ts';
import { refusingSteps } from '../../rules/draining.ts';
import { isForDraining, settingsAfterDraining } from '../../rules/fallback-settings.ts';
import { formatCommand, formatRules } from '../../rules/format.ts';
import { badRuleSentence, placeName } from '../../rules/messages.ts';
import { ownership } from '../../rules/ownership.ts';
import { commandsOfPlan, type Plan } from '../../rules/step.ts';
import { planSummary } from '../../rules/summary.ts';
import { drainServers } from '../draining/drain-servers.ts';
import {
  fallbackHint,
  noFallbackSentence,
  reportFallback,
  reportFallbackStays,
} from '../draining/fallback-sentences.ts';
import { kernelErrorSentence } from '../kernel-error-sentence.ts';
import { planGuarded, planOptions, reportGuard } from '../restore/guarded-plan.ts';
import { readRules } from '../restore/read-rules.ts';
import { Script } from '../restore/script.ts';
import { withLock } from '../restore/with-lock.ts';
import { status } from '../status.ts';
import type { Output } from '../stdio/output.ts';
import type { Streams } from '../stdio/streams.ts';
import { errorTerminal } from '../stdio/terminal.ts';

/**
 * Brings the table, timeouts and daemons to the state that the rules on standard input describe, and returns the exit
 * status. Rules that print, or zero counters, are run afterwards.
 */
export async function converge(ipvs: Ipvs, streams: Streams, options: RestoreOptions): Promise<number> {
  const desired = await readDesired(options, streams);
  if (!desired) return status.unusable;
  return withLock(streams, options.wait ?? 0, async () => {
    const outcome = await rollOut(desired, ipvs, streams, options);
    return outcome === status.done ? Script.of(desired.others, ipvs).run(streams) : outcome;
  });
}

/** Reads the desired state from the rules on standard input; if they have faults, reports them and resolves to `undefined`. */
export async function readDesired(options: RestoreOptions, streams: Streams): Promise<Desired | undefined> {
  const rules = await readRules(options, streams);
  if (!rules) return undefined;
  const desired = desiredState(rules, ownership(options));
  for (const contradiction of desired.contradictions) {
    streams.err.write(`${badRuleSentence(contradiction)}\n`);
  }
  return desired.contradictions.length > 0 ? undefined : desired;
}

/**
 * Prints what {@link converge} would do, and returns the exit status. Without `ipvs` the module is not loaded yet, which a
 * restore would do: the plan starts from the initial state.
 */
export async function printPlan(
  ipvs: Ipvs | undefined,
  streams: Streams,
  options: RestoreOptions,
): Promise<number> {
  const { out, err } = streams;
  const desired = await readDesired(options, streams);
  if (!desired) return status.unusable;
  const state = ipvs ? await readState(ipvs) : initialState;
  const todo = planGuarded(state, desired, options, streams);
  if (!todo) return status.guarded;
  const commands = commandsOfPlan(todo);
  out.write(formatRules(commands));
  if (errorTerminal()) {
    out.flush();
    err.write(`${planSummary(todo, state, { isDrained: options.drain !== undefined })}\n`);
  }
  return options.exitCode && commands.length > 0 ? status.wouldChange : status.done;
}

async function rollOut(
  desired: Desired,
  ipvs: Ipvs,
  streams: Streams,
  options: RestoreOptions,
): Promise<number> {
  const { err } = streams;
  const { drain } = options;
  const draining: Draining | undefined = drain && {
    options: drain,
    drainServers: (servers) => drainServers(ipvs, servers, drain, err),
    onFallback: (services) => reportFallback(services, err),
    onFallbackStays: (services) => reportFallbackStays(services, err),
  };
  const outcome = await convergeTable(ipvs, desired, planOptions(options), draining).catch((error: unknown) =>
    reportGuard(error, streams),
  );
  if (!outcome) return status.guarded;
  const { original, planned, failed, postponed, isInterrupted } = outcome;
  if (failed) {
    reportFailure(failed, err);
    return status.refused;
  }
  if (isInterrupted) {
    if (options.keepWeights) err.write(`${keptWeightsHint}\n`);
    return status.interrupted;
  }
  for (const { command } of postponed) err.write(`${postponedSentence(command)}\n`);
  reportRefusedClients(planned, original, desired, err);
  return status.done;
}

const keptWeightsHint =
  'To return to the previous rules, restore them without --keep-weights, which would keep the weights at 0.';

function postponedSentence(command: Command): string {
  const words = formatCommand(command).join(' ');
  return `${words}: left to a later rollout, after the servers of another address family have been removed`;
}

/** Reports the step that the kernel refused, and whatever the rollback could not restore. */
function reportFailure(failed: FailedPlan, err: Output): void {
  const { unrestored } = failed;
  err.write(`${refusedStepSentence(failed)}\n`);
  if (unrestored.length === 0) err.write('All changes have been undone.\n');
  else err.write('Some changes could not be undone, because the kernel refused these commands, too:\n');
  for (const { step, error } of unrestored) {
    const { command } = step;
    err.write(`${formatCommand(command).join(' ')}: ${kernelErrorSentence(error, command.name)}\n`);
  }
}

function refusedStepSentence({ step: { place, command }, error }: RefusedStep): string {
  const reason = kernelErrorSentence(error, command.name);
  // No rule asked for this step, which sets the fallback for draining.
  if (command.name === 'edit-service' && isForDraining(command.settings))
    return noFallbackSentence(
      { service: command.service, settings: settingsAfterDraining(command.settings) },
      reason,
    );
  return `${place === undefined ? formatCommand(command).join(' ') : placeName(place)}: ${reason}`;
}

/**
 * Warns where a rule has set the weight of a server to 0 and the scheduler refuses its clients now: the administrator may
 * expect a gentle drain, as with other schedulers.
 */
function reportRefusedClients(
  { additions }: Plan,
  { table }: DirectorState,
  desired: DesiredState,
  err: Output,
): void {
  const [first, ...others] = refusingSteps(additions, table, desired.table);
  if (!first) return;
  const { settings, step } = first;
  const where = step.place === undefined ? '' : `${placeName(step.place)}: `;
  const clients =
    others.length === 0
      ? 'the clients of this server while its weight is 0'
      : `the clients of this server and of ${others.length} more while their weights are 0`;
  err.write(`${where}${settings.scheduler} refuses ${clients}${fallbackHint(settings)}\n`);
}
