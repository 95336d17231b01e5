import { Argument } from 'commander';
import { tool } from '../../packaging/tool.ts';
import { fullKernel } from './backends/choose.ts';
import { runInLab } from './lab.ts';
import { lessons, listOfLessons } from './lessons.ts';
import { labCommand } from './project.ts';

const command = tool(
  'npm run lab --',
  'Gives a lesson on a real kernel, or a shell on a director with clients and servers around it.',
)
  .addArgument(
    new Argument('[lesson]', 'a lesson instead of the shell').choices(lessons.map(({ name }) => name)),
  )
  .option('--shell', 'after the lesson, a shell among its machines')
  .option('--list', 'name the lessons')
  .addHelpText('after', `\nLessons:\n${listOfLessons}`)
  .action(async (lesson: string | undefined, { shell = false, list = false }: Options) => {
    if (list) process.stdout.write(listOfLessons);
    else process.exitCode = await open(lesson, shell);
  });
await command.parseAsync();

interface Options {
  readonly shell?: boolean;
  readonly list?: boolean;
}

/** Opens the lab for a lesson, or for a shell if none is named; returns the exit status. */
async function open(name: string | undefined, shell: boolean): Promise<number> {
  const lesson = lessons.find((known) => known.name === name);
  const terminal = shell || !lesson;
  if (terminal && !(process.stdin.isTTY && process.stdout.isTTY))
    command.error('error: a shell wants a terminal; test/lab/run.ts runs a single program');
  process.stdout.write(`Starting the lab (the first time, it is downloaded) …\n`);
  const kernel = lesson?.notUml === undefined ? undefined : await fullKernel();
  if (lesson?.notUml !== undefined && kernel !== 'host')
    process.stdout.write(
      `${lesson.notUml}\nSo Debian's ${kernel} is emulated for it, which takes its time.\n`,
    );
  const program = lesson
    ? labCommand('teach.ts', lesson.name, ...(shell ? ['--shell'] : []))
    : labCommand('playground.ts');
  try {
    await lesson?.tools?.();
    const { code, timedOut } = await runInLab(program, {
      kernel,
      terminal,
      memory: lesson?.memory,
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
