import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Ipvs } from '../../src/ipvs/client.ts';
import type { IpvsRequest } from '../../src/ipvs/requests.ts';
import { readState } from '../../src/ipvs/state.ts';
import { NetlinkError } from '../../src/netlink/errors.ts';
import { apply } from '../../src/rollout/apply.ts';
import { toDesiredTable } from '../../src/rules/desired.ts';
import { plan } from '../../src/rules/plan.ts';
import { parseRules } from '../../src/rules/rule-file.ts';
import { commandsOfPlan, type Plan } from '../../src/rules/step.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { badLines, contradictions } from './bad-lines.ts';
import { Reference, run } from './director.ts';
import { rulesOf, tableFrom } from './tables.ts';

/** Rules of the director's initial table. */
const old = [
  '-A -t 192.0.2.1:80 -s wlc -p 60 -M 255.255.255.0',
  '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1 -x 100 -y 50',
  '-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 2',
  '-a -t 192.0.2.1:80 -r 10.0.0.3:80 -i -w 3 --tun-type gue --tun-port 6080',
  '-A -f 7 -6 -s mh -b mh-port',
  '-a -f 7 -6 -r [2001:db8::1]:0 -g -w 1',
  '-A -u 192.0.2.1:53 -s rr -o',
  '-a -u 192.0.2.1:53 -r 10.0.0.1:53 -g -w 1',
];

/** Rules of the desired table: services and servers are added, changed, removed, and left alone. */
const wanted = [
  '-A -t 192.0.2.1:80 -s sh -b sh-fallback',
  '-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 5 -x 10',
  '-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 2',
  '-a -t 192.0.2.1:80 -r 10.0.0.4:80 -g -w 1',
  '-A -f 8 -s wrr',
  '-a -f 8 -r 10.0.0.9:0 -m -w 1',
  '-A -u 192.0.2.1:53 -s wrr -o',
  '-a -u 192.0.2.1:53 -r 10.0.0.1:53 -g -w 0',
  '-a -u 192.0.2.1:53 -r 10.0.0.2:53 -i -w 9 --tun-type gre --tun-csum',
];

/** Reads the table from the kernel's file, sorted by service: Linux 7.2 may change the order on its own. */
const table = () =>
  readFileSync('/proc/net/ip_vs', 'utf8')
    .replace(/\n$/, '')
    .split(/\n(?=\S)/)
    .toSorted();

