import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Rest } from '../../../src/fleet/agent/rest.ts';
import type { Report } from '../../../src/fleet/documents/report.ts';

/** Returns a report of a director whose overridden servers have these numbers of connections. */
function reportOf(connections: Readonly<Record<string, number>>, locked = false): Report {
  return {
    ...{ observed: 1, drift: { commands: 0, excerpt: [] }, findings: [], sync: 'none', version: 'test' },
    time: '2026-11-28T22:00:00.000Z',
    overrides: Object.entries(connections).map(([server, left]) => ({
      ...{ server, observed: 1, servers: 1, connections: left },
    })),
    ...(locked && { refusal: { code: 'locked', reason: 'another rollout is in progress' } }),
  };
}

/** The monotonic clock, in whole milliseconds. */
let now = 0;

/** Counts the turns of an agent in `seconds`, after each of which it makes this report; the agent rests, and does nothing else. */
function turnsIn(context: TestContext, rest: Rest, seconds: number, report: Report): number {
  const clock = context.mock.method(performance, 'now', () => now);
  const end = now + seconds * 1000;
  let turns = 0;
  for (; now < end; turns++) now += rest.after(report);
  clock.mock.restore();
  return turns;
}

describe('the rest of an agent between its turns', () => {
  const day = 86_400;

  it('is a minute when nothing happens', (t) => {
    assert.equal(turnsIn(t, new Rest(), day, reportOf({ '10.0.0.1': 0 })), day / 60);
  });

  for (const [why, report] of [
    ['a server drains', reportOf({ '10.0.0.1': 3, '10.0.0.2': 0 })],
    ['the table is locked', reportOf({}, true)],
  ] as const) {
    it(`is two seconds as long as ${why} for a minute`, (t) => {
      assert.equal(turnsIn(t, new Rest(), 60, report), 30);
    });

    it(`is hardly less than a minute if ${why} for days`, (t) => {
      const turns = turnsIn(t, new Rest(), 30 * day, report);
      assert.ok(turns < 30 * (day / 60) + 200, `${turns} turns`);
    });
  }

  it('is short again when another server drains', (t) => {
    const rest = new Rest();
    turnsIn(t, rest, day, reportOf({ '10.0.0.1': 3 }));
    assert.equal(turnsIn(t, rest, 60, reportOf({ '10.0.0.1': 3, '10.0.0.2': 1 })), 30);
  });
});
