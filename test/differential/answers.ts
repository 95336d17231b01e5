/** Cuts a stream into answers, for whoever waits for them, in the order in which they asked. */
export class Answers {
  readonly #end: string;
  readonly #waiting: { resolve: (answer: string) => void; reject: (error: Error) => void }[] = [];
  #unfinished = '';

  /** @param end what stands behind every answer */
  constructor(end: string) {
    this.#end = end;
  }

  /** The next answer that nobody has asked for yet. */
  next(): Promise<string> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Takes in what the stream gave. */
  add(chunk: string): void {
    const answers = (this.#unfinished + chunk).split(this.#end);
    this.#unfinished = answers.pop() ?? '';
    for (const answer of answers) this.#waiting.shift()?.resolve(answer);
  }

  /** Tells everybody who waits that the stream has ended. */
  fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
