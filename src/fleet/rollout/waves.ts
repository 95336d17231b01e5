import { type Limit, limitOf } from '../../rules/guards.ts';
import type { Report } from '../documents/report.ts';
import { FleetError } from '../fleet-error.ts';
import type { FleetState } from '../status/fleet-state.ts';

/**
 * Parses waves such as `10%,50%,100%` or `1,5,100%`: the number of directors changed by the end of each wave.
 *
 * @throws {FleetError}
 */
export function parseWaves(text: string): Limit[] {
  const waves = text.split(',').map((word): Limit => {
    const [, digits, percent] = /^([0-9]{1,6})(%?)$/.exec(word.trim()) ?? [];
    const number = Number(digits);
    if (!digits || number === 0 || (percent && number > 100)) {
      throw new FleetError(
        `illegal wave ${JSON.stringify(word)}: expected a number of directors, or a share such as 10%`,
      );
    }
    return percent ? { percent: number } : { count: number };
  });
  for (const [index, wave] of waves.entries()) refuseShrinking(wave, waves.slice(0, index));
  const last = waves.at(-1);
  if (!last || !('percent' in last) || last.percent !== 100)
    throw new FleetError('the last wave must be 100%');
  return waves;
}

/** Throws if a wave would add nobody, whatever the number of directors: numbers count those of the waves before it, too. */
function refuseShrinking(wave: Limit, before: readonly Limit[]): void {
  const earlier = before.findLast((other) => 'percent' in other === 'percent' in wave);
  if (!earlier || sizeOf(wave) > sizeOf(earlier)) return;
  throw new FleetError(
    `waves grow, and ${wordOf(wave)} comes after ${wordOf(earlier)}: each number says how many directors have been changed at the end of its wave, with those of the waves before`,
  );
}

function sizeOf(wave: Limit): number {
  return 'percent' in wave ? wave.percent : wave.count;
}

function wordOf(wave: Limit): string {
  return 'percent' in wave ? `${wave.percent}%` : String(wave.count);
}

const syncRank: Record<Report['sync'], number> = { backup: 0, none: 1, both: 2, master: 3 };

/** Sorts directors in the order in which they are changed: first those that only run the backup sync daemon. */
export function inOrder(directors: readonly string[], { reports }: Pick<FleetState, 'reports'>): string[] {
  const rank = (name: string) => syncRank[reports.get(name)?.content.sync ?? 'none'];
  return [...directors].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/**
 * Divides sorted directors into waves: the first `canary` of them, then those up to the end of each wave. No batch of a wave has
 * two directors of one group. Empty waves are left out.
 */
export function divide(
  directors: readonly string[],
  canary: number,
  waves: readonly Limit[],
  groupOf: (director: string) => string | undefined,
): string[][][] {
  const ends = [canary, ...waves.map((end) => limitOf(end, directors.length))];
  const result: string[][][] = [];
  let begun = 0;
  for (const end of ends) {
    const members = directors.slice(begun, end);
    if (members.length === 0) continue;
    begun += members.length;
    result.push(batches(members, groupOf));
  }
  return result;
}

function batches(members: readonly string[], groupOf: (director: string) => string | undefined): string[][] {
  const result: string[][] = [];
  const taken = new Map<string, number>();
  for (const member of members) {
    const group = groupOf(member);
    const batch = group === undefined ? 0 : (taken.get(group) ?? 0);
    if (group !== undefined) taken.set(group, batch + 1);
    const present = result[batch] ?? [];
    present.push(member);
    result[batch] = present;
  }
  return result;
}
