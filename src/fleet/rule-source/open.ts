import { fileURLToPath } from 'node:url';
import { StoreError } from '../store/error.ts';
import type { StoreOptions } from '../store/options.ts';
import { FileSource } from './file-source.ts';
import { HttpsSource } from './https-source.ts';
import type { RuleSource } from './rule-source.ts';

/** Tells whether an address is that of a rule file, `https://HOST/PATH` or `file:/PATH`, and not of a store. */
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
  const url = parseUrl(address);
  if (url?.username !== '' || url.password !== '')
    throw new StoreError(
      'address',
      'the store',
      'its address has a host and no user: that is given by --user',
    );
  return new HttpsSource(`${url.origin}${url.pathname}`, url, options);
}

function openFile(address: string, options: StoreOptions): RuleSource {
  if (Object.values(options).some((value) => typeof value === 'string'))
    throw new StoreError('address', address, 'a file needs no user and no certificates');
  const url = parseUrl(address);
  if (url?.host !== '')
    throw new StoreError('address', 'the store', 'its address is file: and a path that begins with a slash');
  return new FileSource(address, fileURLToPath(url));
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