kernelSuite(import.meta.url, 'an all-or-nothing rollout', () => {
  let reference: Reference;
  let state: string[];
  before(async () => {
    reference = new Reference();
    await reference.restore(old);
    state = await reference.state();
    assert.ok(state.some((line) => line.includes('10.0.0.3')));
  });
  after(() => reference.close());

  describe('of a file with an invalid line', () => {
    for (const { line, message } of [...badLines, ...contradictions]) {
      it(`changes nothing, and reports ${line}`, async () => {
        const before = table();
        const modes = contradictions.some((rule) => rule.line === line) ? ['--sync'] : ['--sync', ''];
        for (const mode of modes) {
          for (let position = 0; position <= wanted.length; position++) {
            const input = wanted.toSpliced(position, 0, line);
            const { status, stdout, stderr } = await run(`-R ${mode}`.trim(), input);
            assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
            assert.equal(stderr, `line ${position + 1}: ${message}\n`);
            assert.deepEqual(table(), before);
          }
        }
        assert.deepEqual(await reference.state(), state);
      });
    }

    for (const [index, rule] of wanted.entries()) {
      const [, ofServer] = /^-a (.* -r \S+)/.exec(rule) ?? [];
      const twice = ofServer ? 'Destination already exists' : 'Service already exists';
      const missing = ofServer?.replace(/-r .*/, '-r 10.9.9.9:80');
      const cases = [
        { line: rule, message: twice },
        ...(missing ? [{ line: `-e ${missing} -m`, message: 'No such destination' }] : []),
        ...(missing ? [{ line: `-d ${missing}`, message: 'No such destination' }] : []),
      ];
      for (const { line, message } of cases)
        it(`changes nothing, and reports ${line} after ${rule}`, async () => {
          const before = table();
          assert.deepEqual(await run('-R --sync', wanted.toSpliced(index + 1, 0, line)), {
            status: 2,
            stdout: '',
            stderr: `line ${index + 2}: ${message}\n`,
          });
          assert.deepEqual(table(), before);
        });
    }

    it('changes nothing, and reports all of many invalid lines', async () => {
      const before = table();
      const { status, stderr } = await run(
        '-R --sync',
        badLines.map(({ line }) => line),
      );
      assert.equal(status, 2);
      assert.equal(stderr, badLines.map(({ message }, index) => `line ${index + 1}: ${message}\n`).join(''));
      assert.deepEqual(table(), before);
    });
  });

  describe('of a file with a rule that the kernel refuses', () => {
    /** Rolls out `rules`, of which the kernel refuses one, and asserts that the table is unchanged. */
    async function isRefused(rules: readonly string[], line: number, message: string): Promise<void> {
      assert.deepEqual(await run('-R --sync', rules), {
        status: 255,
        stdout: '',
        stderr: `line ${line}: ${message}\nAll changes have been undone.\n`,
      });
      assert.deepEqual(await reference.state(), state);
    }

    for (let position = 0; position <= wanted.length; position++) {
      it(`is undone: a service with an unknown scheduler as line ${position + 1}`, () =>
        isRefused(
          wanted.toSpliced(position, 0, '-A -f 99 -s nosuch'),
          position + 1,
          'Scheduler or persistence engine not found',
        ));
    }

    for (const [index, rule] of wanted.entries()) {
      const service = rule.split(' -').slice(1, 2).join('');
      it(`is undone: a server with a multicast address after ${rule}`, () =>
        isRefused(
          wanted.toSpliced(index + 1, 0, `-a -${service} -r 224.0.0.1 -m`),
          index + 2,
          'Invalid operation.  Possibly wrong module version, address not unicast, ...',
        ));
      if (!rule.startsWith('-A')) continue;
      it(`is undone: an unknown scheduler in ${rule}`, () =>
        isRefused(
          wanted.with(index, rule.replace(/-s \w+/, '-s nosuch').replace(/ -b .*/, '')),
          index + 1,
          'Scheduler or persistence engine not found',
        ));
    }
  });

  describe('with a request that fails', () => {
    let ipvs: Ipvs;
    before(async () => {
      ipvs = await Ipvs.open();
    });
    after(() => ipvs.close());
    beforeEach(async () => assert.deepEqual(await reference.state(), state));

    const commandsIn = (lines: readonly string[]) =>
      parseRules(lines.join('\n')).rules.map(({ command }) => command);
    const rollOut = async (client: Ipvs): Promise<Plan> => {
      const original = await readState(ipvs);
      const planned = plan(original, { table: tableFrom(commandsIn(wanted)) });
      const refused = await apply(client, original, planned);
      assert.ok(refused, 'no request was refused');
      return planned;
    };

    /** Number of requests of the complete rollout. */
    const length = 10;

    for (let step = 0; step < length; step++) {
      it(`is undone if the kernel refuses request ${step + 1} of ${length}`, async () => {
        const planned = await rollOut(failing(ipvs, step, refusedRequest));
        assert.equal(commandsOfPlan(planned).length, length);
        assert.deepEqual(
          rulesOf(toDesiredTable((await readState(ipvs)).table)),
          rulesOf(tableFrom(commandsIn(old))),
        );
        assert.deepEqual(await reference.state(), state);
      });

      it(`is undone if answers of the kernel are lost before request ${step + 1}`, async () => {
        await assert.rejects(rollOut(failing(ipvs, step, 'broken')), { code: 'OVERRUN' });
        assert.deepEqual(await reference.state(), state);
      });
    }
  });

  it('differs from ipvsadm -R, which reports each refused rule with its line', async () => {
    await run('-C');
    const servers = Array.from(
      { length: 300 },
      (_, index) => `-a -t 192.0.2.9:80 -r 10.0.${index >> 8}.${index & 255}:80 -g`,
    );
    const again = [servers[7], servers[8], servers[299], '-a -t 192.0.2.8:80 -r 10.0.0.1:80 -g', servers[0]];
    const { status, stderr } = await run('-R', ['-A -t 192.0.2.9:80', ...servers, ...again.map(String)]);
    assert.equal(status, 255);
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      'line 302: Destination already exists',
      'line 303: Destination already exists',
      'line 304: Destination already exists',
      'line 305: Service not defined',
      'line 306: Destination already exists',
    ]);
    assert.equal((await run('-S -n')).stdout.split('\n').length, 302);
    await reference.restore(old);
  });

  it('produces the table of the file if there are no errors', async () => {
    assert.deepEqual(await run('-R --sync', wanted), { status: 0, stdout: '', stderr: '' });
    const { stdout } = await run('-S -n');
    assert.deepEqual(stdout.trimEnd().split('\n').sort(), wanted.toSorted());
  });
});

/** A request that every kernel refuses, for another reason than a missing service or server. */
const refusedRequest: IpvsRequest = {
  request: 'startDaemon',
  daemon: { role: 'master', interface: 'nowhere0', syncId: 0 },
};

/** Returns a client that replaces request number `step`, from 0, by `how`; `broken` fails instead of sending it. */
function failing(ipvs: Ipvs, step: number, how: IpvsRequest | 'broken'): Ipvs {
  let sent = 0;
  const batch: Ipvs['batch'] = async (requests) => {
    const wanted = [...requests];
    const at = step - sent;
    sent += wanted.length;
    if (at < 0 || at >= wanted.length) return ipvs.batch(wanted);
    if (how !== 'broken') return ipvs.batch(wanted.with(at, how));
    await ipvs.batch(wanted.slice(0, at));
    throw new NetlinkError('OVERRUN', 'answers were lost');
  };
  return new Proxy(ipvs, {
    get: (target, name) => {
      if (name === 'batch') return batch;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
