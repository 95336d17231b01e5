import { Command, InvalidArgumentError } from 'commander';

/** Exit status of a tool whose command line is invalid. */
const wrongUsage = 2;

/**
 * Returns the command of a developer tool; the caller adds arguments, options and the action. With `--help`, it prints its
 * help and exits; if the command line is invalid, it prints the error and its help on standard error, and exits with status 2.
 *
 * @param name the command that starts the tool, for example `npm run bench --`
 */
export function tool(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'print this help')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : wrongUsage));
}

/** Returns a parser for an option whose value is a whole number, `least` or greater. */
export function wholeNumber(least: number): (word: string) => number {
  return (word) => {
    const value = Number(word);
    if (/^\d+$/.test(word) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number, ${least} or greater.`);
  };
}
