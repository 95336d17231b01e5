import { Command, InvalidArgumentError } from 'commander';

/** Exit status of a tool with a wrong command line. */
const wrongUsage = 2;

/**
 * Returns the command of a developer tool, to which its arguments and options are to be added. With `--help` it prints its
 * help and exits; on a wrong command line it prints the error and its usage on standard error, and exits with status 2.
 *
 * @param name the words that start the tool: `npm run bench --`
 */
export function tool(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'print this help')
    .allowExcessArguments(false)
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : wrongUsage));
}

/** Returns a parser of whole numbers from `least` on, for an option's value. */
export function wholeNumber(least: number): (word: string) => number {
  return (word) => {
    const value = Number(word);
    if (/^\d+$/.test(word) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}
