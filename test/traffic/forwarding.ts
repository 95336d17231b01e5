import assert from 'node:assert/strict';
import { accountingStep } from './accounting.ts';
import type { Target } from './agent.ts';
import type { InterfaceCounters } from './counters.ts';
import type { Step } from './lesson.ts';
import { format, type Stage } from './stage.ts';

/** Claims about a service whose servers take turns. */
export interface AnsweringClaim {
  readonly service: Target;
  /** The client's address, which every server sees. */
  readonly client: string;
  /** The address and port at which each server is reached; `virtual` means the service's own. */
  readonly servers: Readonly<Record<string, Target | 'virtual'>>;
  /** The servers whose answers go through the director. */
  readonly through: readonly string[];
}

/** Claims about a service whose servers all have one forwarding method. */
export interface ForwardingClaim extends Omit<AnsweringClaim, 'through'> {
  /** The path of the answers. */
  readonly answers: 'through the director' | 'straight to the client';
}

/** Number of visits to each server: enough for a rate that is not lost in rounding. */
const visitsOfEach = 24;

/** Returns the steps that prove the claims about a forwarding method. */
export function forwardingSteps(claim: ForwardingClaim): Step[] {
  const through = claim.answers === 'through the director' ? Object.keys(claim.servers) : [];
  return [...answeringSteps({ ...claim, through }), wayStep(claim)];
}

/** Returns the steps that show which servers answer, and that their traffic is counted. */
export function answeringSteps(claim: AnsweringClaim): Step[] {
  const visits = visitsOfEach * Object.keys(claim.servers).length;
  return [answeredStep(claim, visits), accountingStep(claim, visits)];
}

function answeredStep({ service, servers, client }: AnsweringClaim, times: number): Step {
  return {
    title: 'Every server answers, and the client sees only the virtual address',
    proof: async (stage) => {
      const visits = await stage.visit(service, { times });
      for (const [name, at] of Object.entries(servers)) {
        const its = visits.filter(({ server }) => server === name);
        assert.equal(its.length, visitsOfEach);
        const { address, port } = at === 'virtual' ? service : at;
        for (const visit of its) {
          assert.deepEqual([visit.reached, visit.reachedPort], [address, port]);
          assert.deepEqual([visit.client, visit.peer], [client, service.address]);
        }
        stage.note(`${name} was reached at ${format({ address, port })} and saw the client as ${client}`);
      }
      // The client would have answered a segment from another address with a reset, as it knows no such connection.
      assert.equal((await stage.machineCounters('client')).resets, 0);
      stage.note(`every answer came from ${service.address}`);
    },
  };
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

/** Returns the bytes that the director has received and sent over its networks. */
async function passedBytes(stage: Stage): Promise<{ received: number; sent: number }> {
  const interfaces = await stage.interfaces('director');
  const networks = [...interfaces].filter(([name]) => name !== 'lo').map(([, counters]) => counters);
  const sum = (way: keyof InterfaceCounters) =>
    networks.reduce((total, counters) => total + counters[way].bytes, 0);
  return { received: sum('received'), sent: sum('sent') };
}
