import { platform } from '#platform';
import { ipvsadm } from './main.ts';
import { runProcess } from './stdio/run-process.ts';

void runProcess((words, streams) => ipvsadm(words, streams, platform.programName));
