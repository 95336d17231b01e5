import type { Output } from './output.ts';

/** Streams that a run of ipvsadm reads and writes. */
export interface Streams {
  /** Reads all of standard input, in blocks of whole lines. */
  readonly input: () => Promise<readonly Buffer[]>;
  readonly out: Output;
  readonly err: Output;
}
