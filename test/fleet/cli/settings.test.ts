import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readGuards } from '../../../src/cli/fleet/agent-options.ts';
import { collectSettings, settingsOf } from '../../../src/cli/fleet/settings.ts';
import { parseDuration } from '../../../src/cli/fleet/values.ts';
import { FleetError } from '../../../src/fleet/fleet-error.ts';
import { patternForms } from '../../../src/rules/ownership.ts';

describe('settings', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-settings-'));
    file = join(folder, 'fleet.conf');
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are read from the command line, then the environment, then the file', () => {
    writeFileSync(file, '# a comment\n\nstore = etcd://a:1\nfleet=one\n  user = u\npassword-file = /p\n');
    const env = { IPVSADM_FLEET_NAME: 'two', IPVSADM_FLEET_USER: 'v' };
    const words = collectSettings({ user: 'w' }, env, file);
    assert.deepEqual(settingsOf(words), {
      store: 'etcd://a:1',
      fleet: 'two',
      storeOptions: { user: 'w', passwordFile: '/p' },
    });
  });

  it('require a store, and a fleet name that is legal in a key', () => {
    assert.throws(() => settingsOf(collectSettings({}, {}, join(folder, 'none'))), /no store: set --store/);
    for (const fleet of ['a/b', '', '7', '.', 'x'.repeat(64)]) {
      assert.throws(() => settingsOf({ store: 'etcd://a', fleet }), /illegal name .* of a fleet/);
    }
  });

  it('are read from the file that the environment names, which must exist', () => {
    writeFileSync(file, 'store = etcd://a:1\n');
    assert.equal(collectSettings({}, { IPVSADM_FLEET_CONF: file }).store, 'etcd://a:1');
    const misspelt = join(folder, 'fleet.cnf');
    assert.throws(() => collectSettings({}, { IPVSADM_FLEET_CONF: misspelt }), {
      name: 'FleetError',
      message: `cannot read ${misspelt}: No such file or directory`,
    });
  });

  it('are refused if one is repeated, or a password has no user', () => {
    writeFileSync(file, 'store = etcd://a\n\nstore = etcd://b\n');
    assert.throws(() => collectSettings({}, {}, file), /line 3: store is already set/);
    assert.throws(
      () => settingsOf({ store: 'etcd://a', 'password-file': '/p' }),
      /--password-file needs --user/,
    );
  });

  it('are refused if the file has other lines, which are not printed', () => {
    for (const line of ['password = secret', 'secret', 'Store = x']) {
      writeFileSync(file, `store = etcd://a\n${line}\n`);
      assert.throws(
        () => collectSettings({}, {}, file),
        (error: Error) =>
          error instanceof FleetError && /line 2/.test(error.message) && !/secret/.test(error.message),
      );
    }
  });
});

describe('values of options', () => {
  it('are durations with optional units', () => {
    assert.deepEqual(['90', '90s', '5m', '1h', '0'].map(parseDuration), [90, 90, 300, 3600, 0]);
    for (const invalid of ['', 'm', '1d', '-1', '1.5m', '5 m']) assert.throws(() => parseDuration(invalid));
  });

  it('are guards and patterns, as of ipvsadm-restore', () => {
    const sentence = (message: string) => ({ name: 'FleetError', message });
    const { guards, owns } = readGuards({ maxRemovals: '25%', minServers: '2', except: ['tcp'] });
    assert.deepEqual([guards?.maxRemovals, guards?.minServers], [{ percent: 25 }, { count: 2 }]);
    assert.ok(owns);
    assert.throws(
      () => readGuards({ maxRemovals: 'x' }),
      sentence("illegal limit `x' for --max-removals: expected a number or a percentage"),
    );
    assert.throws(
      () => readGuards({ only: ['x'] }),
      sentence(`illegal pattern \`x': expected ${patternForms}`),
    );
  });
});
