import { readdirSync, readlinkSync } from 'node:fs';

/** Checks to be run in every runtime that has a build, by title. */
export type Checks = Readonly<Record<string, () => void | Promise<void>>>;

/** Output of {@link printOutcomes}. */
export interface Outcomes {
  /** Error of each check by title; empty if it passed. */
  readonly outcomes: Readonly<Record<string, string>>;
  readonly usesIoUring: boolean;
}

/** Runs checks in this runtime and prints their outcomes as JSON. */
export async function printOutcomes(
  checks: Checks,
  usesIoUring: () => boolean | Promise<boolean>,
): Promise<void> {
  const outcomes: Record<string, string> = {};
  for (const [title, check] of Object.entries(checks)) {
    try {
      await check();
      outcomes[title] = '';
    } catch (error) {
      outcomes[title] = String(error);
    }
  }
  const result: Outcomes = { outcomes, usesIoUring: await usesIoUring() };
  process.stdout.write(JSON.stringify(result));
}

/** Returns whether this process has an io_uring ring open. */
export function hasRing(): boolean {
  const links = readdirSync('/proc/self/fd').map((descriptor) => linkOf(`/proc/self/fd/${descriptor}`));
  return links.includes('anon_inode:[io_uring]');
}

/** Returns the target of a link; `undefined` if the descriptor is closed by now, as the one for reading the list is. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
