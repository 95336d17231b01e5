import { FleetError } from '../fleet-error.ts';
/** A name that cannot stand in a key. */
export class NameError extends FleetError {
  override readonly name = 'NameError';
}

/**
 * Returns a fleet's or a director's name. It begins with a letter or digit, has letters, digits, dots, hyphens and underscores, 63
 * at most, and is not a number, so that nobody takes it for a revision.
 *
 * @throws {NameError}
 */
export function checkName(what: 'fleet' | 'director' | 'group', name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name) && !/^[0-9]+$/.test(name)) return name;
  throw new NameError(
    `illegal name ${JSON.stringify(name)} of a ${what}: letters, digits, dots, hyphens and underscores, and not only digits`,
  );
}
