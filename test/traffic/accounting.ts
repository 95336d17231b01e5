import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { type ListedCounters, sumOf } from './counters.ts';
import type { AnsweringClaim } from './forwarding.ts';
import type { Step } from './lesson.ts';
import { assertRates } from './rates.ts';
import { format, type Stage } from './stage.ts';

/**
 * Returns the step that compares `--stats` and `--rate` with the counters of the kernels at both ends. All their traffic
 * so far must have been with the service, and that must be the only one.
 */
export function accountingStep(claim: AnsweringClaim, visits: number): Step {
  const name = format(claim.service);
  return {
    title: 'The counters (--stats) and rates (--rate) match the traffic',
    words: [
      'A rate is a moving average: every 2 seconds, it moves a quarter of the way to',
      'the value measured. One connection adds 1/8 per second at first, then fades.',
    ],
    proof: async (stage) => {
      // An end may still send its last packets during the first poll, so every poll reads the ends again too.
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
      stage.note(`the client's own kernel counted ${counted.service.inPackets} packets sent`);
      assert.deepEqual(seen, counted);
      await stage.type('ipvsadm -Ln --rate');
      assertRates(rates.service, counted.service, seconds);
      assertRates(rates.servers, counted.servers, seconds);
    },
  };
}

/** Returns the counters of a listing's only service, and the sums over the servers of that. */
function serviceAndServers(
  listed: ReadonlyMap<string, ListedCounters>,
  name: string,
): { service: ListedCounters; servers: ListedCounters } {
  const service = listed.get(name);
  assert.ok(service, `${name} is not listed`);
  return { service, servers: sumOf([...listed.values()].filter((counters) => counters !== service)) };
}

/** Returns the counters that a service must have, from the counters of its client's and its servers' kernels. */
async function countedByEnds(
  stage: Stage,
  { service, servers, through }: AnsweringClaim,
  visits: number,
  seen: ListedCounters,
): Promise<ListedCounters> {
  const client = await stage.machineCounters('client');
  const answering = await Promise.all(through.map((name) => stage.machineCounters(name)));
  // Packets of a server may be lost before they reach the director, so the client's count is more accurate.
  const areAllThrough = through.length === Object.keys(servers).length;
  const counted = {
    connections: visits,
    inPackets: client.sent,
    outPackets: areAllThrough ? client.received : answering.reduce((sum, { sent }) => sum + sent, 0),
    inBytes: client.sentBytes,
    outBytes: answering.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
  };
  // A kernel's IPv6 byte counter includes neighbour discovery, and a director's byte counter includes the packets
  // that it forwards: such bytes cannot be checked.
  const isIpv6 = service.address.includes(':');
  const { inBytes } = isIpv6 ? seen : counted;
  const { outBytes } = (isIpv6 && through.length > 0) || through.includes('director') ? seen : counted;
  return { ...counted, inBytes, outBytes };
}
