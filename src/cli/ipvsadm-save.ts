import { ipvsadm } from './main.ts';
import { runProcess } from './process.ts';

const usage = `\
Usage: ipvsadm-save [-n] [--all] > FILE
Print the IPVS table as rules that ipvsadm-restore takes.

  -n       addresses and ports as numbers instead of names
  --all    also the timeouts and the sync daemons
`;

const taken = ['-n', '--all'];

void runProcess(async (words, streams) => {
  const options = words.filter((word) => word.startsWith('-'));
  if (options.some((word) => !taken.includes(word))) {
    streams.err.write(usage);
    return 1;
  }
  return ipvsadm(['-S', ...new Set(options)], streams);
});
