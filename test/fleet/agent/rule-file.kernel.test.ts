import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { connect, createServer as listen } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelSuite } from '../../lab/kernel-suite.ts';
import { binFolderOf, builds, isEmulated, wantedBuild } from '../../lab/project.ts';
import { run } from '../../rollout/director.ts';
import { type Certificates, makeCertificates } from '../etcd/certificates.ts';
import { rulesFor } from '../simulated-agent.ts';

/** Opens a connection through a service to a server, after adding both addresses to `lo`. Returns a function that ends it. */
async function openConnection(service: string, server: string): Promise<() => void> {
  const addresses = (verb: 'add' | 'del') => {
    for (const address of [service, server]) execFileSync('ip', ['addr', verb, `${address}/32`, 'dev', 'lo']);
  };
  addresses('add');
  const listener = listen((socket) => socket.on('error', () => {})).listen(80, server);
  await once(listener, 'listening');
  const client = connect(80, service);
  await once(client, 'connect');
  return () => {
    client.destroy();
    listener.close();
    addresses('del');
  };
}

kernelSuite(import.meta.url, 'an agent that follows a rule file', () => {
  for (const build of wantedBuild ? [wantedBuild] : builds) {
    describe(build, () => {
      let folder: string;
      let certificates: Certificates;
      let server: Server;
      /** Rules that the web server serves; undefined for status 404. */
      let served: string | undefined;
      const path = (name: string) => join(folder, name);
      const program = join(binFolderOf(build), 'ipvsadm-fleet');
      const env = () => ({ ...process.env, IPVSADM_FLEET_CONF: '/dev/null' });
      const words = (store: string, more: readonly string[]) => [
        ...['--store', store, '--cacert', certificates.caFile],
        ...['agent', '--director', 'lb1', '--state-dir', path('state'), ...more],
      ];

      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'ipvsadm-follow-'));
        certificates = await makeCertificates(folder);
        const { certFile, keyFile } = certificates.server;
        const material = { cert: await readFile(certFile), key: await readFile(keyFile) };
        server = createServer(material, (_, response) => {
          if (served === undefined) response.writeHead(404).end();
          else response.end(served);
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
      });
      after(async () => {
        server?.closeAllConnections();
        server?.close();
        await rm(folder, { recursive: true, force: true });
      });
      beforeEach(async () => {
        served = undefined;
        await rm(path('state'), { recursive: true, force: true });
        assert.equal((await run('-C')).status, 0);
      });

      function address(): string {
        const bound = server.address();
        return `https://127.0.0.1:${bound && typeof bound === 'object' ? bound.port : 0}/lb.rules`;
      }

      function agentOnce(store: string, ...more: string[]) {
        const all = words(store, ['--once', ...more]);
        return new Promise<{ readonly code: number; readonly err: string }>((resolve) => {
          execFile(
            program,
            store.startsWith('file:') ? all.toSpliced(2, 2) : all,
            { env: env() },
            (error, _, err) => resolve({ code: error ? Number(error.code) : 0, err }),
          );
        });
      }

      async function table(): Promise<string> {
        return (await run('-S -n')).stdout;
      }

      async function until(condition: () => Promise<boolean>): Promise<void> {
        const end = Date.now() + (isEmulated ? 120_000 : 30_000);
        while (!(await condition())) {
          assert.ok(Date.now() < end, `the table has not become as expected in time:\n${await table()}`);
          await sleep(50);
        }
      }

      it('applies and refuses rules of a web server, run by cron', async () => {
        const missing = await agentOnce(address());
        assert.equal(missing.code, 2);
        assert.match(missing.err, /^the table stays as it is: https:.*: not found \(404\)\n$/);
        served = rulesFor(2);
        assert.deepEqual(await agentOnce(address()), {
          code: 0,
          err: 'revision 1: changing the table: 1 service added, 2 servers added\nrevision 1: done\n',
        });
        assert.equal(await table(), rulesFor(2));
        assert.deepEqual(await agentOnce(address()), { code: 0, err: '' });
        served = '';
        assert.deepEqual(await agentOnce(address()), {
          code: 4,
          err: `refused, the table is unchanged: ${address()} has no services; allow this with --allow-empty\n`,
        });
        assert.equal(await table(), rulesFor(2));
        served = `${rulesFor(3)}-A -t 192.0.2.2:80 -s nothing\n`;
        const refused = await agentOnce(address());
        assert.equal(refused.code, 4);
        assert.match(
          refused.err,
          /refused, the table is unchanged: -A -t 192\.0\.2\.2:80 -s nothing: Scheduler or persistence engine/,
        );
        assert.equal(await table(), rulesFor(2), 'a change is applied completely, or not at all');
      });

      it('corrects drift within its guards, run by cron', async () => {
        await writeFile(path('lb.rules'), rulesFor(2));
        const cron = () => agentOnce(`file:${path('lb.rules')}`, '--max-removals', '1');
        await cron();
        await run('-d -t 192.0.2.1:80 -r 10.0.0.1:80');
        assert.deepEqual(await cron(), {
          code: 0,
          err: 'revision 1: correcting the table: 1 server added\nrevision 1: done\n',
        });
        assert.equal(await table(), rulesFor(2));
        assert.deepEqual(await cron(), { code: 0, err: '' });
        for (const server of [3, 4]) await run(`-a -t 192.0.2.1:80 -r 10.0.0.${server}:80 -m`);
        const { code, err } = await cron();
        assert.equal(code, 4);
        assert.match(err, /: 2 of 4 servers would be removed; the limit is 1 \(--max-removals\)\n/);
        assert.equal(await table(), rulesFor(4));
      });

      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        it(`undoes a change that ${signal} has interrupted if the file has the previous rules again`, async () => {
          const file = path('lb.rules');
          const previous = rulesFor(2).replace('1:80 -m -w 1', '1:80 -m -w 0');
          await writeFile(file, previous);
          assert.equal((await agentOnce(`file:${file}`)).code, 0);
          await writeFile(file, rulesFor(1));
          const end = await openConnection('192.0.2.1', '10.0.0.2');
          try {
            const agent = spawn(program, words(`file:${file}`, ['--drain', '1h']).toSpliced(2, 2), {
              env: env(),
              stdio: 'ignore',
            });
            const exit = once(agent, 'exit');
            try {
              await until(async () => /10\.0\.0\.2:80 -m -w 0/.test(await table()));
            } finally {
              agent.kill(signal);
            }
            await exit;
            assert.notEqual(await table(), previous);
            await writeFile(file, previous);
            assert.equal((await agentOnce(`file:${file}`)).code, 0);
            assert.equal(await table(), previous);
          } finally {
            end();
          }
        });
      }

      it('reads the file while it drains servers', async () => {
        const file = path('lb.rules');
        const previous = rulesFor(2).replace('1:80 -m -w 1', '1:80 -m -w 0');
        await writeFile(file, previous);
        assert.equal((await agentOnce(`file:${file}`)).code, 0);
        const end = await openConnection('192.0.2.1', '10.0.0.2');
        const agent = spawn(program, words(`file:${file}`, ['--drain', '1h']).toSpliced(2, 2), {
          env: env(),
          stdio: 'ignore',
        });
        const exit = once(agent, 'exit');
        try {
          await writeFile(file, rulesFor(1));
          await until(async () => /10\.0\.0\.2:80 -m -w 0/.test(await table()));
          await writeFile(file, previous);
          await until(async () => (await table()) === previous);
        } finally {
          agent.kill('SIGTERM');
          end();
        }
        assert.deepEqual(await exit, [0, null]);
      });

      it('changes nothing if it is stopped while it waits for the lock', async () => {
        const file = path('lb.rules');
        await writeFile(file, rulesFor(1));
        const locker = spawn('flock', ['/proc/sys/net/ipv4/tcp_fastopen_key', 'sh', '-c', 'echo; read end']);
        await once(locker.stdout, 'data');
        try {
          const agent = spawn(program, words(`file:${file}`, ['--once']).toSpliced(2, 2), {
            env: env(),
            stdio: ['ignore', 'ignore', 'pipe'],
          });
          const exit = once(agent, 'exit');
          await once(agent.stderr, 'data');
          await sleep(300);
          agent.kill('SIGTERM');
          assert.deepEqual(await exit, [130, null]);
          assert.equal(await table(), '');
        } finally {
          locker.stdin.end();
          await once(locker, 'exit');
        }
      });

      it('logs once that it cannot lock the table', async () => {
        const file = path('lb.rules');
        await writeFile(file, rulesFor(1));
        // A file system without the file that is locked, for this agent alone.
        const hidden = ['-m', 'sh', '-c', 'mount -t tmpfs none /proc/sys/net && exec "$@"', 'sh', program];
        const agent = spawn('unshare', [...hidden, ...words(`file:${file}`, []).toSpliced(2, 2)], {
          env: env(),
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let logged = '';
        agent.stderr.setEncoding('utf8').on('data', (text: string) => {
          logged += text;
        });
        const exit = once(agent, 'exit');
        try {
          for (const servers of [1, 3, 2]) {
            await writeFile(file, rulesFor(servers));
            await until(async () => (await table()) === rulesFor(servers));
          }
        } finally {
          agent.kill('SIGTERM');
        }
        await exit;
        assert.equal(logged.match(/cannot lock the table: ENOENT/g)?.length, 1, logged);
      });

      it('changes nothing if it is stopped between two reads of the file', async () => {
        await writeFile(path('lb.rules'), rulesFor(1));
        const agent = spawn(program, words(`file:${path('lb.rules')}`, ['--once']).toSpliced(2, 2), {
          env: env(),
          stdio: 'ignore',
        });
        const exit = once(agent, 'exit');
        await until(async () => existsSync(path('state/default')));
        await sleep(500);
        agent.kill('SIGINT');
        assert.deepEqual(await exit, [130, null]);
        assert.equal(await table(), '');
      });

      it('refuses to run twice with the same state', async () => {
        const file = path('lb.rules');
        await writeFile(file, rulesFor(1));
        const agent = spawn(program, words(`file:${file}`, []).toSpliced(2, 2), {
          env: env(),
          stdio: 'ignore',
        });
        const exit = once(agent, 'exit');
        try {
          await until(async () => (await table()) === rulesFor(1));
          assert.deepEqual(await agentOnce(`file:${file}`), {
            code: 2,
            err: `another agent is running with its state in ${path('state')}/default\n`,
          });
        } finally {
          agent.kill('SIGKILL');
        }
        await exit;
        assert.equal((await agentOnce(`file:${file}`)).code, 0, 'the lock ends with the process');
      });

      it('applies changes of a local file while it runs', async () => {
        const file = path('lb.rules');
        await writeFile(file, rulesFor(1));
        const agent = spawn(program, words(`file:${file}`, ['--drain', '1s']).toSpliced(2, 2), {
          env: env(),
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        const exit = once(agent, 'exit');
        try {
          await until(async () => (await table()) === rulesFor(1));
          await writeFile(`${file}.new`, rulesFor(3));
          await rename(`${file}.new`, file);
          await until(async () => (await table()) === rulesFor(3));
          await rm(file);
          await sleep(2500);
          assert.equal(await table(), rulesFor(3), 'a missing file changes nothing');
          await writeFile(file, rulesFor(2));
          await until(async () => (await table()) === rulesFor(2));
        } finally {
          agent.kill('SIGTERM');
        }
        assert.deepEqual(await exit, [0, null]);
        assert.equal(await table(), rulesFor(2), 'the table stays when the agent ends');
      });

      it('reports errors of its command line', async () => {
        const file = `file:${path('lb.rules')}`;
        for (const [store, more, sentence] of [
          [file, ['--trust', certificates.caFile], /--trust|key/],
          [file, ['--accept-store'], /rule files have no identity/],
          [file, ['--drain', 'soon'], /Expected a time with a unit/],
          ['etcd://127.0.0.1:1', ['--allow-empty'], /--drain and --allow-empty are for rule files/],
          ['file:relative.rules', [], /expected file: and an absolute path/],
          ['http://127.0.0.1/lb.rules', [], /must begin with etcd/],
        ] as const) {
          const { code, err } = await agentOnce(store, ...more);
          assert.equal(code, 2, err);
          assert.match(err, sentence);
        }
      });
    });
  }
});
