/** Splits a stream into answers, and resolves the pending calls of {@link next} with them in order. */
export class Answers {
  readonly #end: string;
  readonly #waiting: { resolve: (answer: string) => void; reject: (error: Error) => void }[] = [];
  #unfinished = '';

  /** @param end terminator of every answer */
  constructor(end: string) {
    this.#end = end;
  }

  /** Resolves to the next answer that no earlier call has claimed. */
  next(): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Appends a chunk of the stream. */
  add(chunk: string): void {
    const answers = (this.#unfinished + chunk).split(this.#end);
    this.#unfinished = answers.pop() ?? '';
    for (const answer of answers) this.#waiting.shift()?.resolve(answer);
  }

  /** Rejects all pending calls of {@link next} with `error`. */
  fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
