import type { Tools } from '../lab/debian/tool.ts';
import type { Layout } from '../lab/world.ts';
import type { Serving } from './agent.ts';
import type { Stage } from './stage.ts';

/** Something that LVS does, set up with our ipvsadm and shown with packets: read as a lesson, run as a test. */
export interface Lesson {
  /** What it is called for: `npm run lab -- NAME`. */
  readonly name: string;
  /** What it is about, in a few words. */
  readonly title: string;
  /** What to know before: lines of at most 80 columns, a drawing of the machines among them. */
  readonly introduction: readonly string[];
  /** The machines, one of which is called `director` and another `client`. */
  readonly layout: Layout;
  /** What the machines serve, from the beginning. */
  readonly serving: Readonly<Record<string, readonly Serving[]>>;
  readonly steps: readonly Step[];
  /** A page that the shell after the lesson can fetch. */
  readonly url?: string;
  /** The machine on which lines are typed that name none, and on which the shell is; `director` by default. */
  readonly desk?: string;
  /** Variables of everything that is typed. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Fetches programs that are needed besides. In the lab, which has no network, they are there. */
  readonly tools?: () => Promise<Tools>;
  /** The memory of the lab's machine, where it needs more than most. */
  readonly memory?: string;
  /** Says what the kernel of User-mode Linux lacks for it: it is given on another one then. */
  readonly notUml?: string;
}

/** One thing that is shown. */
export interface Step {
  /** What it shows: a heading of the lesson, and the name of a test. */
  readonly title: string;
  /** What to know: lines of at most 80 columns. */
  readonly words?: readonly string[];
  /** The line that is typed, on the desk where no machine is named. */
  readonly typed?: readonly (string | Typed)[];
  /** Sends packets and looks; throws when what the title says is not so. */
  readonly proof?: (stage: Stage) => Promise<void>;
}

/** A command line typed on a machine. */
export interface Typed {
  readonly on: string;
  readonly line: string;
  /** It goes on beside the rest; see {@link Stage.start}. */
  readonly background?: true;
}
