import type { Ipvs } from '../../ipvs/client.ts';
import { readEntries, type ServiceEntry } from '../../ipvs/table.ts';
import { Progress } from '../stdio/progress.ts';

/** The whole table, telling how far it has come when that takes long. */
export async function readWithProgress(ipvs: Ipvs): Promise<ServiceEntry[]> {
  const progress = new Progress('reading services');
  try {
    const services = await ipvs.services();
    const table: ServiceEntry[] = [];
    for await (const entries of readEntries(ipvs, services)) {
      table.push(...entries);
      progress.at(table.length, services.length);
    }
    return table;
  } finally {
    progress.end();
  }
}
