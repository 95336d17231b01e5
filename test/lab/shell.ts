import { runInLab } from './lab.ts';
import { lessons } from './lessons.ts';
import { labCommand } from './project.ts';

// `npm run lab [-- LESSON]`: a shell on a director, with clients and servers around it.

process.exitCode = await main(process.argv.slice(2));

async function main([name = Object.keys(lessons)[0] ?? '', ...rest]: string[]): Promise<number> {
  const lesson = lessons[name];
  if (!lesson || rest.length > 0) {
    const known = Object.entries(lessons).map(([known, { title }]) => `  ${known.padEnd(8)}${title}\n`);
    process.stderr.write(`Usage: npm run lab [-- LESSON]\n${known.join('')}`);
    return 2;
  }
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    process.stderr.write('npm run lab is for a terminal; test/lab/run.ts runs a single program.\n');
    return 2;
  }
  process.stdout.write(`Starting the lab: ${lesson.title} …\n`);
  try {
    const day = 24 * 60 * 60;
    return (await runInLab(labCommand('director-shell.ts', name), { terminal: true, timeLimit: day })).code;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}
