import type { Toolbox } from '../toolbox.ts';

/** The kernels there are, by the name they are asked for. */
export const kernelNames = ['host', 'uml', '6.1', '6.12'] as const;
export type KernelName = (typeof kernelNames)[number];

/** A way to a kernel with IPVS. */
export interface Backend {
  readonly name: KernelName;
  /** Makes the kernel ready to start; throws `LabUnavailable` with a sentence where it cannot be had. */
  prepare(): Promise<Kernel>;
}

/** A kernel that is ready to start, as often as wanted. */
export interface Kernel {
  readonly tools: Toolbox;
  /** Shell settings for the guest's scripts (`guest/*.sh`). */
  readonly settings: Readonly<Record<string, string>>;
  /** The scripts of `guest/` that this kernel starts with. */
  readonly scripts: readonly string[];
  /** The process that is the guest. */
  command(boot: Boot): Promise<Command>;
}

/** What one start of a kernel is given. */
export interface Boot {
  /** Folder with `settings.sh`, `job.sh` and the scripts; the guest's root file system shows it too. */
  readonly folder: string;
  /** Folder of this machine into which the guest may write. */
  readonly results: string;
  /** For example `1G`. */
  readonly memory: string | undefined;
  /** Leaves it to this machine's kernel which processors the guest runs on; else it is one, which is faster. */
  readonly anyProcessor: boolean;
}

/**
 * A guest's process. Its stdin and stdout are the console; what the program in the guest prints comes on descriptor 3
 * (stdout) and 4 (stderr), its exit code on 5.
 */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Set where the program runs on the user's terminal itself, not on a console of the guest's. */
  readonly sharesTerminal?: boolean;
}
