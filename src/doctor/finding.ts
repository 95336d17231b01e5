import type { ServiceId } from '../ipvs/model.ts';

/** A cause that keeps services from working as configured. A finding names everything that the cause affects. */
export interface Finding {
  /** A sentence that describes the problem. */
  readonly problem: string;
  /** The affected services; empty if the cause may affect any service. */
  readonly services: readonly ServiceId[];
  /** The affected objects that are not services, if `problem` does not name them. */
  readonly subjects?: Subjects;
  /** Observations and why they matter, as clauses without a full stop. */
  readonly evidence: readonly string[];
  /** The repairs, each for one affected object. */
  readonly repairs: readonly Repair[];
}

/** Result of a check: one finding, several, or none. */
export type Found = Finding | undefined | Found[];

/** The names of objects of one kind, such as servers. */
export interface Subjects {
  readonly noun: 'server' | 'address' | 'device' | 'mark';
  readonly names: readonly string[];
}

/** Command lines to run in order. The reader must replace words in capitals. */
export type Repair = readonly string[];
