import { strict as assert } from 'node:assert';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cached } from './cache.ts';
import { unpack } from './debian/packages.ts';

describe('the cache', () => {
  const original = process.env.IPVSADM_LAB_CACHE;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ipvsadm-cache-test-'));
    process.env.IPVSADM_LAB_CACHE = folder;
  });
  after(async () => {
    if (original === undefined) delete process.env.IPVSADM_LAB_CACHE;
    else process.env.IPVSADM_LAB_CACHE = original;
    await rm(folder, { recursive: true });
  });

  it('builds an entry only once for concurrent requests', async () => {
    let builds = 0;
    const build = async (root: string) => {
      builds++;
      await sleep(50);
      await writeFile(join(root, 'content'), 'built');
    };
    const places = await Promise.all([cached('once', build), cached('once', build), cached('once', build)]);
    assert.equal(builds, 1);
    assert.deepEqual(new Set(places), new Set([join(folder, 'once')]));
    assert.equal(await readFile(join(folder, 'once/content'), 'utf8'), 'built');
  });

  it('passes the final path of an entry to its builder', async () => {
    assert.equal(
      await cached('place', async (_root, final) => assert.equal(final, join(folder, 'place'))),
      join(folder, 'place'),
    );
  });

  it('keeps nothing of a broken package', async () => {
    const truncated = async (_packages: readonly string[], into: string) =>
      writeFile(join(into, 'kernel.deb'), '!<arch>\ndebian-binary   1');
    await assert.rejects(cached('broken', (root) => unpack(truncated, ['kernel'], root)));
    assert.deepEqual(
      (await readdir(folder)).filter((name) => /broken|unfinished/.test(name)),
      [],
    );
  });

  it('removes the leftovers of a killed process', async () => {
    const left = await mkdtemp(join(folder, 'unfinished-'));
    await cached('next', async () => {});
    assert.ok(!(await readdir(folder)).some((name) => left.endsWith(name)));
  });
});
