import type { DoctorOptions } from '../command.ts';
import type { WritableRow } from './row.ts';

/** Options of `--doctor`. */
export const doctorRows = [
  {
    long: 'verbose',
    group: 'doctor',
    allowedWith: ['doctor'],
    help: 'name everything that a finding is about',
    write: ({ verbose }) => verbose,
  },
] as const satisfies readonly WritableRow<DoctorOptions>[];
