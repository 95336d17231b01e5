import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type ListedCounters, sumOf } from './counters.ts';
import type { AnsweringClaim } from './forwarding.ts';
import type { Step } from './lesson.ts';
import { assertRates } from './rates.ts';
import { format, type Stage } from './stage.ts';

/**
 * The step that holds `--stats` and `--rate` against what the kernels of both ends have counted. All their traffic so
 * far must have been with the service, and that the only one.
 */
export function accountingStep(claim: AnsweringClaim, visits: number): Step {
  const name = format(claim.service);
  return {
    title: 'The counters of --stats and the rates of --rate are those of the traffic',
    words: [
      'Every 2 seconds the kernel measures, and takes a rate a quarter of the way to',
      'what it has measured: one connection is 1/8 a second at first, and fades.',
    ],
    proof: async (stage) => {
      // An end may send its last packets while the first look is taken, so the ends are read anew with every look.
      const look = async () => {
        const seen = serviceAndServers(await stage.listed(), name);
        const counted = await countedByEnds(stage, claim, visits, seen.service);
        return { seen, counted: { service: counted, servers: counted } };
      };
      const { seen, counted } = await stage.eventually(look, (now) =>
        isDeepStrictEqual(now.seen, now.counted),
      );
      const rates = serviceAndServers(await stage.listed('--rate'), name);
      const seconds = stage.secondsOfVisits();
      await stage.type('ipvsadm -Ln --stats');
      stage.note(`the client sent ${counted.service.inPackets} packets, as its own kernel counted`);
      assert.deepEqual(seen, counted);
      await stage.type('ipvsadm -Ln --rate');
      assertRates(rates.service, counted.service, seconds);
      assertRates(rates.servers, counted.servers, seconds);
    },
  };
}

/** What a listing has of its only service, and of all the servers of that together. */
function serviceAndServers(
  listed: ReadonlyMap<string, ListedCounters>,
  name: string,
): { service: ListedCounters; servers: ListedCounters } {
  const service = listed.get(name);
  assert.ok(service, `${name} is not listed`);
  return { service, servers: sumOf([...listed.values()].filter((counters) => counters !== service)) };
}

/** The counters that a service must have, by what the kernels of its client and its servers have counted. */
async function countedByEnds(
  stage: Stage,
  { service, servers, through }: AnsweringClaim,
  visits: number,
  seen: ListedCounters,
): Promise<ListedCounters> {
  const client = await stage.machineCounters('client');
  const answering = await Promise.all(through.map((name) => stage.machineCounters(name)));
  // What a server has sent may be lost before it comes to the director, so what came to the client is nearer.
  const areAllThrough = through.length === Object.keys(servers).length;
  const counted = {
    connections: visits,
    inPackets: client.sent,
    outPackets: areAllThrough ? client.received : answering.reduce((sum, { sent }) => sum + sent, 0),
    inBytes: client.sentBytes,
    outBytes: answering.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
  };
  // Kernels do not count their bytes of IPv6 apart from those of neighbour discovery,
  // and a director not its own apart from those that it hands on.
  const isIpv6 = service.address.includes(':');
  const { inBytes } = isIpv6 ? seen : counted;
  const { outBytes } = (isIpv6 && through.length > 0) || through.includes('director') ? seen : counted;
  return { ...counted, inBytes, outBytes };
}
