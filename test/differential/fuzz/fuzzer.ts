import { wantedBuild } from '../../lab/project.ts';
import { agree, commandOf, forReference } from '../allowed.ts';
import { Rig } from '../rig.ts';
import type { Outcome } from '../shell.ts';
import { type Step, shellLine } from '../step.ts';
import { makeSequence } from './generator.ts';
import { InProcess } from './in-process.ts';
import { Random } from './random.ts';

/** A sequence of steps from an empty table, after the last of which the two sides differ. */
export interface Difference {
  readonly steps: readonly Step[];
  /** Outcome of the last step, or the state of the director after it. */
  readonly ours: Outcome | string;
  readonly reference: Outcome | string;
}

/**
 * One of this many sequences is run with our real command, the others faster: in a single process of Node. The command is the
 * executable; when that is the build under test, it runs all sequences.
 */
const commandShare = wantedBuild === 'executable' ? 1 : 40;

/** Maximum duration of a sequence, in seconds. */
const timeLimit = 60;

/** Runs random sequences of command lines on two directors, ours and the reference's, and compares them. */
export class Fuzzer {
  readonly #rig = new Rig(wantedBuild ?? 'executable');
  readonly #ours = new InProcess('ours');
  readonly #oursOnReference = new InProcess('reference');
  /** Whether timeouts or daemons may have been changed. */
  #settingsTouched = true;

  /** Runs one sequence of a seed; resolves to the difference, if any, reduced to as few steps as possible. */
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

  /** Removes every step without which there is still a difference. */
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
   * Returns the state of a director as ours prints it, which needs no new process. That is reliable on the reference's
   * director, too: the steps themselves constantly compare ours with the reference there.
   */
  async #state(director: InProcess): Promise<string> {
    const settings = [
      ['-L', '--timeout'],
      ['-L', '--daemon'],
    ];
    const commands = [['-Sn'], ...(this.#settingsTouched ? settings : [])];
    const outcomes = await Promise.all(commands.map((words) => director.run({ words })));
    // The two hash tables may differ in order, and sorting by firewall mark preserves some of that.
    const lines = outcomes.flatMap(({ stdout, stderr }) => `${stdout}${stderr}`.split(/(?<=\n)/));
    return lines.sort().join('');
  }
}

/** Returns the steps from index `from` that can be run without waiting in between: all read the table, or all change it. */
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
