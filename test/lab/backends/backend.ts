import type { Toolbox } from '../toolbox.ts';

/** Names of the lab's kernels, as `--kernel` takes them. */
export const kernelNames = ['host', 'uml', '6.1', '6.12'] as const;
export type KernelName = (typeof kernelNames)[number];

/** A source of a kernel with IPVS. */
export interface Backend {
  readonly name: KernelName;
  /** Prepares the kernel to start; throws `LabUnavailable`, with a sentence for the user, if it is not available. */
  prepare(): Promise<Kernel>;
}

/** A kernel that is ready to start, any number of times. */
export interface Kernel {
  readonly tools: Toolbox;
  /** Shell settings for the guest's scripts (`guest/*.sh`). */
  readonly settings: Readonly<Record<string, string>>;
  /** The scripts of `guest/` that this kernel starts with. */
  readonly scripts: readonly string[];
  /** Returns the command of the guest's process. */
  command(boot: Boot): Promise<Command>;
}

/** Parameters of one boot of a kernel. */
export interface Boot {
  /** Folder with `settings.sh`, `job.sh` and the scripts; the guest's root file system shows it too. */
  readonly folder: string;
  /** Folder of this machine into which the guest may write. */
  readonly results: string;
  /** For example `1G`. */
  readonly memory: string | undefined;
  /** Lets this machine's kernel choose the processors that the guest runs on; otherwise it is one only, which is faster. */
  readonly anyProcessor: boolean;
}

/**
 * The command of a guest's process. Its stdin and stdout are the console; the output of the program in the guest comes
 * on descriptors 3 (stdout) and 4 (stderr), its exit code on 5.
 */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Set where the program runs on the user's terminal itself, not on a console of the guest. */
  readonly sharesTerminal?: boolean;
}
