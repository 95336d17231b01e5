import type { Ipvs } from '../../ipvs/client.ts';
import type { ServiceId } from '../../ipvs/model.ts';
import { readEntries, type ServiceEntry } from '../../ipvs/table.ts';
import { Progress } from '../stdio/progress.ts';

/** Reads one service as a table of its own. Rejects with `NetlinkError` when it does not exist. */
export async function readOne(ipvs: Ipvs, id: ServiceId): Promise<ServiceEntry[]> {
  return [{ service: await ipvs.service(id), destinations: await ipvs.destinations(id) }];
}

/** Reads the whole table, showing progress when that takes long. */
export async function readWithProgress(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const progress = new Progress('reading services');
  try {
    const services = await ipvs.services();
    const table: ServiceEntry[] = [];
    for await (const entries of readEntries(ipvs, services)) {
      table.push(...entries);
      progress.update(table.length, services.length);
    }
    return table;
  } finally {
    progress.end();
  }
}
