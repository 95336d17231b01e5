import type { Ipvs } from '../../ipvs/client.ts';
import { serverKey } from '../../ipvs/model.ts';
import { NetlinkError } from '../../netlink/errors.ts';
import { drainsFirst } from '../../rollout/converge.ts';
import type { DrainTarget } from '../../rollout/drain.ts';
import { removeFallback, setFallback } from '../../rollout/fallback.ts';
import { ignoreGone } from '../../rollout/gone.ts';
import type { DrainOptions } from '../../rules/command.ts';
import { drainUntil } from '../draining/drain-servers.ts';
import { noFallbackSentence, reportFallback, reportFallbackStays } from '../draining/fallback-sentences.ts';
import { kernelErrorSentence } from '../kernel-error-sentence.ts';
import { status } from '../status.ts';
import type { Output } from '../stdio/output.ts';
import { untilSignal } from '../stdio/until-signal.ts';

/**
 * Drains one server and removes it, as `-d --drain` does, and resolves to the exit status. Where the scheduler would refuse
 * clients meanwhile, the service gets a fallback for that time.
 *
 * Rejects with {@link NetlinkError} when the kernel refuses a request.
 */
export function removeDrained(
  ipvs: Ipvs,
  target: DrainTarget,
  options: DrainOptions,
  err: Output,
): Promise<number> {
  const { service, server } = target;
  return untilSignal(async (stop) => {
    const servers = await ipvs.destinations(service);
    // Somebody else may remove it while it drains: then nothing is left to be done.
    const orGone = servers.some(({ id }) => serverKey(id) === serverKey(server)) ? ignoreGone : undefined;
    if (drainsFirst(options) && !(await setAndReportFallback(ipvs, target, err))) return status.refused;
    let isOver = false;
    try {
      const { removable, interrupted } = await drainUntil(stop, ipvs, [target], options, err);
      if (removable.length > 0) await ipvs.removeDestination(service, server).catch(orGone);
      isOver = true;
      const settings = await removeFallback(ipvs, service).catch(orGone);
      if (settings) reportFallbackStays([{ service, settings }], err);
      return interrupted ? status.interrupted : status.done;
    } finally {
      // The first error is the one to report.
      if (!isOver) await removeFallback(ipvs, service).catch(() => {});
    }
  });
}

/**
 * Sets the fallback that draining a server needs, and reports it. Reports a refusal by the kernel, and resolves to `false`
 * then.
 */
async function setAndReportFallback(
  ipvs: Ipvs,
  { service, server }: DrainTarget,
  err: Output,
): Promise<boolean> {
  const { scheduler, flags } = await ipvs.service(service);
  try {
    const settings = await setFallback(ipvs, service, server);
    if (settings) reportFallback([{ service, settings }], err);
    return true;
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.errno === undefined) throw error;
    const reason = kernelErrorSentence(error, 'edit-service');
    err.write(`${noFallbackSentence({ service, settings: { scheduler, flags } }, reason)}\n`);
    return false;
  }
}
