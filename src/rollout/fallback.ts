import type { Ipvs } from '../ipvs/client.ts';
import {
  type DestinationId,
  isUsable,
  type ServiceId,
  type ServiceSettings,
  serverKey,
} from '../ipvs/model.ts';
import { settingsAfterDraining, settingsWhileDraining } from '../rules/fallback-settings.ts';
import { normalisedSettings } from '../rules/table.ts';

/**
 * Sets the fallback that a service needs while `server` drains: if its scheduler refuses clients of servers with weight 0,
 * the service then serves them from its other servers. A service without another usable server is left alone. Resolves to
 * the former settings of a changed service.
 *
 * Rejects with {@link NetlinkError} when the kernel refuses; with `ENOENT` where it lacks the substitute scheduler.
 */
export async function setFallback(
  ipvs: Ipvs,
  id: ServiceId,
  server: DestinationId,
): Promise<ServiceSettings | undefined> {
  const key = serverKey(server);
  const servers = await ipvs.destinations(id);
  const others = servers.filter((other) => serverKey(other.id) !== key);
  if (others.length === servers.length || !others.some(isUsable)) return undefined;
  const settings = normalisedSettings(await ipvs.service(id));
  const settingsWithFallback = settingsWhileDraining(settings);
  if (settingsWithFallback === settings) return undefined;
  await ipvs.updateService(id, settingsWithFallback);
  return settings;
}

/**
 * Undoes {@link setFallback} for a service, whichever process called it. Where servers with weight 0 still need the
 * fallback, leaves it in place and resolves to the service's own settings, to be restored later.
 */
export async function removeFallback(ipvs: Ipvs, id: ServiceId): Promise<ServiceSettings | undefined> {
  const settings = normalisedSettings(await ipvs.service(id));
  const own = settingsAfterDraining(settings);
  if (own === settings) return undefined;
  if ((await ipvs.destinations(id)).some(({ weight }) => weight === 0)) return own;
  await ipvs.updateService(id, own);
  return undefined;
}
