import { examine } from '../../doctor/examine.ts';
import { observe } from '../../doctor/observe/observe.ts';
import { Ipvs } from '../../ipvs/client.ts';
import { type DirectorState, readState } from '../../ipvs/state.ts';
import { apply, type FailedPlan, type RefusedStep } from '../../rollout/apply.ts';
import { converge, type Draining } from '../../rollout/converge.ts';
import { drain } from '../../rollout/drain.ts';
import { whileLocked } from '../../rollout/lock.ts';
import type { DesiredState } from '../../rules/desired.ts';
import { formatCommand } from '../../rules/format.ts';
import { GuardError, refusalOf } from '../../rules/guards.ts';
import { refusalSentence } from '../../rules/messages.ts';
import type { PlanOptions } from '../../rules/plan.ts';
import type { Step } from '../../rules/step.ts';
import type { Report } from '../documents/report.ts';
import type { ConvergeOptions, Director, FinalOutcome, Outcome } from './director.ts';

/** Seconds to wait for the table's lock. */
const lockTimeout = 5;

/** Outcome if somebody else holds the table's lock. */
type Locked = { readonly kind: 'locked'; readonly reason: string };

/** The director of this machine: the IPVS table of its kernel. */
export class KernelDirector implements Director {
  readonly #log: (sentence: string) => void;
  /** The last reason logged, so that each is logged once, however often the table is changed. */
  #obstacle: string | undefined;

  /** @param log logs that the table is changed without a lock, as there is no way to lock it */
  constructor(log: (sentence: string) => void) {
    this.#log = log;
  }

  state(): Promise<DirectorState> {
    return withIpvs(readState);
  }

  converge(
    desired: DesiredState,
    { drain: seconds = 0, stop, ...options }: ConvergeOptions,
  ): Promise<Outcome> {
    return this.#changing((ipvs) => convergeNow(ipvs, desired, seconds, stop, options));
  }

  carryOut(state: DirectorState, steps: readonly Step[], { owns }: PlanOptions): Promise<FinalOutcome> {
    return this.#changing(async (ipvs) =>
      outcomeOf(await apply(ipvs, state, { additions: steps, removals: [], scope: { owns } })),
    );
  }

  /** Runs a task that changes the table, under the table's lock. */
  #changing<Result extends Outcome>(task: (ipvs: Ipvs) => Promise<Result>): Promise<Result | Locked> {
    return whileLocked<Result | Locked>(lockTimeout, () => withIpvs(task), {
      onBusy: (reason) => ({ kind: 'locked', reason }),
      onImpossible: (reason) => {
        if (reason !== this.#obstacle) this.#log(reason);
        this.#obstacle = reason;
      },
    });
  }

  async findings(): Promise<Report['findings']> {
    try {
      const system = await withIpvs(observe);
      return examine(system).map(({ problem, services }) => ({ problem, services: services.length }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [{ problem: `The system cannot be examined: ${reason}`, services: 0 }];
    }
  }
}

async function convergeNow(
  ipvs: Ipvs,
  desired: DesiredState,
  seconds: number,
  stop: AbortSignal | undefined,
  options: PlanOptions,
): Promise<Outcome> {
  const draining: Draining = {
    options: { seconds, keep: false },
    async drainServers(servers) {
      const removable = await drain(ipvs, servers, seconds, { ...(stop && { stop }) });
      const interrupted = stop?.aborted === true;
      return { removable: interrupted ? [] : removable, interrupted };
    },
  };
  try {
    const given = seconds > 0 ? draining : undefined;
    const { failed, isInterrupted } = await converge(ipvs, desired, options, given);
    return isInterrupted ? { kind: 'interrupted' } : outcomeOf(failed);
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    return { kind: 'guard', reason: refusalOf(error) };
  }
}

function outcomeOf(failed: FailedPlan | undefined): FinalOutcome {
  if (!failed) return { kind: 'done' };
  const { unrestored } = failed;
  const rest =
    unrestored.length === 0 ? '' : `; could not be restored: ${unrestored.map(refusalOfStep).join(', ')}`;
  return { kind: 'kernel', reason: refusalOfStep(failed) + rest };
}

function refusalOfStep({ step, error }: RefusedStep): string {
  const reason = error.errno === undefined ? error.message : refusalSentence(error.errno, step.command.name);
  return `${formatCommand(step.command).join(' ')}: ${reason}`;
}

async function withIpvs<T>(task: (ipvs: Ipvs) => Promise<T>): Promise<T> {
  const ipvs = await Ipvs.open();
  try {
    return await task(ipvs);
  } finally {
    ipvs.close();
  }
}
