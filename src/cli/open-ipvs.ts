import { Ipvs } from '../ipvs/client.ts';
import { NetlinkError } from '../netlink/errors.ts';
import { ENOPROTOOPT, EPERM } from '../platform/errno.ts';
import { strerror } from '../platform/strerror.ts';
import { lazy } from './lazy.ts';
import { status } from './status.ts';
import type { Output } from './stdio/output.ts';
import type { Streams } from './stdio/streams.ts';

/**
 * Runs `task` on the kernel's IPVS. Loads the module `ip_vs` first where the kernel has no IPVS yet, as the reference
 * ipvsadm does for every command. Where IPVS is unavailable or not permitted, reports that, whatever else may be wrong.
 */
export async function withIpvs({ err }: Streams, task: (ipvs: Ipvs) => Promise<number>): Promise<number> {
  let ipvs: Ipvs;
  try {
    ipvs = await openOrLoad();
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error;
    return reportReason(reasonOf(error), err);
  }
  return runWith(ipvs, err, task);
}

/**
 * Runs `task` on the kernel's IPVS, or with `undefined` where it is not loaded: for read-only commands that the reference
 * does not have.
 */
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
    return reportReason(reasonOf(error), err);
  }
  return runWith(ipvs, err, async (opened) => {
    // A missing permission is reported before any other error.
    await opened.info();
    return task(opened);
  });
}

async function runWith(ipvs: Ipvs, err: Output, task: (ipvs: Ipvs) => Promise<number>): Promise<number> {
  try {
    return await task(ipvs);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return reportReason(EPERM, err);
  } finally {
    ipvs.close();
  }
}

/**
 * Returns whether the kernel refused a request for lack of permission. It refuses all requests of such a user, before it
 * looks at them.
 */
export function isForbidden(error: unknown): boolean {
  return error instanceof NetlinkError && error.errno === EPERM;
}

/** Opens IPVS, after `/sbin/modprobe ip_vs` where the kernel has none. */
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

/** Returns the error number for why IPVS could not be opened. */
function reasonOf(error: NetlinkError): number {
  // An ordinary user does not learn whether the module is loaded.
  if (isMissing(error)) return process.geteuid?.() === 0 ? ENOPROTOOPT : EPERM;
  return error.errno ?? EPERM;
}

/** Reports that the kernel has no IPVS, for commands that do not load it, and returns the exit status. */
export function reportNotLoaded({ err }: Streams): number {
  err.write(
    'IPVS is not loaded in the kernel, so there is no table to read (load it with: modprobe ip_vs).\n',
  );
  return status.unusable;
}

/** Returns whether an error means that the kernel has no IPVS, or that it is not permitted. */
export function isUnavailable(error: unknown): error is NetlinkError {
  return isMissing(error) || isForbidden(error);
}

/** Reports why IPVS cannot be used, and returns the exit status. */
export function reportUnavailable(error: NetlinkError, { err }: Pick<Streams, 'err'>): number {
  return reportReason(reasonOf(error), err);
}

function reportReason(errno: number, err: Output): number {
  const reason = errno === EPERM ? 'Permission denied (you must be root)' : strerror(errno);
  err.write(`Can't initialize ipvs: ${reason}\n`);
  err.write('Are you sure that IP Virtual Server is built in the kernel or as module?\n');
  return status.unusable;
}
