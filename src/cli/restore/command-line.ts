import { Command, Option } from 'commander';
import { visibleLines } from '../../platform/visible.ts';
import { RuleError } from '../../rules/error.ts';
import { optionRows } from '../../rules/option-table/table.ts';
import type { Streams } from '../stdio/streams.ts';

/** A parsed command line of `ipvsadm-restore`. */
export interface RestoreWords {
  /** The options shared with `ipvsadm -R`, as words for its command line. */
  readonly restoreWords: readonly string[];
  readonly isFlush: boolean;
  /** The rule file; absent for standard input. */
  readonly file: string | undefined;
}

/** The options of `ipvsadm -R`, except `--sync`, which `ipvsadm-restore` implies. */
export const sharedSpellings = optionRows
  .filter(({ name, allowedWith }) => {
    return name !== 'sync' && allowedWith !== 'any' && allowedWith.includes('restore');
  })
  .flatMap(({ spellings }) => spellings);

/** Creates an option of `ipvsadm-restore` from the option of `ipvsadm -R` with that name. */
export function restoreOption(name: string): Option {
  const spelling = sharedSpellings.find(({ long }) => long === name);
  if (!spelling) throw new TypeError(`a restore has no option --${name}`);
  const { argument, label, help, restoreHelp = help } = spelling;
  const word = argument === 'required' ? ` <${label}>` : argument === 'inline' ? ` [${label}]` : '';
  return new Option(`--${name}${word}`, restoreHelp);
}

/** Options with an optional argument, which must follow `=`. */
const inline = new Set(
  sharedSpellings.flatMap(({ long, argument }) => (argument === 'inline' ? [`--${long}`] : [])),
);

/** Placeholder for an omitted argument: no word of a command line can contain it. */
const none = '\0';

const hint = "Try 'ipvsadm-restore --help'.";

/** The command line of `ipvsadm-restore`: parses it, and prints its help and errors. */
export class RestoreCommandLine {
  readonly #err: Streams['err'];
  readonly #program: Command;
  readonly #restoreWords: string[] = [];

  constructor({ out, err }: Pick<Streams, 'out' | 'err'>) {
    this.#err = err;
    this.#program = new Command('ipvsadm-restore')
      .usage('[OPTION]... [FILE]')
      .description(
        'Make the IPVS table equal to the rules in FILE, or on standard input, in the\nformat of ipvsadm-save.',
      )
      .argument('[FILE]', 'the rule file; - for standard input')
      .helpOption('-h, --help', 'print this help')
      .option('--flush', 'remove all services first, then run the rules')
      // The reference ipvsadm-restore ignores its arguments, and scripts pass -n as they do to ipvsadm-save.
      .addOption(new Option('-n').hideHelp())
      .allowExcessArguments()
      .showHelpAfterError(hint)
      .exitOverride()
      .configureHelp({ optionTerm: ({ flags }) => flags.replace(/ \[(.*)\]$/, '[=$1]') })
      .configureOutput({
        writeOut: (text) => out.write(text),
        writeErr: (text) => err.write(text),
        outputError: (text, write) => write(visibleLines(text)),
        getOutHelpWidth: () => 80,
        getErrHelpWidth: () => 80,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
    for (const { long } of sharedSpellings) {
      this.#program.addOption(restoreOption(long));
      this.#program.on(`option:${long}`, (text: string | undefined) => {
        const isGiven = text !== undefined && text !== none;
        this.#restoreWords.push(isGiven ? `--${long}=${text}` : `--${long}`);
      });
    }
  }

  /**
   * @throws {CommanderError} after printing the help, with exit code 0, or an error.
   * @throws {RuleError} if more than one file is named.
   */
  parse(words: readonly string[]): RestoreWords {
    this.#program.parse(withoutFollowing(words), { from: 'user' });
    const [file = '-', excess] = this.#program.args;
    if (excess !== undefined) {
      const word = wordAfterInline(words) ?? excess;
      throw new RuleError({ code: 'unexpected-argument', word });
    }
    return {
      restoreWords: this.#restoreWords,
      isFlush: this.#program.getOptionValue('flush') === true,
      file: file === '-' ? undefined : file,
    };
  }

  /** Prints an error and a hint to `--help`. */
  refuse(sentence: string): void {
    this.#err.write(`${sentence}\n${hint}\n`);
  }
}

/** Returns a word that was most likely meant as the argument of the option before it, which only `=` can give it. */
function wordAfterInline(words: readonly string[]): string | undefined {
  return words.find((word, index) => inline.has(words[index - 1] ?? '') && !word.startsWith('-'));
}

/** Keeps commander from taking the word after an option, which may be the file, for its argument. */
function withoutFollowing(words: readonly string[]): string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  return words.map((word, index) => (index < end && inline.has(word) ? `${word}=${none}` : word));
}
