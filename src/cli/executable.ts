// All commands in one file, selected by the name that it is called by. `ipvsadm` is imported statically and nothing is
// awaited, so that everything that a single command needs becomes one module: each further module takes time to load.
import { platform } from '#platform';
import { ipvsadm } from './main.ts';
import { runProcess } from './stdio/run-process.ts';

switch (process.argv0.slice(process.argv0.lastIndexOf('/') + 1)) {
  case 'ipvsadm-save':
    void import('./ipvsadm-save.ts');
    break;
  case 'ipvsadm-restore':
    void import('./ipvsadm-restore.ts');
    break;
  case 'ipvsadm-fleet':
    void import('./ipvsadm-fleet.ts');
    break;
  default:
    void runProcess((words, streams) => ipvsadm(words, streams, platform.programName));
}
