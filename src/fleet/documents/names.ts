import { FleetError } from '../fleet-error.ts';

/**
 * Returns a fleet's or a director's name. It begins with a letter or digit, has letters, digits, dots, hyphens and underscores, 63
 * at most, and is not a number, so that nobody takes it for a revision.
 *
 * @throws {FleetError}
 */
export function checkName(what: 'fleet' | 'director' | 'group', name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name) && !/^[0-9]+$/.test(name)) return name;
  throw new FleetError(
    `illegal name ${JSON.stringify(name)} of a ${what}: letters, digits, dots, hyphens and underscores, and not only digits`,
  );
}
