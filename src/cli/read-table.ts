import type { Ipvs } from '../ipvs/client.ts';
import type { ServiceEntry } from '../ipvs/table.ts';
import { Progress } from './progress.ts';

/** The whole table, telling how far it has come when that takes long. */
export async function readWithProgress(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const progress = new Progress('reading services');
  try {
    const services = await ipvs.services();
    const entries: ServiceEntry[] = [];
    for (const service of services) {
      entries.push({ service, destinations: await ipvs.destinations(service.id) });
      progress.at(entries.length, services.length);
    }
    return entries;
  } finally {
    progress.end();
  }
}
