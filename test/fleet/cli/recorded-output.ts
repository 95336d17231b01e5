import type { Output } from '../../../src/cli/stdio/output.ts';
import type { Streams } from '../../../src/cli/stdio/streams.ts';

/** Output that is kept in memory, for both standard output and standard error of a command without input. */
export class RecordedOutput implements Output {
  /** All that was written. */
  text = '';
  readonly streams: Streams = { input: async () => [], out: this, err: this };

  write(text: string | Uint8Array): void {
    this.text += text.toString();
  }

  flush(): void {}
}
