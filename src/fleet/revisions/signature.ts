import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { Revision } from '../documents/revision.ts';
import { FleetError } from '../fleet-error.ts';

/** A pair of keys, in PEM. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Generates a pair of Ed25519 keys. */
export function makeKeys(): KeyPair {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/**
 * Reads a private key.
 *
 * @throws {FleetError}
 */
export function readPrivateKey(pem: Uint8Array): KeyObject {
  return readKey('private', () => createPrivateKey(Buffer.from(pem)));
}

/**
 * Reads a public key.
 *
 * @throws {FleetError} also for a private key, which does not belong on a director.
 */
export function readPublicKey(pem: Uint8Array): KeyObject {
  const text = Buffer.from(pem).toString('latin1');
  if (text.includes('PRIVATE KEY')) throw new FleetError('this is a private key; use the public one (.pub)');
  return readKey('public', () => createPublicKey(text));
}

function readKey(kind: 'private' | 'public', read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // OpenSSL's error message could quote the file.
    throw new FleetError(`this is not a ${kind} key in PEM format`);
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new FleetError(
      `this is a key for ${key.asymmetricKeyType}; an Ed25519 key is needed (ipvsadm-fleet keygen)`,
    );
  }
  return key;
}

/** Fields of a revision that its signature covers. */
export type Signed = Pick<Revision, 'number' | 'sha256' | 'allowEmpty'>;

/** Signs a revision of a fleet; returns the signature in base64. */
export function signRevision(fleet: string, revision: Signed, key: KeyObject): string {
  return sign(null, statement(fleet, revision), key).toString('base64');
}

/** Whether one of the trusted keys has signed a revision. */
export function isSigned(
  fleet: string,
  revision: Signed & Pick<Revision, 'signature'>,
  trusted: readonly KeyObject[],
): boolean {
  const { signature } = revision;
  if (signature === undefined) return false;
  const bytes = Buffer.from(signature, 'base64');
  return trusted.some((key) => verify(null, statement(fleet, revision), key, bytes));
}

/** Whether this private key has signed a revision. */
export function isSignedWith(
  fleet: string,
  revision: Signed & Pick<Revision, 'signature'>,
  key: KeyObject,
): boolean {
  return isSigned(fleet, revision, [createPublicKey(key)]);
}

/**
 * Returns the text that is signed. It names the fleet and the number besides the rules, so that the signature is valid neither in
 * another fleet nor for a later revision.
 */
function statement(fleet: string, { number, sha256, allowEmpty }: Signed): Buffer {
  const lines = [
    'ipvsadm revision',
    `fleet ${fleet}`,
    `number ${number}`,
    `sha256 ${sha256}`,
    `empty ${allowEmpty ?? false}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}
