import { Ipvs } from '../ipvs/client.ts';
import type { Info } from '../ipvs/model.ts';
import { NetlinkError } from '../netlink/errors.ts';
import { status } from './status.ts';
import type { Streams } from './streams.ts';

/** An open IPVS and what it said of itself. */
export interface Kernel {
  readonly ipvs: Ipvs;
  readonly info: Info;
}

/** The kernel's IPVS cannot be used. */
export class NoKernelError extends Error {
  /** Why, as an error number. */
  readonly errno: number;

  constructor(errno: number, cause: NetlinkError) {
    super(cause.message, { cause });
    this.name = 'NoKernelError';
    this.errno = errno;
  }
}

const EPERM = 1;
const ENOPROTOOPT = 92;

/**
 * Opens IPVS; where the kernel has none, after `/sbin/modprobe ip_vs`.
 *
 * @throws {NoKernelError} when there is none still (`ENOPROTOOPT`), or it may not be used (`EPERM`).
 */
export async function openKernel(): Promise<Kernel> {
  const ipvs = await openOrLoad().catch((error: unknown) => {
    if (!(error instanceof NetlinkError)) throw error;
    const missing = error.code === 'FAMILY_NOT_FOUND';
    // An ordinary user is not told whether the module is there.
    const absence = process.geteuid?.() === 0 ? ENOPROTOOPT : EPERM;
    throw new NoKernelError(missing ? absence : (error.errno ?? EPERM), error);
  });
  try {
    return { ipvs, info: await ipvs.info() };
  } catch (error) {
    ipvs.close();
    throw error instanceof NetlinkError ? new NoKernelError(error.errno ?? EPERM, error) : error;
  }
}

/** Runs `task` on the kernel's IPVS. Where there is none, says so, whatever else may be wrong. */
export async function withKernel(
  { err }: Streams,
  task: (kernel: Kernel) => Promise<number>,
): Promise<number> {
  let kernel: Kernel;
  try {
    kernel = await openKernel();
  } catch (error) {
    if (!(error instanceof NoKernelError)) throw error;
    const { strerror } = await import('./strerror.ts');
    const reason = error.errno === 1 ? 'Permission denied (you must be root)' : strerror(error.errno);
    err.write(`Can't initialize ipvs: ${reason}\n`);
    err.write('Are you sure that IP Virtual Server is built in the kernel or as module?\n');
    return status.illegal;
  }
  try {
    return await task(kernel);
  } finally {
    kernel.ipvs.close();
  }
}

async function openOrLoad(): Promise<Ipvs> {
  try {
    return await Ipvs.open();
  } catch (error) {
    if (!(error instanceof NetlinkError && error.code === 'FAMILY_NOT_FOUND')) throw error;
    const { spawnSync } = await import('node:child_process');
    spawnSync('/sbin/modprobe', ['ip_vs'], { stdio: 'ignore' });
    return Ipvs.open();
  }
}
