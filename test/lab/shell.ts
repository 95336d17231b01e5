import { parseArgs } from 'node:util';
import { runInLab } from './lab.ts';
import { lessons, listOfLessons } from './lessons.ts';
import { labCommand } from './project.ts';

// `npm run lab [-- LESSON]`: lessons, and a shell on a director with clients and servers around it.

const usage = `Usage: npm run lab                       a shell on a director
       npm run lab -- LESSON             a lesson
       npm run lab -- LESSON --shell     a lesson, and a shell among its machines
       npm run lab -- --list             the lessons:
${listOfLessons}`;

process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  const wanted = read(words);
  if (typeof wanted === 'string') return refuse(`${wanted}\n${usage}`);
  const { lesson, shell, list } = wanted;
  if (list) {
    process.stdout.write(listOfLessons);
    return 0;
  }
  const terminal = shell || !lesson;
  if (terminal && !(process.stdin.isTTY && process.stdout.isTTY))
    return refuse('A shell wants a terminal; test/lab/run.ts runs a single program.\n');
  process.stdout.write(`Starting the lab (the first time, it is downloaded) …\n`);
  const program = lesson
    ? labCommand('teach.ts', lesson, ...(shell ? ['--shell'] : []))
    : labCommand('playground.ts');
  try {
    const { code, timedOut } = await runInLab(program, {
      terminal,
      timeLimit: terminal ? 24 * 60 * 60 : 600,
      env: process.stdout.isTTY ? {} : { NO_COLOR: '1' },
      ...(!terminal && { onOutput: (stream, chunk) => process[stream].write(chunk) }),
    });
    if (timedOut) process.stderr.write('The lesson took too long and was stopped.\n');
    return code;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

interface Wanted {
  readonly lesson: string | undefined;
  readonly shell: boolean;
  readonly list: boolean;
}

/** What the command line asks for, or what is wrong with it. */
function read(words: string[]): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      options: { list: { type: 'boolean', default: false }, shell: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [lesson, ...rest] = positionals;
    if (rest.length > 0) return 'One lesson at a time.';
    if (lesson !== undefined && !lessons.some(({ name }) => name === lesson))
      return `There is no lesson ${lesson}.`;
    return { lesson, ...values };
  } catch (error) {
    return (error as Error).message;
  }
}

function refuse(reason: string): number {
  process.stderr.write(reason);
  return 2;
}
