import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { StoreError } from '../../../src/fleet/store/error.ts';
import { binFolderOf } from '../../lab/project.ts';
import { LiveAgent, LiveFleet, until } from '../live-fleet.ts';
import { rulesFor } from '../simulated-agent.ts';
import { refuses } from '../store/contract.ts';
import { ManualCluster, manualFleet } from './manual-cluster.ts';
import { etcdVersions } from './package.ts';

/** Runs the executable on the cluster as alice, the manual's operator. */
function operator(cluster: ManualCluster) {
  const file = (name: string, text: string) => {
    const path = join(cluster.folder, name);
    writeFileSync(path, text);
    return path;
  };
  const { caFile, certFile, keyFile, user, passwordFile } = cluster.clientOptions('alice');
  const settings = {
    store: cluster.address,
    fleet: manualFleet,
    cacert: caFile,
    cert: certFile,
    key: keyFile,
  };
  const all = { ...settings, user, 'password-file': passwordFile };
  const conf = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`);
  const env = { ...process.env, IPVSADM_FLEET_CONF: file('fleet.conf', conf.join('')), NO_COLOR: '1' };
  const program = join(binFolderOf('executable'), 'ipvsadm-fleet');
  return {
    file,
    run: (...args: string[]) =>
      new Promise<{ readonly code: number; readonly out: string; readonly err: string }>(
        (resolve, reject) => {
          execFile(program, args, { env }, (error, out, err) => {
            if (error && typeof error.code !== 'number') reject(error);
            else resolve({ code: error ? Number(error.code) : 0, out, err });
          });
        },
      ),
    watch: () =>
      spawn(program, ['status', '--watch', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] }),
  };
}

describe('the etcd that ipvsadm-fleet(8) sets up', { concurrency: etcdVersions.length }, () => {
  for (const version of etcdVersions) {
    it(`serves the executable over TLS, and is not obeyed after it is restored (${version})`, async () => {
      const cluster = await ManualCluster.start(version);
      const agents = ['lb1', 'lb2'].map((name) => new LiveAgent(name, manualFleet, () => cluster.open(name)));
      const store = cluster.open('alice');
      const fleet = new LiveFleet(manualFleet, store, agents);
      let watching: ChildProcess | undefined;
      try {
        await cluster.turnUsersOn();
        await fleet.start();
        const { file, run, watch } = operator(cluster);
        const succeeds = async (...args: string[]) => {
          const { code, out, err } = await run(...args);
          assert.equal(code, 0, `${args.join(' ')}: ${out}${err}`);
          return out;
        };
        const rollOut = (number: number) =>
          succeeds('rollout', String(number), '--yes', '--bake', '0', '--waves', '100%');
        const demandRules = (servers: number) => {
          for (const { name, director } of agents) assert.equal(director.rules(), rulesFor(servers), name);
        };

        // A director may write its own report, and nothing else.
        const lb1 = cluster.open('lb1');
        const value = Buffer.from('x');
        for (const key of [fleet.keys.report('lb2'), fleet.keys.target('lb1'), fleet.keys.head])
          await refuses(lb1.commit({ compares: [], puts: [{ key, value }] }), 'forbidden');
        await refuses(lb1.read('/other/'), 'forbidden');
        await lb1.close();

        // A client certificate with a common name is refused.
        const named = '/O=ipvsadm/CN=lb1';
        await cluster.shell(
          `openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj ${named} -keyout named.key -out named.csr &&
           openssl x509 -req -in named.csr -CA ca.crt -CAkey ca.key -days 1 -out named.crt`,
        );
        const pair = ['--cert', file('none', '').replace('none', 'named.crt'), '--key'];
        const refused = await run(...pair, join(cluster.folder, 'named.key'), 'log');
        assert.equal(refused.code, 2);
        assert.match(refused.err, /issue one without CN and give --user/);

        watching = watch();
        let seen = '';
        watching.stdout?.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
        });
        assert.match(await succeeds('publish', file('one', rulesFor(1)), '-m', 'one'), /^revision 1 /);
        await rollOut(1);
        demandRules(1);
        await succeeds('status', '--exit-code');
        await until(() => /"applied":1/.test(seen), 20, 'the watch');
        watching.kill('SIGINT');
        const documents = seen
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
        assert.ok(documents.length >= 2);

        await cluster.backUp();
        await succeeds('publish', file('two', rulesFor(2)), '-m', 'two');
        await rollOut(2);
        await cluster.restore();
        await until(async () => /the store is cluster \d+, not/.test((await run('status')).out));
        demandRules(2);
        assert.equal((await run('status', '--exit-code')).code, 1);
        // A revision is published again and rolled out: all directors refuse it.
        await succeeds('publish', file('three', rulesFor(3)), '-m', 'three');
        const refusedByAll = await run('rollout', '2', '--yes', '--bake', '0');
        assert.equal(refusedByAll.code, 1);
        assert.match(refusedByAll.out, /^lb1, lb2: refused: the store is cluster \d+, not/);
        assert.match(refusedByAll.err, /lb1, lb2 would refuse revision 2: nothing was changed/);
        demandRules(2);

        await fleet.close();
        for (const agent of agents) assert.equal((await agent.once(true)).refusal, undefined);
        await fleet.start();
        demandRules(2);
        // The new revision has the number of a lost one.
        await rollOut(2);
        demandRules(3);

        // The same cluster, restored to an earlier revision.
        await cluster.backUp();
        await succeeds('publish', file('five', rulesFor(5)), '-m', 'five');
        await rollOut(3);
        await cluster.restore();
        await until(async () =>
          /restoring a backup; accept it with --accept-store/.test((await run('status')).out),
        );
        demandRules(5);
      } catch (error) {
        const logs = agents.map(({ name, logged }) => `${name}: ${logged.slice(-5).join('; ')}`);
        if (error instanceof StoreError || error instanceof Error) error.message += `\n${logs.join('\n')}`;
        throw error;
      } finally {
        watching?.kill();
        await fleet.close();
        await store.close();
        await cluster.close();
      }
    });
  }
});
