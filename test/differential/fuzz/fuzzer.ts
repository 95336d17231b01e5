import { wantedBuild } from '../../lab/project.ts';
import { agree, commandOf, forReference } from '../allowed.ts';
import { Rig } from '../rig.ts';
import type { Outcome } from '../shell.ts';
import { type Step, shellLine } from '../step.ts';
import { makeSequence } from './generator.ts';
import { InProcess } from './in-process.ts';
import { Random } from './random.ts';

/** Steps from an empty table, after whose last one the two sides are not the same. */
export interface Difference {
  readonly steps: readonly Step[];
  /** What the last step did, or what the tables are after it. */
  readonly ours: Outcome | string;
  readonly reference: Outcome | string;
}

/**
 * One sequence in this many is run by our command itself, not in a process of Node that runs many, which is the fastest.
 * The command is the executable, and runs them all when that is the build to test.
 */
const commandShare = wantedBuild === 'executable' ? 1 : 40;

/** Seconds that a sequence may take. */
const timeLimit = 60;

/** Tries sequences of command lines on two directors, ours and the reference's. */
export class Fuzzer {
  readonly #rig = new Rig(wantedBuild ?? 'executable');
  readonly #ours = new InProcess('ours');
  readonly #oursOnReference = new InProcess('reference');
  /** Whether timeouts or daemons may have been changed. */
  #settingsTouched = true;

  /** Makes one sequence of a seed and tries it; gives the difference it shows in as few steps as can be found. */
  async try(seed: number, sequence: number): Promise<Difference | undefined> {
    const steps = makeSequence(new Random(seed, sequence));
    const byCommand = sequence % commandShare === 0;
    const difference = await this.#run(steps, byCommand);
    return difference && this.#shortened(difference, byCommand);
  }

  close(): void {
    this.#ours.close();
    this.#oursOnReference.close();
    this.#rig.dispose();
  }

  /** Leaves out one step after the other, as long as what follows still ends in a difference. */
  async #shortened(difference: Difference, byCommand: boolean): Promise<Difference> {
    let shortest = difference;
    for (let at = difference.steps.length - 2; at >= 0; at--)
      shortest = (await this.#run(shortest.steps.toSpliced(at, 1), byCommand)) ?? shortest;
    return shortest;
  }

  async #run(steps: readonly Step[], byCommand: boolean): Promise<Difference | undefined> {
    const late = new Promise<never>((_, reject) => {
      const message = `no answer: ${steps.map(shellLine).join('; ')}`;
      setTimeout(() => reject(new Error(message)), timeLimit * 1000).unref();
    });
    return Promise.race([this.#runToTheEnd(steps, byCommand), late]);
  }

  async #runToTheEnd(steps: readonly Step[], byCommand: boolean): Promise<Difference | undefined> {
    await this.#reset();
    this.#settingsTouched = steps.some(touchesSettings);
    for (let at = 0; at < steps.length; ) {
      const stretch = alike(steps, at);
      const outcomes = await Promise.all(stretch.map((step) => this.#runStep(step, byCommand)));
      for (const [index, { ours, reference }] of outcomes.entries()) {
        const step = stretch[index];
        if (step && !agree(step, ours, reference))
          return { steps: steps.slice(0, at + index + 1), ours, reference };
      }
      at += stretch.length;
    }
    const [ours, reference] = await Promise.all([
      this.#state(this.#ours),
      this.#state(this.#oursOnReference),
    ]);
    return ours === reference ? undefined : { steps, ours, reference };
  }

  async #runStep(step: Step, byCommand: boolean): Promise<{ ours: Outcome; reference: Outcome }> {
    const read = isRead(step);
    const shell = read ? this.#rig.oursOnReference : this.#rig.ours;
    const worker = read ? this.#oursOnReference : this.#ours;
    const [ours, reference] = await Promise.all([
      byCommand ? shell.run(shellLine(step)) : worker.run(step),
      this.#rig.reference.run(shellLine(forReference(step))),
    ]);
    return { ours, reference };
  }

  async #reset(): Promise<void> {
    const lines = [['-C']];
    if (this.#settingsTouched)
      lines.push(['--set', '900', '120', '300'], ['--stop-daemon', 'master'], ['--stop-daemon', 'backup']);
    const both = [this.#ours, this.#oursOnReference];
    await Promise.all(both.flatMap((director) => lines.map((words) => director.run({ words }))));
  }

  /**
   * The state of a director, as ours prints it: that costs no process, and what ours prints of the reference's
   * director is held against the reference itself all the time.
   */
  async #state(director: InProcess): Promise<string> {
    const settings = [
      ['-L', '--timeout'],
      ['-L', '--daemon'],
    ];
    const commands = [['-Sn'], ...(this.#settingsTouched ? settings : [])];
    const outcomes = await Promise.all(commands.map((words) => director.run({ words })));
    // Two hash tables have two orders, and sorting by firewall mark keeps some of it.
    const lines = outcomes.flatMap(({ stdout, stderr }) => `${stdout}${stderr}`.split(/(?<=\n)/));
    return lines.sort().join('');
  }
}

/** The steps from one on that can be run without waiting: all read, or all change, the table. */
function alike(steps: readonly Step[], from: number): readonly Step[] {
  const [first, ...more] = steps.slice(from);
  if (!first) return [];
  const other = more.findIndex((step) => isRead(step) !== isRead(first));
  return [first, ...(other < 0 ? more : more.slice(0, other))];
}

function isRead(step: Step): boolean {
  const command = commandOf(step);
  return command === 'list' || command === 'save';
}

function touchesSettings({ words }: Step): boolean {
  return words.some((word) => /^--(set|start-daemon|stop-daemon)/.test(word));
}
