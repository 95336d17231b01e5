import type { DoctorOptions } from '../command.ts';
import { orIllegal, type WritableRow } from './row.ts';

/** Options of `--doctor`. */
export const doctorRows = [
  {
    long: 'verbose',
    group: 'doctor',
    allowedWith: ['doctor'],
    help: 'list everything affected, and all repairs',
    write: ({ verbose }) => verbose,
  },
  {
    long: 'expect',
    group: 'doctor',
    allowedWith: ['doctor'],
    argument: 'required',
    label: 'file',
    help: 'compare the table with the rules in this file',
    read: (values, text) => {
      values.doctor.expect = orIllegal(text || undefined, text, 'no file given for --expect');
    },
    write: ({ expect }) => expect,
  },
] as const satisfies readonly WritableRow<DoctorOptions>[];
