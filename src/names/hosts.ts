import { lookup, lookupService } from 'node:dns/promises';
import { Address } from '../ipvs/address.ts';

/** How many lookups are under way at once; the system's resolver gets no more threads than this. */
export const lookupsAtOnce = 64;

/** Runs `task` on every item, `lookupsAtOnce` at a time. */
async function inParallel<T>(items: Iterable<T>, task: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(lookupsAtOnce, queue.length) }, worker));
}

/** The IPv4 addresses of `names` by the system's resolver, side by side and each asked for once; unknown ones are left out. */
export async function resolveHosts(names: Iterable<string>): Promise<Map<string, Address>> {
  const found = new Map<string, Address>();
  await inParallel(new Set(names), async (name) => {
    const answer = await lookup(name, { family: 4 }).catch(() => undefined);
    const address = answer && Address.parse(answer.address);
    if (address) found.set(name, address);
  });
  return found;
}

/** The names of `addresses` by their text, asked for in the same way; those without a name are left out. */
export async function resolveAddresses(addresses: Iterable<Address>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await inParallel(new Set(Array.from(addresses, (address) => address.text)), async (text) => {
    const answer = await lookupService(text, 0).catch(() => undefined);
    if (answer && answer.hostname !== text) found.set(text, printable(answer.hostname));
  });
  return found;
}

/** A name from the network is data: what could steer a terminal is taken out. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, '');
}
