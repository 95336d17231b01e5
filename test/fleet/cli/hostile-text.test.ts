import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Command } from 'commander';
import { describePlans } from '../../../src/cli/fleet/plans.ts';
import { programOf } from '../../../src/cli/fleet/program.ts';
import type { Session } from '../../../src/cli/fleet/session.ts';
import { putDocument } from '../../../src/fleet/documents/entries.ts';
import { revisionDocument } from '../../../src/fleet/documents/revision.ts';
import { pack } from '../../../src/fleet/revisions/contents.ts';
import { readRevision } from '../../../src/fleet/revisions/read.ts';
import { readFleet } from '../../../src/fleet/status/fleet-state.ts';
import { fleetName, keys, rulesFor } from '../simulated-agent.ts';
import { SimulatedFleet } from '../simulated-fleet.ts';
import { RecordedOutput } from './recorded-output.ts';

/** Characters that steer a terminal: the sequence clears the line above, in both encodings of its first character. */
const hostile = '\x1b[1A\x1b[2K\x9b2K';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be printed.
const steering = /[\0-\x09\x0b-\x1f\x7f-\x9f]/;

let fleet: SimulatedFleet;
let output: RecordedOutput;

/** Runs a command on the fleet, and returns what it prints. */
async function run(...words: readonly string[]): Promise<string> {
  output = new RecordedOutput();
  const { streams } = output;
  const session: Session = { store: fleet.store, keys, fleet: fleetName, streams, words: {} };
  const program: Command = programOf(streams, {
    onFleet: async (_, task) => void (await task(session)),
    withSettings: () => assert.fail(),
    alone: () => assert.fail(),
  });
  await program.parseAsync(words, { from: 'user' });
  return output.text;
}

/** Replaces a revision by one with other rules and a hostile author and message. */
async function forge(number: number, rules: string): Promise<void> {
  const { revision } = await readRevision(fleet.store, keys, number);
  const { parts, ...packed } = pack(rules);
  const texts = { author: `mallory${hostile}`, message: `all is well${hostile}` };
  const forged = { ...revision, ...packed, ...texts, parts: parts.length };
  const contents = parts.map((value, part) => ({ key: keys.content(packed.packed, part), value }));
  const puts = [...contents, putDocument(keys.revision(number), revisionDocument, forged)];
  await fleet.store.commit({ compares: [], puts });
}

/** Replaces the report of a director by one with some other fields. */
async function forgeReport(name: string, fields: object): Promise<void> {
  const report = (await readFleet(fleet.store, keys)).reports.get(name)?.content ?? assert.fail();
  const value = Buffer.from(JSON.stringify({ schema: 1, ...report, ...fields }));
  await fleet.store.commit({ compares: [], puts: [{ key: keys.report(name), value }] });
}

beforeEach(async () => {
  fleet = await SimulatedFleet.withFirstRevision(['lb1', 'lb2', 'lb3']);
});

describe('what others have written to the store', () => {
  it('cannot steer the terminal of those who read it', async () => {
    // A line that is no rule can have anything, and a rule the name of a scheduler.
    await forge(2, `${rulesFor(2)}# nothing to see${hostile}\n`);
    await forgeReport('lb1', { findings: [{ problem: `bad${hostile}`, services: 1 }], version: hostile });
    for (const words of [
      ['show', '2'],
      ['show', '2', '--json'],
      ['log'],
      ['log', '--json'],
      ['status'],
      ['status', '--json'],
    ]) {
      const text = await run(...words);
      assert.ok(text.length > 100, words.join(' '));
      assert.doesNotMatch(text, steering, words.join(' '));
      if (words.includes('--json')) assert.ok(JSON.stringify(JSON.parse(text)).includes('\x9b'));
    }
    await forge(2, rulesFor(2, 80, '\x1b[1A\x1b[2K'));
    for (const words of [
      ['diff', '2'],
      ['show', '2'],
    ]) {
      const text = await run(...words);
      assert.match(text, /\\u001b\[1A\\u001b\[2K/);
      assert.doesNotMatch(text, steering);
    }
  });

  it('is printed unchanged by show if it is rules as they are published', async () => {
    assert.ok((await run('show', '2')).endsWith(`\n${rulesFor(2)}`));
  });

  it('does not end commands, however deeply it is nested', async () => {
    const deep = `{"schema":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    await fleet.store.commit({ compares: [], puts: [{ key: keys.report('lb2'), value: Buffer.from(deep) }] });
    assert.match(
      await run('status'),
      /its report is unreadable: (its schema is not a number|it is not JSON)/,
    );
  });

  it('does not fill the screen', async () => {
    const key = keys.override('x'.repeat(100_000));
    const document = JSON.stringify({ schema: 1, ['y'.repeat(100_000)]: 1 });
    await fleet.store.commit({ compares: [], puts: [{ key, value: Buffer.from(document) }] });
    assert.ok((await run('status')).length < 3000);
  });
});

describe('the plan of a director that lies', () => {
  it('is not shown as that of others, though it has their digest, nor at any length', async () => {
    await fleet.start(2, { canary: 0, waves: '100%' });
    await fleet.untilAsked();
    const { reports } = await readFleet(fleet.store, keys);
    const plan = reports.get('lb1')?.content.plan ?? assert.fail();
    const excerpt = Array.from({ length: 5000 }, () => '-a -t 192.0.2.1:80 -r 10.0.0.9:80');
    await forgeReport('lb1', { plan: { ...plan, summary: 'nothing to do', excerpt } });
    const text = describePlans(await readFleet(fleet.store, keys), await fleet.rollout());
    assert.match(text, /^lb1: nothing to do$/m);
    assert.match(text, /^lb2, lb3: 1 server added$/m);
    assert.ok(text.split('\n').length < 70);
  });
});
