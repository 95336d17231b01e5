import type { Ipvs } from '../ipvs/client.ts';
import type { Info } from '../ipvs/model.ts';
import { Session } from '../ipvs/session.ts';
import { NetlinkError } from '../netlink/errors.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';

/** An open IPVS and what it said of itself: enough to change something. */
export interface OpenKernel {
  readonly session: Session;
  readonly info: Info;
}

/** The same, and all that can be done with it. */
export interface Kernel {
  readonly ipvs: Ipvs;
  readonly info: Info;
}

/** The client of an open IPVS. It is loaded here, as most commands only change something. */
export async function kernelOf({ session, info }: OpenKernel): Promise<Kernel> {
  const { Ipvs } = await import('../ipvs/client.ts');
  return { ipvs: new Ipvs(session), info };
}

/** Runs `task` on the kernel's IPVS. Where there is none, says so, whatever else may be wrong. */
export async function withKernel(
  { err }: Streams,
  task: (kernel: OpenKernel) => Promise<number>,
): Promise<number> {
  const kernel = await openKernel();
  if (typeof kernel === 'number') {
    const { strerror } = await import('./strerror.ts');
    const reason = kernel === EPERM ? 'Permission denied (you must be root)' : strerror(kernel);
    err.write(`Can't initialize ipvs: ${reason}\n`);
    err.write('Are you sure that IP Virtual Server is built in the kernel or as module?\n');
    return status.illegal;
  }
  try {
    return await task(kernel);
  } finally {
    kernel.session.close();
  }
}

const EPERM = 1;
const ENOPROTOOPT = 92;

/**
 * Opens IPVS; where the kernel has none, after `/sbin/modprobe ip_vs`. Gives the error number that tells why not:
 * `ENOPROTOOPT` when there is none still, `EPERM` when it may not be used.
 */
async function openKernel(): Promise<OpenKernel | number> {
  let session: Session | undefined;
  try {
    session = await openOrLoad();
    return { session, info: await session.info() };
  } catch (error) {
    session?.close();
    if (!(error instanceof NetlinkError)) throw error;
    // An ordinary user is not told whether the module is there.
    if (isMissing(error)) return process.geteuid?.() === 0 ? ENOPROTOOPT : EPERM;
    return error.errno ?? EPERM;
  }
}

async function openOrLoad(): Promise<Session> {
  try {
    return await Session.open();
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { spawnSync } = await import('node:child_process');
    spawnSync('/sbin/modprobe', ['ip_vs'], { stdio: 'ignore' });
    return Session.open();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof NetlinkError && error.code === 'FAMILY_NOT_FOUND';
}
