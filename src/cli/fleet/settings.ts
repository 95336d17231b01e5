import { existsSync } from 'node:fs';
import { checkName } from '../../fleet/documents/names.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import type { StoreOptions } from '../../fleet/store/options.ts';
import { readNamed } from './files.ts';

/** File with the settings of this machine. */
const settingsFile = '/etc/ipvsadm/fleet.conf';

/** Settings of every command, named like their options. */
export const settingNames = ['store', 'fleet', 'cacert', 'cert', 'key', 'user', 'password-file'] as const;

/** Settings of the agent only. */
const agentSettingNames = ['director', 'state-dir', 'trust'] as const;

export type SettingName = (typeof settingNames)[number] | (typeof agentSettingNames)[number];

/** Settings as text, before they are parsed. */
export type RawSettings = Readonly<Partial<Record<SettingName, string>>>;

/** Settings of a fleet and its store. */
export interface Settings {
  readonly store: string;
  readonly fleet: string;
  readonly storeOptions: StoreOptions;
}

/** Returns the environment variable of a setting, such as `IPVSADM_FLEET_PASSWORD_FILE`; for `fleet`, `IPVSADM_FLEET_NAME`. */
function variableOf(name: SettingName): string {
  return `IPVSADM_FLEET_${name === 'fleet' ? 'NAME' : name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Collects settings from the command line, the environment and the file, in this order of precedence.
 *
 * @throws {FleetError} if a line of the file is not `NAME = VALUE` with a known name, or repeats a name, or if the file that the
 *   environment names cannot be read.
 */
export function collectSettings(
  given: RawSettings,
  env: Readonly<Record<string, string | undefined>>,
  defaultFile: string = settingsFile,
): RawSettings {
  const { IPVSADM_FLEET_CONF: named } = env;
  const fromFile = named
    ? parseSettings(readNamed(named).toString('utf8'), named)
    : parseSettings(readIfThere(defaultFile), defaultFile);
  const words: Partial<Record<SettingName, string>> = {};
  for (const name of [...settingNames, ...agentSettingNames]) {
    const value = given[name] ?? (env[variableOf(name)] || fromFile[name]);
    if (value !== undefined) words[name] = value;
  }
  return words;
}

function readIfThere(file: string): string {
  return existsSync(file) ? readNamed(file).toString('utf8') : '';
}

function parseSettings(text: string, file: string): RawSettings {
  const known: readonly string[] = [...settingNames, ...agentSettingNames];
  const words: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const [, name = '', value = ''] = /^([a-z-]+)\s*=\s*(.*)$/.exec(content) ?? [];
    if (!known.includes(name)) {
      // The line is not quoted: it may contain a misplaced password.
      throw new FleetError(
        `${file}, line ${index + 1}: expected NAME = VALUE with one of the names ${known.join(', ')}`,
      );
    }
    if (words[name] !== undefined) throw new FleetError(`${file}, line ${index + 1}: ${name} is already set`);
    words[name] = value;
  }
  return words;
}

/**
 * Parses settings from their text.
 *
 * @throws {FleetError} if the store is missing, the fleet's name is illegal, or a password file is given without a user.
 */
export function settingsOf(words: RawSettings): Settings {
  const { store, fleet = 'default', cacert, cert, key, user, 'password-file': passwordFile } = words;
  if (!store) {
    throw new FleetError(
      `no store: set --store, ${variableOf('store')}, or a line "store = ADDRESS" in ${settingsFile}`,
    );
  }
  if (passwordFile !== undefined && user === undefined) throw new FleetError('--password-file needs --user');
  return {
    store,
    fleet: checkName('fleet', fleet),
    storeOptions: {
      ...(cacert !== undefined && { caFile: cacert }),
      ...(cert !== undefined && { certFile: cert }),
      ...(key !== undefined && { keyFile: key }),
      ...(user !== undefined && { user }),
      ...(passwordFile !== undefined && { passwordFile }),
    },
  };
}
