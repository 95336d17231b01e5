import type { ServiceId } from '../ipvs/model.ts';

/** Something that keeps services from working as they are configured. */
export interface Finding {
  /** What is wrong: a sentence. */
  readonly problem: string;
  /** The services it is wrong for. */
  readonly services: readonly ServiceId[];
  /** What was seen, and why that matters: clauses without a full stop. */
  readonly evidence: readonly string[];
  /** Command lines that mend it, run one after the other. Words in capitals are left to the reader. */
  readonly mend: readonly string[];
}
