// The commands in one file: it is the one that it is called as.
switch (process.argv0.slice(process.argv0.lastIndexOf('/') + 1)) {
  case 'ipvsadm-save':
    await import('./ipvsadm-save.ts');
    break;
  case 'ipvsadm-restore':
    await import('./ipvsadm-restore.ts');
    break;
  case 'ipvsadm-fleet':
    await import('./ipvsadm-fleet.ts');
    break;
  default:
    await import('./ipvsadm.ts');
}
