import { basename } from 'node:path';

// The three commands in one file: it is the one that it is called as.
switch (basename(process.argv0)) {
  case 'ipvsadm-save':
    await import('./ipvsadm-save.ts');
    break;
  case 'ipvsadm-restore':
    await import('./ipvsadm-restore.ts');
    break;
  default:
    await import('./ipvsadm.ts');
}
