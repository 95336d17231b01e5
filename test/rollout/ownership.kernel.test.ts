import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Address } from '../../src/ipvs/address.ts';
import { Ipvs } from '../../src/ipvs/client.ts';
import { familyOf, type ServiceId, serverKey, serviceKey } from '../../src/ipvs/model.ts';
import { readState } from '../../src/ipvs/state.ts';
import type { ServiceEntry } from '../../src/ipvs/table.ts';
import { apply } from '../../src/rollout/apply.ts';
import type { Command } from '../../src/rules/command.ts';
import { type DesiredTable, toDesiredTable } from '../../src/rules/desired.ts';
import { numericOnly } from '../../src/rules/names.ts';
import { ownership, parseServicePattern } from '../../src/rules/ownership.ts';
import { parseCommand } from '../../src/rules/parse.ts';
import { plan } from '../../src/rules/plan.ts';
import { commandsOfPlan } from '../../src/rules/step.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolder } from '../lab/project.ts';
import { PseudoTerminal } from '../views/pseudo-terminal.ts';
import { run } from './director.ts';
import { relatedTables, rulesOf, tableFrom } from './tables.ts';

const samples = 50;
const tablesOfSample = 21;

/** Rules of another owner's service, which has counted packets, and its server. */
const counting = ['-A -u 198.51.100.1:53 -s rr', '-a -u 198.51.100.1:53 -r 127.0.0.1:9 -m -w 1'];

/** Generates patterns, many of which match some of `services`. */
function patternsOf(services: readonly ServiceId[]): fc.Arbitrary<string[]> {
  // All tables may happen to be empty.
  if (services.length === 0) return fc.constant([]);
  const ofService = fc.constantFrom(...services).chain((service) => {
    if (service.kind === 'fwmark') {
      const last = Math.min(service.fwmark + 5, 0xffffffff);
      return fc.constantFrom(
        'fwmark',
        `fwmark:${service.fwmark}`,
        `fwmark:1-${service.fwmark}`,
        `fwmark:${service.fwmark}-${last}`,
      );
    }
    const { protocol, address, port } = service;
    const inet6 = familyOf(service) === 'inet6';
    const place = inet6 ? `[${address}]` : `${address}`;
    return fc.oneof(
      fc.constantFrom(
        `${protocol}`,
        `${protocol}:${port}`,
        `${address}`,
        `${place}:${port}`,
        `${protocol}:${place}:${port}`,
      ),
      fc.integer({ min: 0, max: inet6 ? 128 : 32 }).map((length) => `${address}/${length}`),
    );
  });
  return fc.array(ofService, { maxLength: 3 });
}

/** Formats everything that the kernel reports of services, except rates: settings, counters and connections. */
function dump(table: readonly ServiceEntry[]): string[] {
  const show = (value: unknown) =>
    JSON.stringify(value, (key, part) =>
      key.endsWith('Rate')
        ? undefined
        : typeof part === 'bigint'
          ? `${part}`
          : key === 'address'
            ? part.text
            : part,
    );
  return table
    .flatMap(({ service, destinations }) => [
      show(service),
      ...destinations.map((server) => show([service.id, server])),
    ])
    .sort();
}

