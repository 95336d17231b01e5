import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { Ipvs } from '../../src/index.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolder } from '../lab/project.ts';
import { PseudoTerminal } from '../views/pseudo-terminal.ts';
import { address, destinationSettings, serviceSettings, tcp } from './values.ts';

/** Modules belong to the whole machine, so they are not changed if the lab is not a machine of its own. */
const skip = process.env.IPVSADM_LAB === 'host' && 'The modules of this machine are not changed.';

const web = tcp('192.0.2.1', 80);
const server = { address: address('10.0.0.1'), port: 80 };
const absent = {
  code: 'FAMILY_NOT_FOUND',
  message: 'the kernel has no IPVS: the module ip_vs is not loaded',
};

kernelSuite(import.meta.url, 'a module that is unloaded and loaded again', () => {
  after(() => {
    if (!skip) load();
  });

  let ipvs: Ipvs;
  beforeEach(async () => {
    if (!skip) ipvs = await Ipvs.open();
  });
  afterEach(() => {
    if (!skip) ipvs.close();
  });

  describe('under a client that stays open', () => {
    it('answers each kind of call again', { skip }, async () => {
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        services: () => ipvs.services(),
        info: () => ipvs.info(),
        destinations: () => ipvs.destinations(web),
        flush: () => ipvs.flush(),
        batch: async () => {
          const outcomes = await ipvs.batch([{ request: 'flush' }, { request: 'zero' }]);
          assert.deepEqual(outcomes, [undefined, undefined]);
        },
        'calls that overlap': () => Promise.all([ipvs.services(), ipvs.timeouts(), ipvs.flush()]),
      };
      for (const [kind, call] of Object.entries(calls)) {
        unload();
        await assert.rejects(call(), absent, kind);
        load();
        await call();
      }
    });

    it('is not loaded by it', { skip }, async () => {
      unload();
      await assert.rejects(ipvs.services(), absent);
      assert.doesNotMatch(readFileSync('/proc/modules', 'utf8'), /^ip_vs /m);
    });

    it('refuses as before what does not exist', { skip }, async () => {
      await ipvs.addService(web, serviceSettings);
      const missing = { code: 'REFUSED', errnoName: 'ENOENT' };
      await assert.rejects(ipvs.removeDestination(web, server), missing);
      const request = { request: 'removeDestination', service: web, destination: server } as const;
      const [outcome] = await ipvs.batch([request]);
      assert.equal(outcome?.errnoName, 'ENOENT');
      await ipvs.flush();
    });
  });

  describe('under ipvsadm -L --watch', () => {
    let terminal: PseudoTerminal | undefined;
    afterEach(() => terminal?.dispose());

    it('is shown again', { skip }, async () => {
      terminal = new PseudoTerminal([join(binFolder, 'ipvsadm'), '-Ln', '--watch=0.5']);
      await terminal.shows(/No services\./);
      unload();
      await terminal.shows(/the kernel has no IPVS/);
      load();
      await ipvs.addService(web, serviceSettings);
      await ipvs.addDestination(web, server, destinationSettings);
      await terminal.shows(/-> 10\.0\.0\.1:80/);
      assert.doesNotMatch(terminal.screen.text, /no IPVS/);
      terminal.type('q');
      await terminal.end();
      await ipvs.flush();
    });
  });
});

/** Unloads IPVS and what depends on it. */
function unload(): void {
  const script = 'for m in $(grep -o "^ip_vs_[a-z]*" /proc/modules) ip_vs; do modprobe -r "$m" || exit; done';
  execFileSync('sh', ['-c', script]);
}

function load(): void {
  execFileSync('modprobe', ['ip_vs']);
}
