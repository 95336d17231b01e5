/** The commands that are loaded on demand: most runs of `ipvsadm` change one thing, and need none of them. */
export const commands = {
  doctor: () => import('./doctor.ts'),
  help: () => import('./help.ts'),
  list: () => import('./list.ts'),
  removeDrained: () => import('./remove-drained.ts'),
  restore: () => import('./restore.ts'),
  save: () => import('./save.ts'),
} as const;
