import { existsSync } from 'node:fs';
import { checkName } from '../../fleet/documents/names.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import type { StoreOptions } from '../../fleet/store/options.ts';
import { readNamed } from './files.ts';

/** The file with the settings of this machine. */
const settingsFile = '/etc/ipvsadm/fleet.conf';

/** Settings that every command takes, by the names of their options. */
export const settingNames = ['store', 'fleet', 'cacert', 'cert', 'key', 'user', 'password-file'] as const;

/** Settings that only the agent takes. */
const agentSettingNames = ['director', 'state-dir', 'trust'] as const;

export type SettingName = (typeof settingNames)[number] | (typeof agentSettingNames)[number];

/** Settings as words. */
export type Words = Readonly<Partial<Record<SettingName, string>>>;

/** Settings of a fleet and its store. */
export interface Settings {
  readonly store: string;
  readonly fleet: string;
  readonly storeOptions: StoreOptions;
}

/** The environment variable of a setting, such as `IPVSADM_FLEET_PASSWORD_FILE`. The fleet's own is `IPVSADM_FLEET_NAME`. */
function variableOf(name: SettingName): string {
  return `IPVSADM_FLEET_${name === 'fleet' ? 'NAME' : name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Returns the words of settings: those of the command line, else of the environment, else of the file.
 *
 * @throws {FleetError} where the file says something else than `NAME = VALUE` in a line.
 */
export function collectSettings(
  given: Words,
  env: Readonly<Record<string, string | undefined>>,
  file: string = env.IPVSADM_FLEET_CONF || settingsFile,
): Words {
  const filed = parseSettings(readIfThere(file), file);
  const words: Partial<Record<SettingName, string>> = {};
  for (const name of [...settingNames, ...agentSettingNames]) {
    const value = given[name] ?? (env[variableOf(name)] || filed[name]);
    if (value !== undefined) words[name] = value;
  }
  return words;
}

function readIfThere(file: string): string {
  return existsSync(file) ? readNamed(file).toString('utf8') : '';
}

function parseSettings(text: string, file: string): Words {
  const known: readonly string[] = [...settingNames, ...agentSettingNames];
  const words: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const [, name = '', value = ''] = /^([a-z-]+)\s*=\s*(.*)$/.exec(content) ?? [];
    if (!known.includes(name)) {
      // The line itself may hold a password that stands in the wrong place.
      throw new FleetError(
        `${file}, line ${index + 1}: one of ${known.join(', ')} is expected, with = and a value`,
      );
    }
    if (words[name] !== undefined)
      throw new FleetError(`${file}, line ${index + 1}: there is a line for ${name} already`);
    words[name] = value;
  }
  return words;
}

/**
 * Reads settings from their words.
 *
 * @throws {FleetError} where the store is missing, or the fleet's name is illegal.
 */
export function settingsOf(words: Words): Settings {
  const { store, fleet = 'default', cacert, cert, key, user, 'password-file': passwordFile } = words;
  if (!store) {
    throw new FleetError(
      `no store is named: --store, ${variableOf('store')}, or «store = …» in ${settingsFile}`,
    );
  }
  if (passwordFile !== undefined && user === undefined)
    throw new FleetError('a password file is of a user: --user');
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
