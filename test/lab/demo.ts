import { tool } from '../../packaging/tool.ts';
import { runInLab } from './lab.ts';
import { labCommand } from './project.ts';

await tool(
  'npm start',
  'Shows ipvsadm at work on a real Linux kernel, with a client, a director and two web servers.',
)
  .action(async () => {
    process.exitCode = await show();
  })
  .parseAsync();

/** Runs the tour in the lab; returns the exit status. */
async function show(): Promise<number> {
  process.stdout.write('Starting a Linux kernel with IPVS (on first use, it is downloaded) …\n');
  try {
    const { code, timedOut } = await runInLab(labCommand('tour.ts'), {
      env: process.stdout.isTTY ? {} : { NO_COLOR: '1' },
      onOutput: (stream, chunk) => process[stream].write(chunk),
    });
    if (timedOut) process.stdout.write('The demonstration reached its time limit and was stopped.\n');
    return code === 0 ? 0 : 1;
  } catch (error) {
    process.stdout.write(`${(error as Error).message}\n`);
    return 1;
  }
}
