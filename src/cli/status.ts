import type { RuleFault } from '../rules/fault.ts';

/** Exit statuses; those that the reference ipvsadm has too are the same. */
export const status = {
  done: 0,
  /** The service or the table of connections to be listed does not exist. */
  missing: 1,
  /** `--doctor` has findings. */
  findings: 1,
  /** An unexpected error occurred. */
  unexpected: 1,
  /** The command line or a rule file is wrong, or IPVS is unavailable. */
  unusable: 2,
  /** With `--exit-code`: the table differs from the desired one. */
  wouldChange: 3,
  /** A guard refused the plan, and nothing was changed. */
  guarded: 4,
  /** Stopped by Ctrl-C or SIGTERM. */
  interrupted: 130,
  /** The reader of the output is gone; the shell's status for SIGPIPE. */
  brokenPipe: 141,
  /** The kernel refused. */
  refused: 255,
  /** The command line cannot be parsed at all. */
  unreadable: 255,
} as const;

/** Returns the exit status for a command line that is wrong. */
export function faultStatus(fault: RuleFault): number {
  switch (fault.code) {
    case 'no-command':
    case 'unknown-option':
    case 'missing-argument':
    case 'needless-argument':
      return status.unreadable;
    default:
      return status.unusable;
  }
}
