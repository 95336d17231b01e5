import { FleetError } from '../fleet-error.ts';

/** Whether a text is the legal name of a fleet, director or group. Keys and documents of others may contain anything. */
export function isLegalName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text) && !/^[0-9]+$/.test(text);
}

/**
 * Returns the name of a fleet, director or group if it is legal: up to 63 letters, digits, dots, hyphens and underscores, the
 * first one a letter or digit. A number is illegal, as it could be mistaken for a revision.
 *
 * @throws {FleetError}
 */
export function checkName(what: 'fleet' | 'director' | 'group', name: string): string {
  if (isLegalName(name)) return name;
  throw new FleetError(
    `illegal name ${JSON.stringify(name)} of a ${what}: use letters, digits, dots, hyphens and underscores, and not only digits`,
  );
}
