import { readFile } from 'node:fs/promises';
import { errnoOf } from '../../platform/errors.ts';
import { strerror } from '../../platform/strerror.ts';
import { StoreError } from './error.ts';
import type { StoreOptions } from './options.ts';

/** Contents of the PEM files, in the form of the options of node:tls. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Reads the certificates and the key anew for each request: a renewed certificate is used from the next connection on. */
export async function readTlsMaterial(store: string, options: StoreOptions): Promise<TlsMaterial> {
  const { caFile, certFile, keyFile } = options;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new StoreError('address', store, 'a client certificate and its key must be given together');
  const [ca, cert, key] = await Promise.all([
    caFile === undefined ? undefined : readNamed(store, caFile),
    certFile === undefined ? undefined : readNamed(store, certFile),
    keyFile === undefined ? undefined : readNamed(store, keyFile),
  ]);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** Reads the password: the first line of its file. */
export async function readPassword(store: string, passwordFile: string): Promise<string> {
  const text = (await readNamed(store, passwordFile)).toString('utf8');
  return text.split(/\r?\n/, 1)[0] ?? '';
}

async function readNamed(store: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const errno = errnoOf(cause);
    const reason = errno === undefined ? String(cause) : strerror(errno);
    throw new StoreError('address', store, `cannot read ${path}: ${reason}`, { cause });
  }
}
