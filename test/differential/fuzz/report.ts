import type { Outcome } from '../shell.ts';
import { shellLine } from '../step.ts';
import type { Difference } from './fuzzer.ts';

/** Describes a difference: shell commands to paste, the outcome on each side, and how to reproduce it. */
export function report({ steps, ours, reference }: Difference, seed: number, sequence: number): string {
  return [
    `Sequence ${sequence} of seed ${seed} (npm run test:fuzz -- --seed ${seed} --sequence ${sequence}):`,
    ...['ipvsadm -C', ...steps.map(shellLine)].map(indented),
    'the reference:',
    indented(formatted(reference)),
    'ours:',
    indented(formatted(ours)),
    '',
  ].join('\n');
}

function formatted(end: Outcome | string): string {
  if (typeof end === 'string') return end;
  const { status, stdout, stderr } = end;
  return [`status ${status}`, ...labelled('stdout', stdout), ...labelled('stderr', stderr)].join('\n');
}

function labelled(label: string, text: string): string[] {
  return text.split(/(?<=\n)/).map((line) => `${label} ${JSON.stringify(line)}`);
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