kernelSuite(import.meta.url, 'rollouts beside services of other owners', () => {
  let ipvs: Ipvs;
  before(async () => {
    ipvs = await Ipvs.open();
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    execFileSync('ip', ['addr', 'add', '198.51.100.1/32', 'dev', 'lo']);
  });
  after(() => ipvs.close());

  it('converge 1,000 random tables, and leave excluded services exactly as they were', async (context) => {
    const seed = Date.now();
    let pairs = 0;
    let foreignServices = 0;
    let kept = 0;
    assert.deepEqual(await run('-C'), { status: 0, stdout: '', stderr: '' });
    assert.deepEqual(await run('-R', counting), { status: 0, stdout: '', stderr: '' });
    await countPackets(ipvs, 7);
    const counted = dump((await readState(ipvs)).table);
    const isOther = ownership({ except: [patternFrom('198.51.100.1')] });
    for (const tables of fc.sample(relatedTables(tablesOfSample), { numRuns: samples, seed })) {
      const last = await readState(ipvs);
      assert.equal(await apply(ipvs, last, plan(last, { table: new Map() }, { owns: isOther })), undefined);
      assert.deepEqual(dump((await readState(ipvs)).table), counted);
      const all = tables.flatMap((commands) =>
        [...tableFrom(commands).values()].map(({ service }) => service),
      );
      for (const [index, commands] of tables.slice(1).entries()) {
        const where = `seed ${seed}, pair ${pairs}`;
        const [patternTexts = [], onlyTexts = [], keepWeights = false] =
          fc.sample(fc.tuple(patternsOf(all), fc.oneof(fc.constant([]), patternsOf(all)), fc.boolean()), {
            numRuns: 1,
            seed: seed + pairs,
          })[0] ?? [];
        const patterns = {
          only: onlyTexts.map(patternFrom),
          except: [...patternTexts, '198.51.100.1'].map(patternFrom),
        };
        const owns = ownership(patterns) ?? (() => true);
        const first = await readState(ipvs);
        const from = plan(first, { table: tableFrom(tables[index] ?? []) }, { owns: isOther });
        assert.equal(await apply(ipvs, first, from), undefined, where);
        const before = await readState(ipvs);
        const wanted = ownedIn(tableFrom(commands), owns);
        const options = { owns, keepWeights };
        assert.equal(await apply(ipvs, before, plan(before, { table: wanted }, options)), undefined, where);

        const found = await readState(ipvs);
        const foreign = (table: readonly ServiceEntry[]) => table.filter(({ service }) => !owns(service.id));
        assert.deepEqual(dump(foreign(found.table)), dump(foreign(before.table)), where);
        const owned = ownedIn(toDesiredTable(found.table), owns);
        const expected = keepWeights ? withWeights(wanted, toDesiredTable(before.table)) : wanted;
        assert.deepEqual(rulesOf(owned), rulesOf(expected), where);
        assert.deepEqual(commandsOfPlan(plan(found, { table: wanted }, options)), [], where);
        pairs++;
        foreignServices += foreign(found.table).length;
        if (keepWeights) kept++;
      }
    }
    assert.ok(pairs >= 1000);
    // One of these in each pair is the service that counts packets.
    assert.ok(foreignServices > 1.5 * pairs, `only ${foreignServices} services were excluded`);
    context.diagnostic(`${pairs} pairs, ${kept} with weights kept, ${foreignServices} excluded services`);
  });

  describe('with ipvsadm -R --sync', () => {
    const silent = { status: 0, stdout: '', stderr: '' };
    const present = [
      '-A -t 192.0.2.1:80 -s rr',
      '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 0',
      '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 2',
      '-A -t 10.96.0.1:443 -s rr',
      '-a -t 10.96.0.1:443 -r 10.1.0.1:443 -m -w 1',
      '-A -f 100 -s sh',
    ];
    const owned = [
      '-A -t 192.0.2.1:80 -s rr',
      '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5',
      '-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 2 -x 7',
      '-a -t 192.0.2.1:80 -r 10.0.0.3:80 -g -w 9',
    ];
    beforeEach(async () => {
      assert.deepEqual(await run('-C'), silent);
      assert.deepEqual(await run('-R', present), silent);
    });
    const saved = async (words = '') => (await run(`-S -n${words}`)).stdout.trimEnd().split('\n').sort();
    const foreign = present.slice(3);

    for (const patterns of [
      '--except 10.96.0.0/12 --except fwmark',
      '--except=fwmark:100-199 --except=10.96.0.1:443',
      '--only 192.0.2.0/24',
      '--only=tcp --except=10.0.0.0/8',
      '--only 10.96.0.0/12 --only 192.0.2.0/24 --except 10.96.0.0/12',
    ])
      it(`change only services that the patterns select: ${patterns}`, async () => {
        const todo = [`-e ${owned[1]?.slice(3)}`, `-e ${owned[2]?.slice(3)}`, `${owned[3]}`];
        assert.deepEqual(await run(`-R --sync --dry-run --exit-code ${patterns}`, owned), {
          status: 3,
          stdout: `${todo.join('\n')}\n`,
          stderr: '',
        });
        assert.deepEqual(await run(`-R --sync ${patterns}`, owned), silent);
        assert.deepEqual(await saved(), [...owned, ...foreign].sort());
        assert.deepEqual(await saved(` ${patterns}`), owned.toSorted());
        assert.deepEqual(await run(`-R --sync --dry-run --exit-code ${patterns}`, owned), silent);
        assert.deepEqual(await run(`-R --sync --allow-empty ${patterns}`), silent);
        assert.deepEqual(await saved(), foreign.toSorted());
        assert.deepEqual(await run(`-R --sync --dry-run --exit-code ${patterns}`), silent);
      });

    it('refuse rules for excluded services, with their line numbers', async () => {
      const rules = [...owned, ...foreign, '-Z', '-Z -f 100', '-L -f 100'];
      for (const mode of ['', ' --check', ' --dry-run']) {
        const { status, stdout, stderr } = await run(`-R --sync${mode} --only tcp:80`, rules);
        assert.deepEqual([status, stdout], [2, '']);
        const sentence = 'this service is excluded by --only or --except';
        assert.deepEqual(stderr.trimEnd().split('\n'), [
          ...[5, 6, 7].map((line) => `line ${line}: ${sentence}`),
          'line 8: this would also reset the counters of services that --only or --except excludes',
          'line 9: this would also reset the counters of services that --only or --except excludes',
          `line 10: ${sentence}`,
        ]);
      }
      assert.deepEqual(await saved(), present.toSorted());
    });

    it('agree with ipvsadm-save, which omits excluded services', () => {
      const words = ['--only=tcp', '-n', '--except', '10.96.0.0/12', '--except', '[2001:db8::1]:80'];
      const { status, stdout, stderr } = spawnSync(join(binFolder, 'ipvsadm-save'), words, {
        encoding: 'utf8',
      });
      assert.deepEqual([status, stderr], [0, '']);
      assert.deepEqual(stdout.trimEnd().split('\n').sort(), present.slice(0, 3).sort());
      const missing = spawnSync(join(binFolder, 'ipvsadm-save'), ['-n', '--only'], { encoding: 'utf8' });
      assert.deepEqual([missing.status, missing.stdout], [1, '']);
    });

    it('refuse an invalid pattern', async () => {
      for (const option of ['--only', '--except']) {
        const { status, stderr } = await run(`-R --sync ${option} 10.0.0.0/33`, owned);
        assert.deepEqual(
          [status, stderr],
          [
            2,
            "illegal pattern `10.0.0.0/33': expected an address or network, with or without :port, or tcp, udp:53 or fwmark:100-199\n",
          ],
        );
        assert.equal((await run(`-S ${option} x`)).status, 2);
      }
      assert.deepEqual(await saved(), present.toSorted());
    });

    it('keep the weights of present servers with --keep-weights, and change all else', async () => {
      const options = '--keep-weights --except 10.96.0.0/12 --except fwmark';
      assert.deepEqual(await run(`-R --sync --dry-run ${options}`, owned), {
        status: 0,
        stdout: `${[`-e ${owned[2]?.slice(3)}`, `${owned[3]}`].join('\n')}\n`,
        stderr: '',
      });
      assert.deepEqual(await run(`-R --sync ${options}`, owned), silent);
      assert.deepEqual(await saved(), [...owned.with(1, `${present[1]}`), ...foreign].sort());
      assert.deepEqual(await run(`-R --sync --dry-run --exit-code ${options}`, owned), silent);
    });

    it('leave excluded services, and weights with --keep-weights, alone when undone', async () => {
      const changed = '-A -f 101 -s nosuch';
      const { status } = await run('-R --sync --keep-weights --except 10.96.0.0/12 --except fwmark:100', [
        ...owned,
        changed,
      ]);
      assert.equal(status, 255);
      assert.deepEqual(await saved(), present.toSorted());
    });

    it('exit with status 4 before any change if a guard refuses them', async () => {
      const cases: readonly (readonly [string, readonly string[], string])[] = [
        ['', [], 'the rules have no services and would remove all 3 services (--allow-empty allows this)'],
        ['--max-removals 1', owned, '2 of 3 services would be removed; the limit is 1 (--max-removals)'],
        ['--max-removals=50%', owned, '2 of 3 services would be removed; the limit is 1 (--max-removals)'],
        [
          '--max-removals=10% --only 192.0.2.1',
          [`${present[0]}`],
          '2 of 2 servers would be removed; the limit is 0 (--max-removals)',
        ],
        [
          '--min-servers=1',
          present.with(2, `${present[1]?.replace('10.0.0.1', '10.0.0.9')}`),
          '-t 192.0.2.1:80 would be left with 0 of 1 servers of weight above 0; the minimum is 1 (--min-servers)',
        ],
        [
          '--min-servers=100% --drain=0 --keep',
          present.toSpliced(2, 1),
          '-t 192.0.2.1:80 would be left with 0 of 1 servers of weight above 0; the minimum is 1 (--min-servers)',
        ],
      ];
      for (const [options, rules, sentence] of cases) {
        const words = `-R --sync ${options}`.trim();
        assert.deepEqual(await run(words, rules), { status: 4, stdout: '', stderr: `${sentence}\n` }, words);
        assert.deepEqual(await saved(), present.toSorted());
        const dry = await run(`${words} --dry-run --exit-code`, rules);
        assert.deepEqual(dry, { status: 4, stdout: '', stderr: `${sentence}\n` });
      }
      for (const options of [
        '--max-removals=2',
        '--max-removals=67%',
        '--min-servers=1',
        '--min-servers=100%',
      ]) {
        assert.deepEqual(await run('-C'), silent);
        assert.deepEqual(await run('-R', present), silent);
        assert.deepEqual(await run(`-R --sync ${options}`, owned), silent);
      }
    });
  });

  it('print the summary of a dry run only on a terminal', async () => {
    assert.deepEqual(await run('-C'), { status: 0, stdout: '', stderr: '' });
    assert.deepEqual(await run('-R', ['-A -f 1 -s rr', '-A -t 192.0.2.1:80 -s rr']), {
      status: 0,
      stdout: '',
      stderr: '',
    });
    const dry = `echo '-A -f 1 -s wrr' | ${join(binFolder, 'ipvsadm')} -R --sync --dry-run --except tcp`;
    const outputOf = async (redirection: string) => {
      const terminal = new PseudoTerminal(['sh', '-c', `${dry} ${redirection}`]);
      try {
        assert.equal((await terminal.end()).status, 0);
        return terminal.output;
      } finally {
        terminal.dispose();
      }
    };
    const summary = '1 service changed; 1 service left alone\r\n';
    assert.equal(await outputOf(''), `-E -f 1 -s wrr\r\n${summary}`);
    assert.equal(await outputOf('>/dev/null'), summary);
    assert.equal(await outputOf('2>&1 | cat'), '-E -f 1 -s wrr\r\n');
  });

  it('keep weights that change during the rollout', async () => {
    const rules = ['-A -f 1 -s rr', '-a -f 1 -r 10.0.0.1:0 -g -w 1', '-a -f 1 -r 10.0.0.2:0 -g -w 1 -x 5'];
    const commands = (lines: readonly string[]) => tableFrom(lines.map(commandOf));
    await ipvs.flush();
    assert.equal(
      await apply(ipvs, await readState(ipvs), plan(await readState(ipvs), { table: commands(rules) })),
      undefined,
    );
    const original = await readState(ipvs);
    const wanted = {
      table: commands(rules.map((rule) => rule.replace('-w 1', '-w 3').replace(' -x 5', ' -x 6'))),
    };
    const todo = plan(original, wanted, { keepWeights: true });
    // A health checker changes a weight before the rollout does.
    assert.deepEqual(await run('-e -f 1 -r 10.0.0.2:0 -g -w 0 -x 5'), { status: 0, stdout: '', stderr: '' });
    assert.equal(await apply(ipvs, original, todo), undefined);
    assert.deepEqual(rulesOf(toDesiredTable((await readState(ipvs)).table)), [
      '-A -f 1 -s rr',
      '-a -f 1 -r 10.0.0.1:0 -g -w 1',
      '-a -f 1 -r 10.0.0.2:0 -g -w 0 -x 6',
    ]);
  });

  it('keep weights set by a health checker when undone, and restore those of drained servers', async () => {
    const rules = [
      '-A -f 1 -s rr',
      '-a -f 1 -r 10.0.0.1:0 -g -w 1',
      '-a -f 1 -r 10.0.0.2:0 -g -w 2',
      '-a -f 1 -r 10.0.0.3:0 -g -w 3',
    ];
    await ipvs.flush();
    assert.deepEqual(await run('-R', rules), { status: 0, stdout: '', stderr: '' });
    const original = await readState(ipvs);
    const table = tableFrom(rules.slice(0, 3).map(commandOf));
    const todo = plan(original, { table }, { keepWeights: true });
    const nowhere: Command = {
      name: 'delete-server',
      service: { kind: 'fwmark', family: 'inet', fwmark: 9 },
      server: { address: Address.any('inet'), port: 0 },
    };
    const refused = await apply(ipvs, original, todo, {
      beforeRemovals: async (removals) => {
        await run('-e -f 1 -r 10.0.0.2:0 -g -w 0');
        await run('-e -f 1 -r 10.0.0.3:0 -g -w 0');
        const start: Command = {
          name: 'start-daemon',
          daemon: { role: 'master', interface: 'nosuch0', syncId: 0 },
        };
        return [...removals, { command: nowhere, place: undefined }, { command: start, place: undefined }];
      },
    });
    assert.equal(refused?.error.errnoName, 'ENODEV');
    assert.deepEqual(rulesOf(toDesiredTable((await readState(ipvs)).table)), [
      '-A -f 1 -s rr',
      '-a -f 1 -r 10.0.0.1:0 -g -w 1',
      '-a -f 1 -r 10.0.0.2:0 -g -w 0',
      '-a -f 1 -r 10.0.0.3:0 -g -w 3',
    ]);
  });
});

