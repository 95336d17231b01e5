import { faultSentence } from '../rules/messages.ts';
import { ipvsadm } from './main.ts';
import type { Output } from './output.ts';
import { runProcess } from './process.ts';
import { replaceFile } from './replace-file.ts';
import { status } from './status.ts';

const usage = `\
Usage: ipvsadm-save [-n] [--all] [FILE]
Write the IPVS table as rules that ipvsadm-restore takes, to FILE in one step or
to standard output.

  -n       addresses and ports as numbers instead of names
  --all    also the timeouts and the sync daemons
`;

const taken = ['-n', '--all'];

/** Output that is kept until all of it is there. */
class KeptOutput implements Output {
  readonly pieces: (string | Uint8Array)[] = [];

  write(text: string | Uint8Array): void {
    this.pieces.push(typeof text === 'string' ? text : text.slice());
  }

  flush(): void {}
}

void runProcess(async (words, streams) => {
  const options = words.filter((word) => word.startsWith('-') && word !== '-');
  if (options.some((word) => !taken.includes(word))) {
    streams.err.write(usage);
    return 1;
  }
  const [file = '-', excess] = words.filter((word) => !options.includes(word));
  if (excess !== undefined) {
    streams.err.write(`${faultSentence({ code: 'unexpected-argument', word: excess })}\n${usage}`);
    return status.illegal;
  }
  const save = ['-S', ...new Set(options)];
  if (file === '-') return ipvsadm(save, streams);
  const out = new KeptOutput();
  const result = await ipvsadm(save, { ...streams, out });
  if (result === status.done) replaceFile(file, out.pieces);
  return result;
});
