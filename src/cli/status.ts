import type { RuleFault } from '../rules/fault.ts';

/** Exit statuses; those that the reference has too are its own. */
export const status = {
  done: 0,
  /** A service to be listed is not there. */
  missing: 1,
  /** `--doctor` has found something. */
  findings: 1,
  /** Something went wrong that nobody thought of. */
  unexpected: 1,
  /** The command line or a rule file is wrong, or there is no IPVS. */
  illegal: 2,
  /** `--exit-code`: the table is not what it shall be. */
  wouldChange: 3,
  /** A guard refused to make the table what is asked for, and nothing was done. */
  guarded: 4,
  /** Ctrl-C. */
  interrupted: 130,
  /** Nobody reads the output any more; the shell's for SIGPIPE. */
  brokenPipe: 141,
  /** The kernel refused. */
  refused: 255,
  /** The command line cannot be read at all. */
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
      return status.illegal;
  }
}
