import type { Ipvs } from '../ipvs/client.ts';
import {
  type DestinationId,
  isUsable,
  type ServiceId,
  type ServiceSettings,
  serverKey,
} from '../ipvs/model.ts';
import { settingsAfterDraining, settingsWhileDraining } from '../rules/draining.ts';
import { chosenSettings } from '../rules/table.ts';

/**
 * Makes a service whose scheduler refuses the clients of servers of weight 0 serve them from other servers, so that `server` can be
 * drained; a service that has no other server to take them is left alone. Resolves to the settings that a changed service had.
 *
 * Rejects with {@link NetlinkError} as the kernel refuses, with ENOENT where it has not got the scheduler for that time.
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
  const settings = chosenSettings(await ipvs.service(id));
  const gentle = settingsWhileDraining(settings);
  if (gentle === settings) return undefined;
  await ipvs.updateService(id, gentle);
  return settings;
}

/**
 * Takes back what {@link setFallback} has done to a service, in this process or in another one. Where servers of weight 0 still need
 * it, resolves to the settings that the service is to have again later.
 */
export async function takeFallbackBack(ipvs: Ipvs, id: ServiceId): Promise<ServiceSettings | undefined> {
  const settings = chosenSettings(await ipvs.service(id));
  const own = settingsAfterDraining(settings);
  if (own === settings) return undefined;
  if ((await ipvs.destinations(id)).some(({ weight }) => weight === 0)) return own;
  await ipvs.updateService(id, own);
  return undefined;
}
