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
  /** Ctrl-C. */
  interrupted: 130,
  /** Nobody reads the output any more; the shell's for SIGPIPE. */
  brokenPipe: 141,
  /** The kernel refused. */
  refused: 255,
} as const;
