import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelSuite } from '../../lab/kernel-suite.ts';
import { binFolder, projectFolder } from '../../lab/project.ts';
import { quote } from '../../lab/shell-quote.ts';
import { World } from '../../lab/world.ts';
import { PseudoTerminal } from '../../views/pseudo-terminal.ts';
import { findEtcd } from '../etcd/package.ts';
import { directorsLayout, fleetPlan } from './layout.ts';

/** A command line of README.md, and the machines on which it is typed. */
interface Line {
  readonly machines: readonly string[];
  readonly line: string;
}

const pair = ['lb1', 'lb2'] as const;
const lines = readLines();
const table = `-A -t ${fleetPlan.vip}:80 -s wlc
-a -t ${fleetPlan.vip}:80 -r 10.9.0.101:80 -m -w 1
-a -t ${fleetPlan.vip}:80 -r 10.9.0.102:80 -m -w 1
`;

kernelSuite(
  import.meta.url,
  'the commands of README.md for a newcomer',
  () => {
    let world: World;
    let folder: string;
    let path: string;

    before(async () => {
      const { client: _, lb1 = { networks: {} }, lb2 = { networks: {} } } = directorsLayout();
      world = await World.build({ lb1, lb2, store: { networks: { core: [`${fleetPlan.store}/24`] } } });
      folder = mkdtempSync('/run/lab/newcomer-'); // tmpfs: the lab's root is an overlay, which cannot hold another one's upper layer
      mkdirSync(join(folder, 'bin'));
      copyFileSync(join(import.meta.dirname, 'systemctl.sh'), join(folder, 'bin/systemctl'));
      path = [join(folder, 'bin'), binFolder, dirname((await findEtcd('3.5')).etcd)].join(':');
      assert.equal((await world.exec('lb1', [join(binFolder, 'ipvsadm-restore')], table)).code, 0);
    });
    after(async () => {
      await world?.dispose();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    /** Wraps a line to run on a machine with its own host name, home, and /etc, which keeps what earlier lines have written. */
    function machine(name: string, line: string): string[] {
      const home = join(folder, name);
      const etc = ['upper', 'work'].map((part) => join(home, part));
      const script = [
        `mkdir -p ${[...etc, join(home, 'home')].map(quote).join(' ')}`,
        'set -e',
        `mount -t overlay overlay -o lowerdir=/etc,upperdir=${etc[0]},workdir=${etc[1]} /etc`,
        `hostname ${name}`,
        `export PATH=${quote(path)}:$PATH STATE=${quote(home)} PROGRAMS=${quote(binFolder)}`,
        `export UNITS=${quote(join(projectFolder, 'packaging/system'))}`,
        `cd ${quote(join(home, 'home'))}`,
        line,
      ];
      return ['unshare', '--mount', '--uts', 'sh', '-c', script.join('\n')];
    }

    it('are ten lines', () => assert.equal(lines.length, 10));

    for (const { machines, line } of lines)
      it(line, async () => {
        for (const name of machines) await type(name, line);
      });

    it('apply the second revision to both directors', async () => {
      for (const name of pair) {
        const { stdout } = await world.exec(name, [join(binFolder, 'ipvsadm'), '-Sn']);
        assert.equal(stdout, `${table}-a -t ${fleetPlan.vip}:80 -r 10.9.0.103:80 -m -w 1\n`, name);
      }
      const { stdout } = await world.exec('lb1', machine('lb1', 'ipvsadm-fleet status --exit-code'));
      assert.match(stdout, /^rollout of revision 2: done/);
      for (const name of pair) assert.match(stdout, new RegExp(`^${name} +web +2 +2 .* converged`, 'm'));
    });

    async function type(name: string, line: string): Promise<void> {
      const args = machine(name, line);
      if (name === 'store') {
        world.start(name, args);
        return;
      }
      if (line.startsWith('ipvsadm-fleet rollout')) return typeAndAgree(name, args);
      // The first `status` may come too early; a user would repeat it.
      for (let tries = 0; ; tries++) {
        const { code, stdout, stderr } = await world.exec(name, args);
        if (!line.endsWith('status') || (code === 0 && pair.every((one) => stdout.includes(`\n${one} `)))) {
          assert.equal(code, 0, stderr);
          return;
        }
        assert.ok(tries < 60, stdout + stderr);
        await sleep(500);
      }
    }

    async function typeAndAgree(name: string, args: readonly string[]): Promise<void> {
      const terminal = new PseudoTerminal([...world.on(name), ...args]);
      try {
        for (let tries = 0; !terminal.output.includes('Roll it out? [y/N]'); tries++) {
          assert.ok(tries < 600, terminal.output);
          await sleep(100);
        }
        terminal.type('y\n');
        const { status } = await terminal.end();
        assert.equal(status, 0, terminal.output);
      } finally {
        terminal.dispose();
      }
    }
  },
  { fetch: () => findEtcd('3.5') },
);

/** Reads the commands of README's section about fleets; the remark after `#` tells the machines. */
function readLines(): Line[] {
  const readme = readFileSync(join(projectFolder, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('\n## A fleet\n') + 1).split('\n## ')[0] ?? '';
  return section.split('\n').flatMap((text) => {
    const [, line = '', remark = ''] = /^ {4}(.*?)(?: +# (.*))?$/.exec(text) ?? [];
    if (line === '') return [];
    const machines = remark.startsWith('on both')
      ? pair
      : remark.includes(fleetPlan.store)
        ? ['store']
        : ['lb1'];
    return [{ machines, line }];
  });
}
