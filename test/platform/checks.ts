import { readdirSync, readlinkSync } from 'node:fs';

/** What has to hold in each runtime that there is a build for, by what it says. */
export type Checks = Readonly<Record<string, () => void | Promise<void>>>;

/** What {@link tellOutcomes} prints. */
export interface Outcomes {
  /** What each check came to: nothing, or its error. */
  readonly outcomes: Readonly<Record<string, string>>;
  readonly usesIoUring: boolean;
}

/** Runs checks in this runtime and prints as JSON what they came to. */
export async function tellOutcomes(
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
  const told: Outcomes = { outcomes, usesIoUring: await usesIoUring() };
  process.stdout.write(JSON.stringify(told));
}

/** Whether this process has a ring open. */
export function hasRing(): boolean {
  const links = readdirSync('/proc/self/fd').map((descriptor) => linkOf(`/proc/self/fd/${descriptor}`));
  return links.includes('anon_inode:[io_uring]');
}

/** Nothing where the descriptor is closed, as that which read the list. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
