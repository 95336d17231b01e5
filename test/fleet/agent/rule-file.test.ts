import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAgent } from '../../../src/fleet/agent/loop.ts';
import { newMemory } from '../../../src/fleet/agent/memory.ts';
import { type RuleFileOptions, RuleFileOrders } from '../../../src/fleet/agent/rule-file-orders.ts';
import type { Report } from '../../../src/fleet/documents/report.ts';
import type { RuleSource } from '../../../src/fleet/rule-source/rule-source.ts';
import { StoreError } from '../../../src/fleet/store/error.ts';
import type { PlanOptions } from '../../../src/rules/plan.ts';
import { rulesFor } from '../simulated-agent.ts';
import { MemoryKeeper, SimulatedDirector } from '../simulated-director.ts';

/** A rule file that the test writes, and whose reads can be made to fail. */
class WrittenSource implements RuleSource {
  name = 'file:/rules';
  readonly interval = 5;
  failure: StoreError | undefined;
  #bytes: Uint8Array = Buffer.from('');
  /** Contents that the next reads return, one each. */
  readonly coming: string[] = [];
  reads = 0;

  write(text: string): void {
    this.#bytes = Buffer.from(text);
  }

  async read(): Promise<Uint8Array> {
    this.reads++;
    if (this.failure) throw this.failure;
    const next = this.coming.shift();
    if (next !== undefined) this.write(next);
    return this.#bytes;
  }

  close(): void {}
}

let source: WrittenSource;
let director: SimulatedDirector;
let keeper: MemoryKeeper;
let stop: AbortController;
let logged: string[];

let clockStep: number;

type Settings = Partial<RuleFileOptions> & { readonly plans?: PlanOptions };
type Call = { readonly boot?: string; readonly once?: boolean; readonly accept?: boolean };

function run({ plans = {}, ...options }: Settings, call: Call): Promise<Report> {
  const now = () => Date.now() + clockStep;
  const settings = { allowEmpty: false, settleTime: 1, now, stop: stop.signal, ...options };
  const agent = {
    orders: new RuleFileOrders(source, settings),
    ...{ director, keeper, options: plans, now, version: 'test', stop: stop.signal },
    log: (sentence: string) => logged.push(sentence),
  };
  return runAgent(agent, { boot: 'boot-1', once: false, accept: false, notify: () => {}, ...call });
}

/** Runs one turn, as a cron job does. */
function once(settings: Settings = {}, call: Call = {}): Promise<Report> {
  return run(settings, { once: true, ...call });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 400, 'the condition was not met in time');
    await sleep(5);
  }
}

