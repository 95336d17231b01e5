import { Ipvs } from '../ipvs/client.ts';
import { NetlinkError } from '../netlink/errors.ts';
import { ENOPROTOOPT, EPERM } from '../platform/errno.ts';
import { strerror } from '../platform/strerror.ts';
import { lazy } from './lazy.ts';
import { status } from './status.ts';
import type { Output } from './stdio/output.ts';
import type { Streams } from './stdio/streams.ts';

/**
 * Runs `task` on the kernel's IPVS, for which the module `ip_vs` is loaded where the kernel has none yet, as the reference does
 * for whatever it is told. Where there is none, or it may not be used, says so, whatever else may be wrong.
 */
export async function withIpvs({ err }: Streams, task: (ipvs: Ipvs) => Promise<number>): Promise<number> {
  let ipvs: Ipvs;
  try {
    ipvs = await openOrLoad();
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    return tellReason(reasonOf(error), err);
  }
  return runWith(ipvs, err, task);
}

/** Runs `task` on the kernel's IPVS, if it has one already: for commands of our own that change nothing. */
export async function withLoadedIpvs(
  { err }: Streams,
  task: (ipvs: Ipvs | undefined) => Promise<number>,
): Promise<number> {
  let ipvs: Ipvs;
  try {
    ipvs = await Ipvs.open({ loadModule: false });
  } catch (error) {
    if (isMissing(error)) return task(undefined);
    if (!(error instanceof NetlinkError)) throw error;
    return tellReason(reasonOf(error), err);
  }
  return runWith(ipvs, err, async (opened) => {
    // Who may not use IPVS is told that first.
    await opened.info();
    return task(opened);
  });
}

async function runWith(ipvs: Ipvs, err: Output, task: (ipvs: Ipvs) => Promise<number>): Promise<number> {
  try {
    return await task(ipvs);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return tellReason(EPERM, err);
  } finally {
    ipvs.close();
  }
}

/** Whether the kernel refused something because of who asks. It refuses whatever such a user asks for, before it looks at it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof NetlinkError && error.errno === EPERM;
}

/** Opens IPVS; where the kernel has none, after `/sbin/modprobe ip_vs`. */
async function openOrLoad(): Promise<Ipvs> {
  try {
    return await Ipvs.open();
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { spawnSync } = await lazy.childProcess();
    spawnSync('/sbin/modprobe', ['ip_vs'], { stdio: 'ignore' });
    return Ipvs.open();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof NetlinkError && error.code === 'FAMILY_NOT_FOUND';
}

/** The error number that tells why IPVS could not be opened. */
function reasonOf(error: NetlinkError): number {
  // An ordinary user is not told whether the module is there.
  if (isMissing(error)) return process.geteuid?.() === 0 ? ENOPROTOOPT : EPERM;
  return error.errno ?? EPERM;
}

/** Says that the kernel has no IPVS, to a command that loads none, and gives the exit status. */
export function tellNotLoaded({ err }: Streams): number {
  err.write('The kernel has no IPVS loaded, so there is nothing to read (modprobe ip_vs loads it).\n');
  return status.illegal;
}

/** Whether an error says that the kernel has no IPVS, or that it may not be used. */
export function isAbsent(error: unknown): error is NetlinkError {
  return isMissing(error) || isForbidden(error);
}

/** Says why IPVS cannot be used, and gives the exit status. */
export function tellAbsence(error: NetlinkError, { err }: Pick<Streams, 'err'>): number {
  return tellReason(reasonOf(error), err);
}

function tellReason(errno: number, err: Output): number {
  const reason = errno === EPERM ? 'Permission denied (you must be root)' : strerror(errno);
  err.write(`Can't initialize ipvs: ${reason}\n`);
  err.write('Are you sure that IP Virtual Server is built in the kernel or as module?\n');
  return status.illegal;
}
