import { styleText } from 'node:util';
import type { World } from './world.ts';

// Programs in the lab cannot detect whether a terminal shows their output: the process that starts the lab sets NO_COLOR.
const emphasize = process.env.NO_COLOR
  ? (_format: 'bold' | 'cyan', text: string) => text
  : (format: 'bold' | 'cyan', text: string) => styleText(format, text);

/** Narrates what happens in a world: shows each command before it runs, then its output. */
export class Narration {
  readonly #write: (text: string) => void;

  /** @param write called with each text; by default, it writes to this process's stdout */
  constructor(write = (text: string): void => void process.stdout.write(text)) {
    this.#write = write;
  }

  /** Writes a heading. */
  chapter(text: string): void {
    this.#write(`\n${emphasize('bold', text)}\n\n`);
  }

  /** Writes plain lines, each at most 80 columns long. */
  say(...lines: string[]): void {
    this.#write(`${lines.join('\n')}\n`);
  }

  /** Shows a command line as typed on a machine. */
  type(machine: string, shown: string): void {
    this.#write(`  ${emphasize('cyan', `${machine}#`)} ${emphasize('bold', shown)}\n`);
  }

  /** Shows a command line as typed on a machine, runs it, and shows its output; throws if it fails. */
  async run(world: World, machine: string, shown: string, argv: readonly string[]): Promise<string> {
    this.type(machine, shown);
    const { code, stdout, stderr } = await world.exec(machine, argv);
    this.#write((stdout + stderr).replace(/^(?=.)/gm, '  '));
    if (code !== 0) throw new Error(`"${shown}" failed on ${machine} with exit code ${code}.`);
    return stdout;
  }
}
