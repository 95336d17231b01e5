import { withKernel } from './main.ts';
import { runProcess } from './process.ts';
import { restore } from './restore.ts';

await runProcess((_words, streams) =>
  withKernel(streams, (kernel) => restore(streams.input(), kernel, streams, { clear: true })),
);
