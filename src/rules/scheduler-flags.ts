import { ServiceFlag } from '../ipvs/model.ts';

/** The three bits that schedulers may define, lowest first, with their names for `-b`. */
const bits = [
  { flag: ServiceFlag.scheduler1, general: 'flag-1', special: { sh: 'sh-fallback', mh: 'mh-fallback' } },
  { flag: ServiceFlag.scheduler2, general: 'flag-2', special: { sh: 'sh-port', mh: 'mh-port' } },
  { flag: ServiceFlag.scheduler3, general: 'flag-3', special: {} },
] as const satisfies readonly { flag: number; general: string; special: { sh?: string; mh?: string } }[];

/** All three bits. */
export const schedulerFlagMask = ServiceFlag.scheduler1 | ServiceFlag.scheduler2 | ServiceFlag.scheduler3;

/** Returns every name that `-b` accepts, for completion and help. */
export function schedulerFlagWords(): readonly string[] {
  return bits.flatMap(({ general, special }) => [general, ...Object.values(special)]);
}

/** Returns the bit that `word` names, and the scheduler if the name belongs to just one. */
export function schedulerFlag(word: string): { flag: number; scheduler?: string } | undefined {
  for (const { flag, general, special } of bits) {
    if (word === general) return { flag };
    const owner = Object.entries(special).find(([, name]) => name === word)?.[0];
    if (owner) return { flag, scheduler: owner };
  }
  return undefined;
}

/** Whether a scheduler has its own names for some of the bits. */
export function namesFlags(scheduler: string): boolean {
  return bits.some(({ special }) => Object.hasOwn(special, scheduler));
}

/** Returns the names of the bits set in `flags`: the scheduler's own names where it has them. */
export function schedulerFlagNames(scheduler: string, flags: number): string[] {
  return bits
    .filter(({ flag }) => flags & flag)
    .map(({ general, special }) => (special as Record<string, string>)[scheduler] ?? general);
}
