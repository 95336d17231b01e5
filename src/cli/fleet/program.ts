import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { FleetError } from '../../fleet/fleet-error.ts';
import { StoreError } from '../../fleet/store/error.ts';
import { visibleLines } from '../../platform/visible.ts';
import { isUnavailable, reportUnavailable } from '../open-ipvs.ts';
import { status } from '../status.ts';
import { InputError } from '../stdio/input.ts';
import type { Streams } from '../stdio/streams.ts';
import { version } from '../version.ts';
import { commands } from './commands/index.ts';
import type { Runner } from './register.ts';
import { withSession } from './session.ts';
import { collectSettings, type RawSettings, type SettingName, settingNames } from './settings.ts';

const hint = "Try 'ipvsadm-fleet --help', or 'ipvsadm-fleet COMMAND --help'.";

/** Runs `ipvsadm-fleet` with the arguments `words`, and returns the exit status. */
export async function ipvsadmFleet(words: readonly string[], streams: Streams): Promise<number> {
  let result: number = status.done;
  const program = programOf(streams, {
    async onFleet(command, task) {
      result = await withSession(settingsFor(command), streams, task);
    },
    async withSettings(command, task) {
      result = await task(settingsFor(command), streams);
    },
    async alone(task) {
      result = await task(streams);
    },
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return result;
  } catch (error) {
    // Commander has written its own errors already, but not those of a value that a command parses later.
    if (error instanceof CommanderError && !(error instanceof InvalidArgumentError))
      return error.exitCode === 0 ? status.done : status.unusable;
    if (isUnavailable(error)) return reportUnavailable(error, streams);
    if (!isSentence(error)) throw error;
    streams.err.write(`${visibleLines(error.message)}\n`);
    return status.unusable;
  }
}

/** Builds the program, to run it or to list its commands and options. */
export function programOf(streams: Pick<Streams, 'out' | 'err'>, runner: Runner): Command {
  const program = new Command('ipvsadm-fleet')
    .description('Publish IPVS rules once, and roll them out to a fleet of directors in waves.')
    .option(
      '--store <address>',
      'etcd://HOST:PORT,… or etcds://… for TLS; for agents also https://… or file:/…',
      once,
    )
    .option('--fleet <name>', 'name of the fleet in the store (default: default)')
    .option('--cacert <file>', 'certificate authorities to trust')
    .option('--cert <file>', 'client certificate')
    .option('--key <file>', 'key of the client certificate')
    .option('--user <name>', 'user of the store')
    .option('--password-file <file>', 'file whose first line is the password')
    .version(`ipvsadm-fleet ${version}`, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError(hint)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => streams.out.write(text),
      writeErr: (text) => streams.err.write(text),
      outputError: (text, write) => write(visibleLines(withoutValue(text))),
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      'after',
      '\nSettings are also taken from IPVSADM_FLEET_STORE, IPVSADM_FLEET_NAME and so on,\nand from /etc/ipvsadm/fleet.conf; see ipvsadm-fleet(8).',
    );
  for (const register of commands) register(program, runner);
  for (const command of program.commands)
    command.copyInheritedSettings(program).helpOption('-h, --help', 'print this help');
  return program;
}

/** Parses an option that may be given only once: all members of a store belong in one address. */
function once(text: string, before?: string): string {
  if (before !== undefined)
    throw new InvalidArgumentError('It can be given only once; list all members in one address.');
  return text;
}

/** Removes the value of an unknown option, and a store's address, from an error message: they may contain a password. */
function withoutValue(text: string): string {
  return text
    .replace(/(unknown option '[^'=]*)=.*?'(?=\n|$)/s, "$1'")
    .replace(/(option '--store <address>') argument '.*' is invalid\./s, '$1:');
}

/** Returns the settings from the command line, the environment and the file. */
function settingsFor(command: Command): RawSettings {
  const options: Record<string, unknown> = command.optsWithGlobals();
  const given: Partial<Record<SettingName, string>> = {};
  for (const name of [...settingNames, 'director', 'state-dir'] as const) {
    const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') given[name] = value;
  }
  return collectSettings(given, process.env);
}

function isSentence(error: unknown): error is Error {
  return (
    error instanceof FleetError ||
    error instanceof StoreError ||
    error instanceof InputError ||
    error instanceof InvalidArgumentError
  );
}
