import type { ServiceId } from '../ipvs/model.ts';

/** A cause that keeps services from working as they are configured. Whatever it does harm to is named in one finding. */
export interface Finding {
  /** A sentence that says what is wrong. */
  readonly problem: string;
  /** The services that it is wrong for; none when it is wrong for all there could be. */
  readonly services: readonly ServiceId[];
  /** The names of the things it is about, where these are not services and the sentence does not name them. */
  readonly subjects?: Subjects;
  /** What was seen, and why that matters: clauses without a full stop. */
  readonly evidence: readonly string[];
  /** The repairs, each of one thing. */
  readonly mend: readonly Repair[];
}

/** Things of one kind, such as servers, by their names. */
export interface Subjects {
  readonly noun: 'server' | 'address' | 'device' | 'mark';
  readonly names: readonly string[];
}

/** Command lines that are run one after the other. Words in capitals are left to the reader. */
export type Repair = readonly string[];
