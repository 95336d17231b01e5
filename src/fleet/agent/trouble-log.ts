/** Maximum number of reasons remembered. */
const memorySize = 100;

/** Logs why the store cannot be used, each reason once in an outage, and when it can be used again. */
export class TroubleLog {
  readonly #write: (sentence: string) => void;
  readonly #logged = new Set<string>();

  constructor(write: (sentence: string) => void) {
    this.#write = write;
  }

  /** Takes what the last use of the store has shown: the reason why it failed; undefined if it did not. */
  note(trouble: string | undefined): void {
    if (trouble === undefined) {
      if (this.#logged.size > 0) this.#write('the store can be used again');
      this.#logged.clear();
      return;
    }
    if (this.#logged.has(trouble)) return;
    this.#write(`the table stays as it is: ${trouble}`);
    if (this.#logged.size < memorySize) this.#logged.add(trouble);
  }
}
