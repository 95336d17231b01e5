import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const module = new URL('cluster.ts', import.meta.url).href;

const script = `
  import { EtcdCluster } from '${module}';
  const { folder, members } = await EtcdCluster.start();
  console.log(JSON.stringify({ folder, pid: members[0].pid }));
  setInterval(() => {}, 1000);`;

it('the etcd of a killed test ends', { timeout: 60_000 }, async (context) => {
  const test = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => test.kill('SIGKILL'));
  const [line] = await once(test.stdout, 'data');
  const { folder, pid } = JSON.parse(String(line)) as { readonly folder: string; readonly pid: number };
  context.after(() => rm(folder, { recursive: true }));
  assert.ok(existsSync(`/proc/${pid}`));
  test.kill('SIGKILL');
  while (existsSync(`/proc/${pid}`)) await sleep(50);
});