describe('an agent that follows a rule file', () => {
  beforeEach(() => {
    source = new WrittenSource();
    director = new SimulatedDirector();
    keeper = new MemoryKeeper();
    stop = new AbortController();
    logged = [];
    clockStep = 0;
  });
  // An agent whose test has failed would run on.
  afterEach(() => stop.abort());

  it('numbers each change of the file as a revision', async () => {
    source.write(rulesFor(2));
    assert.equal((await once()).applied?.revision, 1);
    assert.equal(director.rules(), rulesFor(2));
    assert.equal((await once()).applied?.revision, 1);
    assert.equal(director.changes, 1, 'unchanged rules change nothing');
    source.write(rulesFor(3));
    assert.equal((await once()).applied?.revision, 2);
    source.write(rulesFor(2));
    assert.equal((await once()).applied?.revision, 3, 'former rules are a new revision');
    assert.equal(director.rules(), rulesFor(2));
  });

  it('reads the file repeatedly, and applies its changes', async () => {
    source.write(rulesFor(1));
    const running = run({}, {});
    await until(() => director.rules() === rulesFor(1));
    const { reads } = source;
    await until(() => source.reads > reads + 5);
    assert.equal(director.changes, 1);
    source.write(rulesFor(2));
    await until(() => director.rules() === rulesFor(2));
    stop.abort();
    assert.equal((await running).applied?.revision, 2);
  });

  it('does not apply a file that is being written', async () => {
    source.write(rulesFor(3));
    await once();
    source.coming.push(rulesFor(1), rulesFor(2));
    const report = await once();
    assert.equal(report.applied?.revision, 1);
    assert.equal(report.refusal, undefined);
    assert.deepEqual(logged.slice(-1), [
      'the table stays as it is: file:/rules: it keeps changing while it is read',
    ]);
    assert.equal(director.rules(), rulesFor(3));
    assert.equal((await once()).applied?.revision, 2, 'it is applied once it no longer changes');
    assert.equal(director.rules(), rulesFor(2));
  });

  it('ends at once if it is stopped between two reads of the file', async () => {
    source.write(rulesFor(1));
    const running = once({ settleTime: 60_000 });
    await until(() => source.reads === 1);
    stop.abort();
    assert.equal((await running).applied, undefined);
    assert.deepEqual(logged, []);
  });

  it('soon reads a file again that was being written', async () => {
    source.coming.push(rulesFor(1), rulesFor(2));
    const running = run({}, {});
    await until(() => director.rules() === rulesFor(2));
    stop.abort();
    await running;
  });

  it('keeps the table while the file cannot be read', async () => {
    source.write(rulesFor(2));
    const running = run({}, {});
    await until(() => director.changes === 1);
    source.failure = new StoreError('not-found', source.name, 'not found');
    await until(() => logged.some((sentence) => /the table stays as it is: .*not found/.test(sentence)));
    assert.equal(director.rules(), rulesFor(2));
    source.failure = undefined;
    source.write(rulesFor(3));
    await until(() => director.rules() === rulesFor(3));
    stop.abort();
    await running;
    assert.ok(logged.includes('the store can be used again'), logged.join('\n'));
  });

  it('refuses a file that is invalid or has no services, and reports the line', async () => {
    source.write(rulesFor(2));
    await once();
    for (const [text, code, reason] of [
      [`${rulesFor(1)}-A -t 192.0.2.9:80 -s wlc -x\n`, 'rules', /^file:\/rules: line 3: /],
      ['-A -t www.example.net:80\n', 'rules', /: line 1: /],
      ['<html>\n', 'rules', /: line 1: /],
      ['-L\n', 'rules', /: line 1: /],
      [`${rulesFor(3)}-a -t 192.0.2.1:80 -r 10.0.0.9 -w 1`, 'rules', /: the last line does not end/],
      ['', 'empty', /--allow-empty/],
      [Buffer.from([0xff, 0xfe, 0x0a]).toString('latin1'), 'rules', /: line 1: /],
    ] as const) {
      source.write(text);
      const { refusal, applied } = await once();
      assert.deepEqual([refusal?.code, applied?.revision], [code, 1], text);
      assert.match(refusal?.reason ?? '', reason);
      assert.equal(director.rules(), rulesFor(2));
    }
  });

  it('logs each refusal once', async () => {
    source.write('-A -t x:80\n-A -t y:80\n');
    const running = run({}, {});
    await until(() => logged.length > 0);
    const { reads } = source;
    await until(() => source.reads > reads + 5);
    source.write('<html>\n');
    await until(() => logged.length > 2);
    stop.abort();
    await running;
    assert.deepEqual(
      logged.map((sentence) => sentence.replace(/^(.*: line \d):.*/, '$1')),
      [1, 2, 1].map((line) => `refused, the table is unchanged: file:/rules: line ${line}`),
    );
  });

  it('logs the first ten of many invalid lines', async () => {
    source.write('<p>\n'.repeat(12));
    await once();
    assert.equal(logged.length, 11);
    assert.match(logged[9] ?? '', /line 10: /);
    assert.equal(logged[10], 'and 2 more');
  });

  it('empties the table only with the option allowEmpty', async () => {
    source.write(rulesFor(2));
    await once();
    source.write('# nothing\n');
    assert.equal((await once()).refusal?.code, 'empty');
    assert.equal((await once({ allowEmpty: true })).applied?.revision, 2);
    assert.equal(director.rules(), '');
  });

  it('obeys its guards, and retries on the next turn', async () => {
    source.write(rulesFor(4));
    const plans: PlanOptions = { guards: { allowEmpty: true, maxRemovals: { percent: 25 } } };
    await once({ plans });
    source.write(rulesFor(2));
    assert.equal((await once({ plans })).refusal?.code, 'guard');
    assert.equal(director.rules(), rulesFor(4));
    assert.equal((await once()).applied?.revision, 2);
  });

  it('retries rules that the kernel refused only after an hour', async () => {
    source.write(rulesFor(2));
    await once();
    let tries = 0;
    director.refuses = () => {
      tries++;
      return 'no such scheduler';
    };
    source.write(rulesFor(3));
    for (const step of [0, 1, 3_599_000]) {
      clockStep = step;
      assert.equal((await once()).refusal?.code, 'kernel');
    }
    assert.equal(tries, 1);
    for (const step of [3_700_000, 3_701_000]) {
      clockStep = step;
      assert.equal((await once()).refusal?.code, 'kernel');
    }
    assert.equal(tries, 2);
    clockStep = -3_700_000;
    director.refuses = () => undefined;
    assert.equal((await once()).applied?.revision, 2, 'also if the clock was set back');
    assert.equal(director.rules(), rulesFor(3));
  });

  it('retries rules that the kernel refused while it runs', async () => {
    director.refuses = () => 'no such scheduler';
    source.write(rulesFor(3));
    const running = run({}, {});
    await until(() => logged.some((sentence) => /no such scheduler/.test(sentence)));
    director.refuses = () => undefined;
    clockStep = 3_700_000;
    source.write(`${rulesFor(3)}# looked at\n`);
    await until(() => director.rules() === rulesFor(3));
    const { length } = logged;
    const { reads } = source;
    await until(() => source.reads > reads + 5);
    assert.equal(logged.length, length, 'it logs that only once');
    stop.abort();
    await running;
  });

  it('corrects drift at each start only', async () => {
    source.write(rulesFor(2));
    const running = run({}, {});
    await until(() => director.rules() === rulesFor(2));
    director.setRules(rulesFor(4));
    const { reads } = source;
    await until(() => source.reads > reads + 5);
    stop.abort();
    await running;
    assert.equal(director.rules(), rulesFor(4));
    stop = new AbortController();
    logged = [];
    assert.equal((await once()).applied?.revision, 1);
    assert.equal(director.rules(), rulesFor(2));
    assert.deepEqual(logged, ['revision 1: correcting the table: 2 servers removed', 'revision 1: done']);
    logged = [];
    await once();
    assert.deepEqual(logged, [], 'it logs nothing if there is nothing to correct');
  });

  it('obeys its guards at each start, too, however quickly starts follow each other', async () => {
    source.write(rulesFor(2));
    const time = Date.now();
    const now = () => time;
    await once({ now });
    director.setRules(rulesFor(4));
    const plans: PlanOptions = { guards: { allowEmpty: true, maxRemovals: { count: 1 } } };
    assert.equal((await once({ plans, now })).refusal?.code, 'guard');
    assert.equal(director.rules(), rulesFor(4));
  });

  it('undoes or finishes a change during which it was stopped', async () => {
    source.write(rulesFor(2));
    await once();
    const { converge } = director;
    director.converge = async () => {
      director.setRules(rulesFor(9));
      stop.abort();
      return { kind: 'interrupted' };
    };
    source.write(rulesFor(3));
    await once();
    director.converge = converge;
    stop = new AbortController();
    source.write('<html>\n');
    assert.equal((await once()).refusal?.code, 'rules');
    assert.equal(director.rules(), rulesFor(2));
    source.write(rulesFor(3));
    assert.equal((await once()).applied?.revision, 2);
    assert.equal(director.rules(), rulesFor(3));
  });

  it('restores the last rules after a reboot, without the file', async () => {
    source.write(rulesFor(3));
    await once();
    director = new SimulatedDirector();
    source.failure = new StoreError('unreachable', source.name, 'nobody answers');
    await once({}, { boot: 'boot-2' });
    assert.equal(director.rules(), rulesFor(3));
  });

  it('obeys a rule file at any address, even after it has obeyed a store', async () => {
    keeper.save({
      ...newMemory('boot-1'),
      store: { cluster: '1', revision: '7' },
      distrust: { code: 'other-store', reason: 'the store is 2, and was 1' },
    });
    source.write(rulesFor(1));
    assert.equal((await once()).refusal, undefined);
    assert.equal(director.rules(), rulesFor(1));
    source.name = 'https://elsewhere/rules';
    source.write(rulesFor(2));
    assert.equal((await once()).applied?.revision, 2);
    assert.equal(director.rules(), rulesFor(2));
  });

  it('drains servers for the given time', async () => {
    const drains: (number | undefined)[] = [];
    const converge = director.converge.bind(director);
    director.converge = (desired, options) => {
      drains.push(options.drain);
      return converge(desired, options);
    };
    source.write(rulesFor(2));
    await once({ drain: 30 });
    assert.deepEqual(drains, [30]);
  });
});
