import type { ServiceId } from '../ipvs/model.ts';

/** A cause that keeps services from working as configured. One finding names everything that the cause affects. */
export interface Finding {
  /** A sentence that says what is wrong. */
  readonly problem: string;
  /** The affected services; empty when every possible service is affected. */
  readonly services: readonly ServiceId[];
  /** The affected things that are not services, where the sentence does not name them. */
  readonly subjects?: Subjects;
  /** Observations, and why they matter: clauses without a full stop. */
  readonly evidence: readonly string[];
  /** The repairs, each for one of the affected things. */
  readonly mend: readonly Repair[];
}

/** Things of one kind, such as servers, by their names. */
export interface Subjects {
  readonly noun: 'server' | 'address' | 'device' | 'mark';
  readonly names: readonly string[];
}

/** Command lines to run one after the other. The reader replaces words in capitals. */
export type Repair = readonly string[];
