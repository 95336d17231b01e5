import { createInterface } from 'node:readline';
import { ipvsadm } from '../../../src/cli/main.ts';
import type { Output } from '../../../src/cli/stdio/output.ts';
import type { Outcome } from '../shell.ts';
import type { Step } from '../step.ts';

// Reads steps as lines of JSON from standard input, runs each, and prints its outcome as a line of JSON.
for await (const line of createInterface(process.stdin))
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`);

async function run({ words, input = '' }: Step): Promise<Outcome> {
  const [out, err] = [collected(), collected()];
  try {
    const status = await ipvsadm(words, { input: async () => [Buffer.from(input)], out, err });
    return { status, stdout: out.text, stderr: err.text };
  } catch (error) {
    // The reference never prints a stack trace, so this counts as a difference.
    return { status: 1, stdout: out.text, stderr: error instanceof Error ? `${error.stack}` : `${error}` };
  }
}

/** Returns an output that collects what is written to it. */
function collected(): Output & { readonly text: string } {
  let text = '';
  return {
    write: (more) => {
      text += typeof more === 'string' ? more : Buffer.from(more).toString();
    },
    flush: () => {},
    get text() {
      return text;
    },
  };
}
