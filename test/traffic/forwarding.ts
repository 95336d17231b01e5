import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Target } from './agent.ts';
import type { InterfaceCounters, ListedCounters } from './counters.ts';
import type { Step } from './lesson.ts';
import { format, type Stage } from './stage.ts';

/** What a way of forwarding promises of a service whose servers take turns. */
export interface ForwardingClaim {
  readonly service: Target;
  /** The client's address, which every server sees. */
  readonly client: string;
  /** The address and port at which each server is reached; the service's own, where it says `virtual`. */
  readonly servers: Readonly<Record<string, Target | 'virtual'>>;
  /** Which way the answers take. */
  readonly answers: 'through the director' | 'past the director';
}

/** The steps that show what a way of forwarding promises. */
export function forwardingSteps(claim: ForwardingClaim): Step[] {
  return [answeredStep(claim), countersStep(claim), wayStep(claim)];
}

function answeredStep({ service, servers, client }: ForwardingClaim): Step {
  return {
    title: 'Every server answers, and the client sees only the virtual address',
    proof: async (stage) => {
      const visits = await stage.visit(service, { times: 2 * Object.keys(servers).length });
      for (const [name, at] of Object.entries(servers)) {
        const its = visits.filter(({ server }) => server === name);
        assert.equal(its.length, 2);
        const { address, port } = at === 'virtual' ? service : at;
        for (const visit of its) {
          assert.deepEqual([visit.reached, visit.reachedPort], [address, port]);
          assert.deepEqual([visit.client, visit.peer], [client, service.address]);
        }
        stage.note(`${name} was reached at ${format({ address, port })}, and saw the client as ${client}`);
      }
      stage.note(`every answer came from ${service.address}`);
    },
  };
}

/** Compares the director's counters with those of both ends. All their traffic so far must have been with the service. */
function countersStep(claim: ForwardingClaim): Step {
  const name = format(claim.service);
  return {
    title: 'The counters of --stats are those of the traffic',
    proof: async (stage) => {
      // An end may send its last packets while the first look is taken, so the ends are read anew with every look.
      const look = async () => {
        const seen = (await stage.listed()).get(name);
        return { seen, counted: await countedByEnds(stage, claim, seen) };
      };
      const { seen, counted } = await stage.eventually(look, (now) =>
        isDeepStrictEqual(now.seen, now.counted),
      );
      await stage.type('ipvsadm -Ln --stats');
      stage.note(`the client sent ${counted.inPackets} packets, as its own kernel counted`);
      assert.deepEqual(seen, counted);
    },
  };
}

/** The counters that a service must have, by what the kernels of its client and its servers have counted. */
async function countedByEnds(
  stage: Stage,
  { service, servers, answers }: ForwardingClaim,
  seen: ListedCounters | undefined,
): Promise<ListedCounters> {
  const client = await stage.machineCounters('client');
  const counters = await Promise.all(Object.keys(servers).map((name) => stage.machineCounters(name)));
  const answered = counters.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  const isThrough = answers === 'through the director';
  const counted = {
    connections: 2 * counters.length,
    inPackets: client.sent,
    outPackets: isThrough ? client.received : 0,
    inBytes: client.sentBytes,
    outBytes: isThrough ? answered : 0,
  };
  // Kernels do not count their bytes of IPv6 apart from those of neighbour discovery.
  if (!service.address.includes(':') || !seen) return counted;
  return { ...counted, inBytes: seen.inBytes, outBytes: seen.outBytes };
}

const bytes = 300_000;

function wayStep({ service, answers }: ForwardingClaim): Step {
  return {
    title: `Answers go ${answers}`,
    proof: async (stage) => {
      const before = await passedBytes(stage);
      await stage.visit(service, { bytes });
      const after = await passedBytes(stage);
      const received = after.received - before.received;
      const sent = after.sent - before.sent;
      stage.note(`meanwhile the director received ${received} bytes and sent ${sent}`);
      if (answers === 'through the director') assert.ok(received >= bytes && sent >= bytes);
      else assert.ok(received < bytes / 10 && sent < bytes / 10, `${received} and ${sent} bytes`);
    },
  };
}

/** Bytes that the director's networks carried to it and from it. */
async function passedBytes(stage: Stage): Promise<{ received: number; sent: number }> {
  const interfaces = await stage.interfaces('director');
  const networks = [...interfaces].filter(([name]) => name !== 'lo').map(([, counters]) => counters);
  const sum = (way: keyof InterfaceCounters) =>
    networks.reduce((total, counters) => total + counters[way].bytes, 0);
  return { received: sum('received'), sent: sum('sent') };
}
