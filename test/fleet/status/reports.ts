import type { Report } from '../../../src/fleet/documents/report.ts';

/** Returns the report of a director without problems, with the given changes. */
export function reportOf(facts: Partial<Report> = {}): Report {
  return {
    observed: 0,
    drift: { commands: 0, excerpt: [] },
    overrides: [],
    findings: [],
    sync: 'none',
    version: 'test',
    time: '2026-11-28T22:00:00.000Z',
    ...facts,
  };
}
