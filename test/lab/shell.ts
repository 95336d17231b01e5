import { Argument } from 'commander';
import { tool } from '../../packaging/tool.ts';
import { fullKernel } from './backends/choose.ts';
import { runInLab } from './lab.ts';
import { lessons, listOfLessons } from './lessons.ts';
import { labCommand } from './project.ts';

const command = tool(
  'npm run lab --',
  'Runs a lesson on a real Linux kernel, or opens a shell on a director with a client and two web servers.',
)
  .addArgument(
    new Argument('[lesson]', 'the lesson to run; without it, only the shell').choices(
      lessons.map(({ name }) => name),
    ),
  )
  .option('--shell', 'after the lesson, open a shell on one of its machines')
  .option('--list', 'list the lessons')
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

/** Runs a lesson in the lab, or a shell if no lesson is named; returns the exit status. */
async function open(name: string | undefined, shell: boolean): Promise<number> {
  const lesson = lessons.find((known) => known.name === name);
  const terminal = shell || !lesson;
  if (terminal && !(process.stdin.isTTY && process.stdout.isTTY))
    command.error('error: a shell needs a terminal; to run a single program, use test/lab/run.ts');
  process.stdout.write('Starting a Linux kernel with IPVS (on first use, it is downloaded) …\n');
  const kernel = lesson?.notUml === undefined ? undefined : await fullKernel();
  if (lesson?.notUml !== undefined && kernel !== 'host')
    process.stdout.write(
      `${lesson.notUml}\nThis lesson therefore runs on an emulated Debian kernel (${kernel}), which is slow.\n`,
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
    if (timedOut) process.stderr.write('The lab reached its time limit and was stopped.\n');
    return code;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}
