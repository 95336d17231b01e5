import { runInLab } from './lab.ts';
import { labCommand } from './project.ts';

// `npm start`: shows the product at work, on a kernel that has IPVS.

process.stdout.write('Starting a kernel that has IPVS (the first time, it is downloaded) …\n');
try {
  const { code, timedOut } = await runInLab(labCommand('tour.ts'), {
    env: process.stdout.isTTY ? {} : { NO_COLOR: '1' },
    onOutput: (stream, chunk) => process[stream].write(chunk),
  });
  if (timedOut) process.stdout.write('The demonstration took too long and was stopped.\n');
  process.exitCode = code === 0 ? 0 : 1;
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
