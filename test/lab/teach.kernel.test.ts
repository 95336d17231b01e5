import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PseudoTerminal } from '../views/pseudo-terminal.ts';
import { kernelSuite } from './kernel-suite.ts';
import { labCommand } from './project.ts';

kernelSuite(import.meta.url, 'a lesson', () => {
  it('runs its steps, and then opens a shell on its machines', async () => {
    // A dumb terminal: the output has no colours and no control sequences.
    const terminal = new PseudoTerminal(labCommand('teach.ts', 'dr', '--shell'), {
      env: { TERM: 'dumb', NO_COLOR: '1' },
    });
    try {
      await waitForOutput(terminal, /exit {14}end the lab/);
      const lesson = terminal.output.replaceAll('\r', '');
      assert.match(lesson, /^Lesson dr: direct routing$/m);
      assert.match(lesson, /^ {2}director# ipvsadm -A -t 192\.168\.10\.120:80 -s rr$/m);
      assert.match(lesson, /^ {4}answered by web1: 24, web2: 24, web3: 24$/m);
      assert.match(lesson, /^Everything shown above was checked as it ran\.$/m);
      terminal.type('visit 3; ipvsadm -Ln | grep -c Route; web2 ip -br address show dev lan\n');
      await waitForOutput(terminal, /(web\d\s+){3}3\s+lan@\S+ +UP +192\.168\.10\.122/);
      terminal.type('exit\n');
      assert.equal((await terminal.end()).status, 0);
    } finally {
      terminal.dispose();
    }
  });
});

/** Waits until the terminal's output matches `wanted`. */
async function waitForOutput(terminal: PseudoTerminal, wanted: RegExp): Promise<void> {
  for (let tries = 0; tries < 1200 && !wanted.test(terminal.output); tries++) await sleep(100);
  assert.match(terminal.output, wanted);
}
