import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { newMemory } from '../../../src/fleet/agent/memory.ts';
import { StateFolder } from '../../../src/fleet/agent/state-folder.ts';
import { sha256Of } from '../../../src/fleet/revisions/contents.ts';

describe('the state folder', () => {
  let folder: string;

  beforeEach((t) => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-agent-'));
    if ('after' in t) t.after(() => rmSync(folder, { recursive: true }));
  });

  it('stores the memory and the rules that it refers to, and deletes all others', () => {
    const keeper = new StateFolder(join(folder, 'state'));
    assert.equal(keeper.load(), undefined);
    const [one, two] = ['one\n', 'two\n'];
    for (const rules of [one, two]) keeper.saveRules(sha256Of(rules), rules);
    const applied = { revision: 1, sha256: sha256Of(one), since: '2026-11-28T22:00:00.000Z' };
    writeFileSync(join(folder, 'state', '.agent.json.77.tmp'), 'of an agent that was killed');
    const others = ['.keep', 'backup.tmp'];
    for (const file of others) writeFileSync(join(folder, 'state', file), 'of somebody else');
    keeper.save({ ...newMemory('b'), applied });
    assert.deepEqual(keeper.load(), { ...newMemory('b'), applied });
    assert.equal(keeper.loadRules(sha256Of(one)), one);
    assert.equal(keeper.loadRules(sha256Of(two)), undefined);
    const files = ['agent.json', `${sha256Of(one)}.rules`, ...others];
    assert.deepEqual(readdirSync(join(folder, 'state')).sort(), files.sort());
  });

  it('can be locked by one agent only', async () => {
    assert.equal(await new StateFolder(folder).lock(), true);
    assert.equal(await new StateFolder(folder).lock(), false);
    assert.equal(await new StateFolder(join(folder, 'other')).lock(), true);
  });

  it('ignores rules with a wrong checksum, and refuses a damaged memory', () => {
    const keeper = new StateFolder(folder);
    const sha256 = sha256Of('rules');
    keeper.saveRules(sha256, 'rules');
    writeFileSync(join(folder, `${sha256}.rules`), 'others');
    assert.equal(keeper.loadRules(sha256), undefined);
    writeFileSync(join(folder, 'agent.json'), '{"schema":1,');
    assert.throws(
      () => keeper.load(),
      /agent\.json is unreadable: it is not JSON; remove it to start afresh/,
    );
  });
});
