import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { nodeWithTypeScript } from '../lab/project.ts';
import { agree } from './allowed.ts';
import { Rig } from './rig.ts';

kernelSuite(import.meta.url, 'forwarding methods that only other programs set', () => {
  let rig: Rig;
  before(() => {
    rig = new Rig();
  });
  after(() => rig.dispose());

  const make = (...methods: readonly string[]) => {
    const program = [...nodeWithTypeScript, join(import.meta.dirname, 'foreign-methods.ts')];
    execFileSync('ip', ['netns', 'exec', 'reference', ...program, ...methods], { stdio: 'inherit' });
  };
  const warning = (servers: string) =>
    `${servers} the forwarding method Local or Bypass, which only other programs set:`;

  for (const [line, words] of [
    ['ipvsadm -Sn', ['-Sn']],
    ['ipvsadm -S', ['-S']],
    ['ipvsadm-save -n', ['-Sn']],
  ] as const) {
    it(`are reported by ${line}, with otherwise the same output as ipvsadm 1.31`, async () => {
      make('local', 'bypass', 'route', 'local');
      const [ours, reference] = await Promise.all([rig.oursOnReference.run(line), rig.reference.run(line)]);
      assert.equal(ours.stderr, `${warning('3 servers have')} they are saved with -g.\n`);
      assert.equal(ours.stdout.match(/^-a .* -g -w \d+$/gm)?.length, 4);
      assert.ok(agree({ words }, ours, reference), JSON.stringify([ours, reference]));
      make('local');
      const one = await rig.oursOnReference.run(line);
      assert.equal(one.stderr, `${warning('1 server has')} it is saved with -g.\n`);
      assert.deepEqual({ ...one, stderr: '' }, await rig.reference.run(line));
    });
  }

  it('are not reported if no server has one', async () => {
    make('masquerade', 'tunnel', 'route');
    assert.deepEqual(await rig.oursOnReference.run('ipvsadm -Sn'), await rig.reference.run('ipvsadm -Sn'));
  });

  it('are listed by name, even Bypass, which ipvsadm 1.31 lists as (null)', async () => {
    make('local', 'bypass', 'route');
    const [ours, reference] = await Promise.all([
      rig.oursOnReference.run('ipvsadm -Ln'),
      rig.reference.run('ipvsadm -Ln'),
    ]);
    assert.match(ours.stdout, /10\.0\.0\.2:80 +Local .*10\.0\.0\.3:80 +Bypass /s);
    assert.match(reference.stdout, /10\.0\.0\.2:80 +Local .*10\.0\.0\.3:80 +\(null\) /s);
    assert.ok(agree({ words: ['-Ln'] }, ours, reference));
  });
});
