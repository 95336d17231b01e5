import { ipvsadm } from './main.ts';
import { runProcess } from './process.ts';

const usage = `\
Usage: ipvsadm-save [-n] > FILE
Print the IPVS table as rules that ipvsadm-restore takes; with -n in numbers instead of names.
`;

void runProcess(async (words, streams) => {
  const help = words.includes('--help') || words.includes('-h');
  if (help || words.some((word) => word.startsWith('-') && word !== '-n')) {
    streams.err.write(usage);
    return 1;
  }
  return ipvsadm(words.includes('-n') ? ['-S', '-n'] : ['-S'], streams);
});