function patternFrom(text: string) {
  const pattern = parseServicePattern(text);
  assert.ok(pattern, text);
  return pattern;
}

function commandOf(line: string): Command {
  return parseCommand(line.split(' '), numericOnly);
}

/** Returns the owned services of a table. */
function ownedIn(table: DesiredTable, owns: (service: ServiceId) => boolean): DesiredTable {
  return new Map([...table].filter(([, { service }]) => owns(service)));
}

/** Returns a table in which servers that exist in `present` have the weights from there. */
function withWeights(table: DesiredTable, present: DesiredTable): DesiredTable {
  return new Map(
    [...table].map(([key, service]) => {
      const known = present.get(serviceKey(service.service))?.servers;
      const servers = [...service.servers.values()].map((server) => {
        const weight = known?.get(serverKey(server.server))?.settings.weight ?? server.settings.weight;
        return [serverKey(server.server), { ...server, settings: { ...server.settings, weight } }] as const;
      });
      return [key, { ...service, servers: new Map(servers) }] as const;
    }),
  );
}

/**
 * Sends datagrams to the service that counts packets, and waits until the kernel has counted all of them, which it does every
 * two seconds.
 */
async function countPackets(ipvs: Ipvs, number: number): Promise<void> {
  const socket = createSocket('udp4');
  for (let index = 0; index < number; index++) {
    await new Promise<void>((resolve) => socket.send('x', 53, '198.51.100.1', () => resolve()));
  }
  socket.close();
  const end = performance.now() + 20_000;
  for (;;) {
    const [entry] = (await readState(ipvs)).table;
    // Each datagram is answered with an ICMP error, as no socket listens there.
    if (Number(entry?.service.stats.outPackets) === number) return;
    assert.ok(performance.now() < end, 'the kernel does not count the packets');
    await sleep(100);
  }
}
