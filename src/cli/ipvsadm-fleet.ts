import { ipvsadmFleet } from './fleet/program.ts';
import { runProcess } from './stdio/run-process.ts';

void runProcess(ipvsadmFleet, 'ipvsadm-fleet');
