import { StoreError } from '../store/error.ts';
import type { StoreOptions } from '../store/options.ts';
import { FileSource } from './file-source.ts';
import { HttpsSource } from './https-source.ts';
import type { RuleSource } from './rule-source.ts';

/** Whether an address is that of a rule file, `https://HOST/PATH` or `file:/PATH`, and not of a store. */
export function isRuleSource(address: string): boolean {
  return /^(https|file):/.test(address);
}

/**
 * Opens a rule file by its address, without reading it yet.
 *
 * @throws {StoreError} of code `address`
 */
export function openRuleSource(address: string, options: StoreOptions = {}): RuleSource {
  return address.startsWith('file:') ? openFile(address, options) : openHttps(address, options);
}

function openHttps(address: string, options: StoreOptions): RuleSource {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.username !== '' || url.password !== '')
    throw new StoreError(
      'address',
      'the store',
      'its address must have a host and no user; give the user with --user',
    );
  return new HttpsSource(`${url.origin}${url.pathname}`, url, options);
}

/** Store options that make no sense for a local file, with their names on the command line. */
const httpsOptions = {
  caFile: '--cacert',
  certFile: '--cert',
  keyFile: '--key',
  user: '--user',
  passwordFile: '--password-file',
} satisfies Partial<Record<keyof StoreOptions, string>>;

function openFile(address: string, options: StoreOptions): RuleSource {
  const useless = Object.entries(httpsOptions).filter(([name]) => name in options);
  if (useless.length > 0) {
    const names = useless.map(([, option]) => option).join(', ');
    throw new StoreError('address', address, `a local file has no user and no certificates (${names})`);
  }
  // A plain path, not the percent-encoded one of a URL: it may contain any character except a newline.
  const path = /^file:(?:\/\/)?(\/(?!\/).+)$/.exec(address)?.[1];
  if (path === undefined) throw new StoreError('address', 'the store', 'expected file: and an absolute path');
  return new FileSource(`file:${path}`, path);
}
