import { replaceFile } from '../platform/replace-file.ts';
import { faultSentence } from '../rules/messages.ts';
import { optionWord } from '../rules/option-table/row.ts';
import { type Event, scan } from '../rules/popt-scanner.ts';
import { ipvsadm } from './main.ts';
import { status } from './status.ts';
import type { Output } from './stdio/output.ts';
import { runProcess } from './stdio/run-process.ts';

const usage = `\
Usage: ipvsadm-save [OPTION]... [FILE]
Write the IPVS table as rules for ipvsadm-restore: to FILE, which is replaced
atomically, or to standard output.

  -n                  write addresses and ports as numbers instead of names
  --all               also write timeouts and sync daemons
  --only PATTERN      write only services that match; repeatable
  --except PATTERN    omit services that match; repeatable
`;

/** Converts an option of `ipvsadm-save` to one of `ipvsadm -S`; returns `undefined` for options that it does not have. */
function toOption(event: Event): string | undefined {
  if (event.kind !== 'option') return undefined;
  const { text, spelling } = event;
  switch (event.row.name) {
    case 'numeric':
      return '-n';
    case 'all':
      return '--all';
    case 'only':
    case 'except':
      return `--${spelling.long}=${text}`;
    default:
      return undefined;
  }
}

/** Returns a line about what `ipvsadm-save` does not understand; empty where its usage message is wanted. */
function sentenceAbout(event: Event, words: readonly string[]): string {
  if (event.kind === 'unreadable') return `${faultSentence(event)}\n`;
  const { long } = event.spelling;
  if (long === 'help') return '';
  const isLong = words.some((word) => word.split('=', 1)[0] === `--${long}`);
  const word = isLong ? `--${long}` : optionWord(event.spelling);
  return `${faultSentence({ code: 'unknown-option', word })}\n`;
}

/** Output that is kept in memory until it is complete. */
class KeptOutput implements Output {
  readonly pieces: (string | Uint8Array)[] = [];

  write(text: string | Uint8Array): void {
    this.pieces.push(typeof text === 'string' ? text : text.slice());
  }

  flush(): void {}
}

void runProcess(async (words, streams) => {
  const { events, operands } = scan(words);
  const options = events.map(toOption);
  const wrong = events.find((_, index) => options[index] === undefined);
  if (wrong) {
    streams.err.write(`${sentenceAbout(wrong, words)}${usage}`);
    return 1;
  }
  const [file = '-', excess] = operands;
  if (excess !== undefined) {
    streams.err.write(`${faultSentence({ code: 'unexpected-argument', word: excess })}\n${usage}`);
    return status.unusable;
  }
  const save = ['-S', ...new Set(options.flatMap((option) => option ?? []))];
  if (file === '-') return ipvsadm(save, streams);
  const out = new KeptOutput();
  const result = await ipvsadm(save, { ...streams, out });
  if (result === status.done) replaceFile(file, out.pieces);
  return result;
}, 'ipvsadm-save');
