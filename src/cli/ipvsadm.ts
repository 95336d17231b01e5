import { ipvsadm } from './main.ts';
import { runProcess } from './process.ts';

void runProcess(ipvsadm);
