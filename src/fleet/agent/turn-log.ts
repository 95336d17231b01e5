/** A log that drops sentences already logged in this turn or the one before, so that retries do not fill it. */
export class TurnLog {
  readonly #write: (sentence: string) => void;
  #before: ReadonlySet<string> = new Set();
  #now = new Set<string>();

  constructor(write: (sentence: string) => void) {
    this.#write = write;
  }

  readonly log = (sentence: string): void => {
    if (!this.#before.has(sentence) && !this.#now.has(sentence)) this.#write(sentence);
    this.#now.add(sentence);
  };

  beginTurn(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }
}
