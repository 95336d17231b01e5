import type { Tools } from '../lab/debian/tool.ts';
import type { Layout } from '../lab/world.ts';
import type { Serving } from './agent.ts';
import type { Stage } from './stage.ts';

/** A feature of LVS, set up with our ipvsadm and shown with packets: read as a lesson, run as a test. */
export interface Lesson {
  /** Name of the lesson: `npm run lab -- NAME`. */
  readonly name: string;
  /** Subject of the lesson, in a few words. */
  readonly title: string;
  /** Lines of at most 80 columns to read first, with a drawing of the machines. */
  readonly introduction: readonly string[];
  /** The machines, one of which is called `director` and another `client`. */
  readonly layout: Layout;
  /** Ports that machines serve from the beginning, by machine. */
  readonly serving: Readonly<Record<string, readonly Serving[]>>;
  readonly steps: readonly Step[];
  /** A page that the shell after the lesson can fetch. */
  readonly url?: string;
  /** The machine for command lines that name none, and for the shell; `director` by default. */
  readonly desk?: string;
  /** Environment variables of all command lines. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Fetches further programs that the lesson needs into the cache, where the lab, which has no network, finds them. */
  readonly tools?: () => Promise<Tools>;
  /** The memory of the lab's machine, if the lesson needs more than the usual. */
  readonly memory?: string;
  /** A sentence about what User-mode Linux lacks for the lesson, which then runs on another kernel. */
  readonly notUml?: string;
}

/** One step of a lesson. */
export interface Step {
  /** The fact that the step shows: a heading of the lesson, and the name of a test. */
  readonly title: string;
  /** Explanation in lines of at most 80 columns. */
  readonly words?: readonly string[];
  /** Command lines to type, on the desk if they name no machine. */
  readonly typed?: readonly (string | Typed)[];
  /** Sends packets and checks; throws if the title is not true. */
  readonly proof?: (stage: Stage) => Promise<void>;
}

/** A command line typed on a machine. */
export interface Typed {
  readonly on: string;
  readonly line: string;
  /** Runs the command in the background; see {@link Stage.start}. */
  readonly background?: true;
}
