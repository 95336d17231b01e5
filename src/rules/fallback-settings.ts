import { ServiceFlag, type ServiceSettings } from '../ipvs/model.ts';
import { fallbackFlag, refusesByHash } from './hash-schedulers.ts';

/** The settings of a service that decide what happens to clients of servers with weight 0. */
export type Scheduling = Pick<ServiceSettings, 'scheduler' | 'flags'>;

/**
 * Replacement schedulers while servers drain. dh has no fallback flag; lblc also chooses by destination, but only among servers
 * that accept connections (`ip_vs_lblc_schedule`, net/netfilter/ipvs).
 */
const substitutes: ReadonlyMap<string, string> = new Map([['dh', 'lblc']]);

/**
 * Marks a fallback as temporaryFlag, for draining. Neither the hash schedulers nor lblc use this flag, and the kernel stores it
 * with the service: any process can see what to revert, even after the one that set it was killed.
 */
export const temporaryFlag = ServiceFlag.scheduler3;

/** Returns settings with which a service serves every client while its servers drain; unchanged if it already does so. */
export function settingsWhileDraining<Settings extends Scheduling>(settings: Settings): Settings {
  if (!refusesByHash(settings)) return settings;
  const { scheduler, flags } = settings;
  return {
    ...settings,
    scheduler: substitutes.get(scheduler) ?? scheduler,
    flags: flags | (fallbackFlag(scheduler) ?? 0) | temporaryFlag,
  };
}

/** Reverts {@link settingsWhileDraining}; returns other settings unchanged. */
export function settingsAfterDraining<Settings extends Scheduling>(settings: Settings): Settings {
  const { scheduler, flags } = settings;
  if (!(flags & temporaryFlag)) return settings;
  const [own] = [...substitutes].find(([, substitute]) => substitute === scheduler) ?? [];
  if (own) return { ...settings, scheduler: own, flags: flags & ~temporaryFlag };
  const fallback = fallbackFlag(scheduler) ?? 0;
  return flags & fallback ? { ...settings, flags: flags & ~(fallback | temporaryFlag) } : settings;
}

/** Whether settings were made by {@link settingsWhileDraining}. */
export function isForDraining(settings: Scheduling): boolean {
  return settingsAfterDraining(settings) !== settings;
}
