import assert from 'node:assert/strict';
import { accountingStep } from './accounting.ts';
import type { Target } from './agent.ts';
import type { InterfaceCounters } from './counters.ts';
import type { Step } from './lesson.ts';
import { format, type Stage } from './stage.ts';

/** What is so of a service whose servers take turns. */
export interface AnsweringClaim {
  readonly service: Target;
  /** The client's address, which every server sees. */
  readonly client: string;
  /** The address and port at which each server is reached; the service's own, where it says `virtual`. */
  readonly servers: Readonly<Record<string, Target | 'virtual'>>;
  /** Those servers whose answers go through the director. */
  readonly through: readonly string[];
}

/** What a way of forwarding promises of one. */
export interface ForwardingClaim extends Omit<AnsweringClaim, 'through'> {
  /** Which way the answers take. */
  readonly answers: 'through the director' | 'past the director';
}

/** As many of each server that a rate of them is not lost in rounding. */
const visitsOfEach = 24;

/** The steps that show what a way of forwarding promises. */
export function forwardingSteps(claim: ForwardingClaim): Step[] {
  const through = claim.answers === 'through the director' ? Object.keys(claim.servers) : [];
  return [...answeringSteps({ ...claim, through }), wayStep(claim)];
}

/** The steps that show who answers, and that it is counted. */
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
        stage.note(`${name} was reached at ${format({ address, port })}, and saw the client as ${client}`);
      }
      // A segment from another address would be one of a connection that the client does not know.
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

/** Bytes that the director's networks carried to it and from it. */
async function passedBytes(stage: Stage): Promise<{ received: number; sent: number }> {
  const interfaces = await stage.interfaces('director');
  const networks = [...interfaces].filter(([name]) => name !== 'lo').map(([, counters]) => counters);
  const sum = (way: keyof InterfaceCounters) =>
    networks.reduce((total, counters) => total + counters[way].bytes, 0);
  return { received: sum('received'), sent: sum('sent') };
}
