import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { binFolder, projectFolder } from '../../lab/project.ts';
import { EtcdCluster } from '../etcd/cluster.ts';

const rules = (server: number) =>
  `-A -t 192.0.2.1:80 -s wlc\n-a -t 192.0.2.1:80 -r 10.0.0.${server}:80 -m -w 1\n`;
const builds = { node: binFolder, executable: join(projectFolder, 'dist/executable') };
const password = 'a-password-that-nothing-prints';

for (const [build, programs] of Object.entries(builds)) {
  describe(`ipvsadm-fleet (${build}) with etcd over TLS`, () => {
    let cluster: EtcdCluster;
    let folder: string;
    const file = (name: string, text?: string) => {
      const path = join(folder, name);
      if (text !== undefined) writeFileSync(path, text);
      return path;
    };
    const fleet = (...args: string[]) =>
      new Promise<{ readonly code: number; readonly out: string; readonly err: string }>(
        (resolve, reject) => {
          const env = { ...process.env, IPVSADM_FLEET_CONF: file('fleet.conf'), NO_COLOR: '1' };
          execFile(join(programs, 'ipvsadm-fleet'), args, { env }, (error, out, err) => {
            if (error && typeof error.code !== 'number') reject(error);
            else resolve({ code: error ? Number(error.code) : 0, out, err });
          }).stdin?.end();
        },
      );

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ipvsadm-fleet-'));
      cluster = await EtcdCluster.start({ tls: 'mutual' });
      const { caFile, certFile, keyFile } = cluster.storeOptions;
      file(
        'fleet.conf',
        `# settings\nstore = ${cluster.address}\nfleet = web\ncacert = ${caFile}\ncert = ${certFile}\nkey = ${keyFile}\n`,
      );
    });
    after(async () => {
      await cluster?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('publishes, lists, prints and compares revisions', async () => {
      assert.match((await fleet('log')).out, /no revision has been published yet/);
      const first = await fleet('publish', file('one.rules', rules(1)), '-m', 'the first');
      assert.deepEqual(first, { code: 0, out: 'revision 1 (1 service, 1 server)\n', err: '' });
      await fleet('publish', file('two.rules', rules(2)), '-m', 'the second');
      const shown = await fleet('show', '2');
      assert.equal(shown.out.replace(/^#.*\n/gm, ''), rules(2));
      assert.equal(
        (await fleet('diff', '2')).out,
        '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1\n-d -t 192.0.2.1:80 -r 10.0.0.1:80\n',
      );
      assert.equal(
        (await fleet('diff', '1', '2')).out,
        '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 1\n-d -t 192.0.2.1:80 -r 10.0.0.2:80\n',
      );
      const { number, rules: text } = JSON.parse((await fleet('show', '2', '--json')).out);
      assert.deepEqual([number, text], [2, rules(2)]);
      assert.deepEqual(JSON.parse((await fleet('diff', '2', '--json')).out), [
        '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1',
        '-d -t 192.0.2.1:80 -r 10.0.0.1:80',
      ]);
      const log = JSON.parse((await fleet('log', '--json')).out);
      assert.deepEqual(
        log.map(({ number, message }: { number: number; message: string }) => [number, message]),
        [
          [2, 'the second'],
          [1, 'the first'],
        ],
      );
      assert.match((await fleet('log')).out, /^Revision .*\n2 .*the second\n1 .*the first\n$/);
    });

    it('reports errors in rules, and publishes none of these', async () => {
      const { code, out, err } = await fleet(
        'publish',
        file('bad.rules', `${rules(1)}-A -t nonsense\n-L\n`),
        '-m',
        'x',
      );
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, /line 3: .*\nline 4: -\S+ is not allowed in a revision/);
      assert.equal((await fleet('show', '3')).err, 'there is no revision 3\n');
    });

    it('signs revisions with keys that it generates', async () => {
      const key = file('fleet.key');
      assert.equal((await fleet('keygen', key)).code, 0);
      assert.equal(statSync(key).mode & 0o777, 0o600);
      assert.match(readFileSync(`${key}.pub`, 'utf8'), /PUBLIC KEY/);
      assert.match((await fleet('keygen', key)).err, /fleet.key.pub: File exists/);
      assert.equal(
        (await fleet('publish', file('three.rules', rules(3)), '-m', 'signed', '--sign', key)).code,
        0,
      );
      assert.match((await fleet('log')).out, /yes {5}signed/);
      const withPublicKey = await fleet(
        'publish',
        file('four.rules', rules(4)),
        '-m',
        'x',
        '--sign',
        `${key}.pub`,
      );
      assert.deepEqual(
        [withPublicKey.code, withPublicKey.err],
        [2, 'this is not a private key in PEM format\n'],
      );
    });

    it('refuses invalid arguments', async () => {
      assert.match((await fleet('rollout', '1', '--yes')).err, /no director has reported yet/);
      assert.match((await fleet('rollout', 'x')).err, /Expected a number/);
      assert.match((await fleet('rollout', '1', '--waves', '50%')).err, /the last wave must be 100%/);
      assert.match((await fleet('diff', '2', '0')).err, /Expected a revision number, 1 or higher/);
      assert.match((await fleet('diff', '2', '99999999999')).err, /The number is too large\./);
      assert.match((await fleet('resume')).err, /no rollout is in progress/);
      assert.match((await fleet('hold', 'nobody')).err, /this fleet has no director nobody/);
      assert.match((await fleet('drain', '10.0.0.1')).err, /no director has the server/);
      assert.match((await fleet('drain', 'nonsense')).err, /is not a server/);
      assert.match((await fleet('nonsense')).err, /unknown command/);
      assert.equal((await fleet('nonsense')).code, 2);
      const nobody = await fleet('status', '--exit-code', '--fleet', 'typo');
      assert.deepEqual([nobody.code, nobody.err], [1, '']);
      assert.match(nobody.out, /^fleet typo: no director has reported yet/);
    });

    it('reports files that it cannot use, and records who publishes', async () => {
      const store = cluster.address;
      const refused = async (args: readonly string[], sentence: RegExp) => {
        const { code, out, err } = await fleet(...args);
        assert.deepEqual([code, out], [2, ''], err);
        assert.match(err, sentence);
      };
      const none = file('none');
      const publish = ['publish', file('five.rules', rules(5)), '-m'];
      await refused([...publish, 'x', '--sign', none], /^cannot read .*none: No such file or directory\n$/);
      await refused([...publish, 'x'.repeat(1001)], /At most 1000 characters/);
      await refused(['rollout', '1', '--sign', none], /^cannot read .*none: No such file/);
      await refused(['metrics', '-o', join(none, 'm')], /^cannot write .*none\/m: No such file/);
      await refused(['keygen', join(none, 'key')], /^cannot make .*none\/key.pub: No such file/);
      await refused(['agent', '--once', '--trust', none], /^cannot read .*none: No such file/);
      await refused(
        ['agent', '--once', '--state-dir', file('password', 'x')],
        /^cannot save the agent's state in .*: Not a directory\n$/,
      );
      await refused(['--store', store, '--store', store, 'log'], /It can be given only once/);
      const nowhere = ['--store', 'etcds://127.0.0.1:1', 'rollout', '1'];
      await refused([...nowhere, '--waves', '75%,10%,100%'], /waves grow, and 10% comes after 75%/);
      await refused([...nowhere, '--confirm', '0'], /--confirm must be longer than 0/);
      await refused([...nowhere, '--confirm', '9s'], /--confirm 9s is shorter than 10s/);
      await refused(
        ['--store', 'etcds://127.0.0.1:1', 'log'],
        /^127.0.0.1:1: connection refused \([^()]*\)\n$/,
      );
      const log = JSON.parse((await fleet('log', '--json')).out);
      assert.match(log[0].author, new RegExp(`^${userInfo().username}@`));
    });

    it('never prints a password', async () => {
      const passwordFile = file('password', `${password}\n`);
      for (const args of [
        ['--user', 'bob', '--password-file', passwordFile, 'log'],
        [`--password=${password}`, 'log'],
        ['log', `--password=${password}`],
        ['--store', `etcds://bob:${password}@a`, '--store', `etcds://bob:${password}@b`, 'log'],
        ['--store', `etcds://bob:${password}@127.0.0.1:1`, 'log'],
      ]) {
        const { code, out, err } = await fleet(...args);
        assert.equal(code, 2);
        assert.ok(!(out + err).includes(password), err);
      }
      const conf = file('fleet.conf');
      const settings = readFileSync(conf, 'utf8');
      writeFileSync(conf, `${settings}password = ${password}\n`);
      const { code, err } = await fleet('log');
      writeFileSync(conf, settings);
      assert.equal(code, 2);
      assert.match(err, /fleet\.conf, line 7: expected NAME = VALUE with one of the names store, fleet/);
      assert.ok(!err.includes(password));
    });
  });
}
