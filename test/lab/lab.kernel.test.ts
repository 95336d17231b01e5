import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { buildDirectRouting, type DirectRouting } from './direct-routing.ts';
import { kernelSuite } from './kernel-suite.ts';
import { World } from './world.ts';

const reference = process.env.IPVSADM_REFERENCE ?? '';

kernelSuite(import.meta.url, 'the lab', () => {
  it('has a kernel with IPVS', () => {
    assert.match(readFileSync('/proc/net/ip_vs', 'utf8'), /^IP Virtual Server version/);
  });

  it('has the reference', () => {
    assert.match(execFileSync(reference, ['--version'], { encoding: 'utf8' }), /^ipvsadm v1\.31/);
  });

  it('loads a scheduler when the kernel asks for it', async () => {
    const world = await World.build({ director: { networks: {} } }, 'scheduler-');
    const { code, stderr } = await world.exec('director', [reference, '-A', '-f', '1', '-s', 'mh']);
    await world.dispose();
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  describe('machines for direct routing', () => {
    let dr: DirectRouting;
    before(async () => {
      dr = await buildDirectRouting({ servers: 3, prefix: 'dr-' });
    });
    after(() => dr.world.dispose());

    it('have separate IPVS tables', async () => {
      await dr.world.exec('director', [reference, '-A', '-f', '7']);
      const { stdout } = await dr.world.exec('client', [reference, '-Sn']);
      assert.equal(stdout, '');
    });

    for (const family of ['IPv4', 'IPv6'] as const)
      it(`serve a page over ${family}`, async () => {
        const virtual = `${family === 'IPv4' ? dr.vip : `[${dr.vip6}]`}:80`;
        const real = dr.servers.map((server) =>
          family === 'IPv4' ? server.address : `[${server.address6}]`,
        );
        const rules = [
          `-A -t ${virtual} -s rr`,
          ...real.map((address) => `-a -t ${virtual} -r ${address}:80 -g`),
        ];
        const restored = await dr.world.exec('director', [reference, '-R'], `${rules.join('\n')}\n`);
        assert.deepEqual(restored, { code: 0, stdout: '', stderr: '' });
        const answers = new Set<string>();
        for (const _ of dr.servers)
          answers.add((await dr.world.fetch('client', `http://${virtual}/`)).stdout);
        assert.deepEqual([...answers].sort(), ['web1\n', 'web2\n', 'web3\n']);
      });
  });

  it('removes everything of a disposed world', async () => {
    const { world } = await buildDirectRouting({ prefix: 'gone-' });
    await world.dispose();
    assert.ok(!existsSync('/run/netns/gone-director'));
    assert.equal(execFileSync('ip', ['-br', 'link', 'show', 'type', 'veth'], { encoding: 'utf8' }), '');
  });

  it('removes everything of a world that cannot be built', async () => {
    const broken = { lonely: { networks: { lan: ['not an address'] } } };
    await assert.rejects(World.build(broken, 'broken-'), /not an address|any valid/);
    assert.ok(!existsSync('/run/netns/broken-lonely'));
  });
});
