import { ipvsadm } from './main.ts';
import { runProcess } from './process.ts';

await runProcess(ipvsadm);
