import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ipvs } from '../../src/ipvs/client.ts';
import { SystemFile } from '../differential/system-file.ts';
import { address, destinationSettings, serviceSettings, tcp } from '../ipvs/values.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolder, wantedBuild } from '../lab/project.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';

const ipvsadm = join(binFolder, 'ipvsadm');
const web = tcp('192.0.2.1', 80);
const dns = { ...tcp('127.0.0.1', 9001), protocol: 'udp' as const };

kernelSuite(import.meta.url, 'ipvsadm -L --watch', () => {
  let ipvs: Ipvs;
  let terminal: PseudoTerminal | undefined;
  before(async () => {
    ipvs = await Ipvs.open();
    await ipvs.addService(web, serviceSettings);
    for (const [host, weight] of [
      ['10.0.0.1', 1],
      ['10.0.0.2', 0],
    ] as const) {
      const settings = { ...destinationSettings, weight };
      await ipvs.addDestination(web, { address: address(host), port: 80 }, settings);
    }
    await ipvs.addService(dns, serviceSettings);
    await ipvs.addDestination(dns, { address: address('127.0.0.1'), port: 9003 }, destinationSettings);
  });
  afterEach(() => terminal?.dispose());
  after(() => ipvs.close());

  function watch(words: string, options?: ConstructorParameters<typeof PseudoTerminal>[1]): PseudoTerminal {
    terminal = new PseudoTerminal([ipvsadm, ...words.split(' ')], options);
    return terminal;
  }

  /** Waits for the program's end; asserts its exit status, and that the terminal is in its original state. */
  async function assertRestored(one: PseudoTerminal, status: number): Promise<void> {
    const { status: found, before, after } = await one.end();
    assert.equal(found, status);
    assert.equal(after, before);
    const { isSecond, hasCursor, wraps } = one.screen;
    assert.deepEqual({ isSecond, hasCursor, wraps }, { isSecond: false, hasCursor: true, wraps: true });
  }

  it('shows the table, and restores the terminal after q', async () => {
    const one = watch('-Ln --watch=1');
    const text = await one.shows(/q quit/);
    assert.match(text, /^IP Virtual Server \d.*: 2 services, 3 servers +every 1 s {2}\d\d:\d\d:\d\d$/m);
    assert.match(text, /^ {2}-> 10\.0\.0\.1:80 +(Masq +)?1 +0 +0/m);
    assert.deepEqual([one.screen.isSecond, one.screen.hasCursor], [true, false]);
    one.type('q');
    await assertRestored(one, 0);
  });

  it('draws frames with --table', async () => {
    const one = watch('-Ln --watch --table', { columns: 100 });
    const text = await one.shows(/q quit/);
    for (const line of text.split('\n').slice(2, -1).filter(Boolean)) assert.match(line, /^[╭│╰].*[╮│╯]$/);
    one.type('q');
    await assertRestored(one, 0);
  });

  it('shows changes, and rates since the previous sample', async () => {
    const one = watch('-Ln --watch=1', { columns: 120 });
    await one.shows(/Conn\/s/);
    const socket = createSocket('udp4');
    const sending = setInterval(() => socket.send(Buffer.alloc(72), dns.port, '127.0.0.1'), 50);
    // Twenty packets a second, of 100 bytes with headers; the bounds allow for the coarse counting of the kernel.
    const line = /^ {2}-> 127\.0\.0\.1:9003 .* (1[5-9]|2[0-5]) +\d+ +(1[5-9]\d\d|2[0-5]\d\d) +\d+ /m;
    const text = await one.shows(line).finally(() => {
      clearInterval(sending);
      socket.close();
    });
    assert.match(text, /^UDP 127\.0\.0\.1:9001 .* (1[5-9]|2[0-5]) +\d+ /m);
    await ipvs.updateDestination(
      web,
      { address: address('10.0.0.2'), port: 80 },
      { ...destinationSettings, weight: 77 },
    );
    await one.shows(/10\.0\.0\.2:80 +Masq +77 /);
    one.type('q');
    await assertRestored(one, 0);
  });

  it('shows names as soon as they are resolved', async () => {
    const one = watch('-L -u 127.0.0.1:9001 --watch=1');
    await one.shows(/^UDP localhost:9001 /m);
    one.type('q');
    await assertRestored(one, 0);
  });

  it('quits at once even while a name server does not answer', async () => {
    const settings = new SystemFile('/etc/resolv.conf', 'nameserver 127.0.0.1\noptions timeout:30\n');
    const server = createSocket('udp4');
    server.bind(53, '127.0.0.1');
    try {
      const asked = once(server, 'message');
      const one = watch('-L -t 192.0.2.1:80 --watch=1');
      await one.shows(/q quit/);
      await asked;
      one.type('q');
      const time = performance.now();
      await assertRestored(one, 0);
      assert.ok(performance.now() - time < 5000);
    } finally {
      server.close();
      settings.restore();
    }
  });

  it('fills the terminal after it has been resized', async () => {
    const one = watch('-Ln --table --watch=1');
    const isWide = (width: number) => (text: string) => (text.split('\n')[0] ?? '').length === width;
    await one.shows(isWide(80));
    one.resize(132, 30);
    const text = await one.shows(isWide(132));
    assert.equal(text.split('\n').length, 30);
    one.resize(50, 12);
    const small = await one.shows(isWide(50));
    assert.equal(small.split('\n').length, 12);
    one.type('q');
    await assertRestored(one, 0);
  });

  it('sorts, filters and pauses by keys', async () => {
    const one = watch('-Ln --watch=0.5');
    await one.shows(/sort \(address\)/);
    one.type('s');
    await one.shows(/sort \(Active\)/);
    one.type('/10.0.0.2');
    await one.shows(/Filter: 10\.0\.0\.2$/);
    assert.equal(one.screen.hasCursor, true);
    one.type('\r');
    await one.shows((text) => text.includes('10.0.0.2') && !text.includes('10.0.0.1'));
    one.type('\x1b');
    await one.shows(/10\.0\.0\.1/);
    one.type(' ');
    const paused = await one.shows(/paused at/);
    await sleep(1500);
    assert.equal(one.screen.text, paused);
    one.type(' ');
    await one.shows(/every 0\.5 s/);
    one.type('q');
    await assertRestored(one, 0);
  });

  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
    ['SIGABRT', 134],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
    ['SIGALRM', 142],
  ] as const) {
    it(`restores the terminal when terminated by ${signal}`, async () => {
      const one = watch('-Ln --watch=1');
      await one.shows(/q quit/);
      one.signal(signal);
      await assertRestored(one, status);
    });
  }

  it('quits on Ctrl-C', async () => {
    const one = watch('-Ln --watch=1');
    await one.shows(/q quit/);
    one.type('\x03');
    await assertRestored(one, 130);
  });

  it('continues after SIGSTOP and SIGCONT', async () => {
    const one = watch('-Ln --watch=1');
    await one.shows(/q quit/);
    one.signal('SIGSTOP');
    while (one.state() !== 'T') await sleep(50);
    one.screen.write('\x1b[2J');
    one.signal('SIGCONT');
    await one.shows(/q quit/);
    one.type('q');
    await assertRestored(one, 0);
  });

  for (const [how, stop] of [
    ['Ctrl-Z', (one: PseudoTerminal) => one.type('\x1a')],
    ['SIGTSTP', (one: PseudoTerminal) => one.signal('SIGTSTP')],
  ] as const) {
    it(`restores the terminal while stopped by ${how}`, async () => {
      // A shell with job control, which carries on when its job is stopped, and then continues the job.
      const job = `echo $$ >pid; exec ${ipvsadm} -Ln --watch=1`;
      const shell = `sh -c '${job}'; stty -a | grep -c -- -icanon; echo STOPPED; read line; fg`;
      terminal = new PseudoTerminal(['sh', '-mc', shell]);
      const one = terminal;
      await one.shows(/q quit/);
      stop(one);
      for (let tries = 0; !/STOPPED/.test(one.output) && tries < 100; tries++) await sleep(50);
      assert.match(one.output.slice(-100), /1049l0\r\nSTOPPED\r\n$/);
      assert.deepEqual([one.state(), one.screen.isSecond, one.screen.hasCursor], ['T', false, true]);
      one.type('\r');
      for (let tries = 0; !one.screen.isSecond && tries < 100; tries++) await sleep(50);
      await one.shows(/q quit/);
      one.type('q');
      await assertRestored(one, 0);
    });
  }

  it('does not stop on Ctrl-Z if there is no shell to continue it', async () => {
    const one = watch('-Ln --watch=1');
    await one.shows(/q quit/);
    one.type('\x1a');
    for (let tries = 0; one.output.split('\x1b[?1049h').length < 3 && tries < 100; tries++) await sleep(50);
    assert.equal(one.screen.isSecond, true);
    one.type('q');
    await assertRestored(one, 0);
  });

  it('draws once for keys that arrive together', async () => {
    const one = watch('-Ln --watch=60');
    await one.shows(/q quit/);
    await sleep(500);
    const before = one.output.length;
    one.type(`/${'x'.repeat(60)}`);
    await one.shows(/Filter: x{60}$/);
    const draws = one.output.slice(before).split('\x1b[?2026h').length - 1;
    // One for the keys, and one for servers that may have come into view.
    assert.ok(draws <= 4, `${draws} screens`);
    one.type('\x1bq');
    await assertRestored(one, 0);
  });

  // There is no way to make the executable crash like this; its code is the same.
  const skip = wantedBuild === 'executable';
  it('restores the terminal when it crashes', { skip }, async () => {
    // Simulates an unforeseen error: a clock that fails after the first screen.
    const crash = 'let n = 0; const now = performance.now.bind(performance);';
    const later = 'performance.now = () => { if (++n > 40) throw new Error("broken clock"); return now(); };';
    const one = watch('-Ln --watch=0.2', {
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash + later)}` },
    });
    await assertRestored(one, 1);
    assert.match(one.output, /ipvsadm: broken clock\r\n$/);
  });

  it('reports that a service is gone, and shows it once it is added again', async () => {
    const one = watch(`-Ln -t 192.0.2.9:80 --watch=0.5`);
    assert.equal((await one.end()).status, 1);
    assert.match(one.output, /No such service/);
    one.dispose();
    const gone = tcp('192.0.2.8', 80);
    await ipvs.addService(gone, serviceSettings);
    const other = watch(`-Ln -t 192.0.2.8:80 --watch=0.5`);
    await other.shows(/TCP 192\.0\.2\.8:80/);
    await ipvs.removeService(gone);
    await other.shows(/^No such service/);
    await ipvs.addService(gone, serviceSettings);
    await other.shows(/^1 service, 0 servers/);
    other.type('q');
    await assertRestored(other, 0);
    await ipvs.removeService(gone);
  });

  it('uses little CPU time for ten thousand servers', async (context) => {
    for (let s = 1; s <= 100; s++) {
      const service = tcp(`10.9.0.${s}`, 80);
      await ipvs.addService(service, serviceSettings);
      const servers = Array.from({ length: 100 }, (_, d) => ({
        request: 'addDestination' as const,
        service,
        destination: { address: address(`10.1.${s}.${d + 1}`), port: 80 },
        settings: destinationSettings,
      }));
      await ipvs.batch(servers);
    }
    const one = watch('-Ln --table --watch=1', { columns: 140, rows: 50 });
    await one.shows(/102 services, 10003 servers/);
    await sleep(5000);
    const [time, before] = [performance.now(), one.cpuTime()];
    await sleep(10_000);
    const percent = ((one.cpuTime() - before) / (performance.now() - time)) * 100_000;
    context.diagnostic(`${percent.toFixed(1)} % of a core`);
    // Usually less than three percent; a busy machine may add time that is not the program's own.
    assert.ok(percent < 30, `${percent} %`);
    one.type('s\x1b[6~\x1b[6~/10.1.99.99\r');
    await one.shows(/1 of 102 services, 1 of 10003 servers/);
    one.type('q');
    await assertRestored(one, 0);
  });

  describe('without a terminal', () => {
    it('is refused', async () => {
      const { spawnSync } = await import('node:child_process');
      const { status, stdout, stderr } = spawnSync(ipvsadm, ['-L', '--watch'], {
        encoding: 'utf8',
        input: '',
      });
      assert.deepEqual(
        { status, stdout, stderr },
        {
          status: 1,
          stdout: '',
          stderr: 'ipvsadm: --watch needs a terminal, for what it shows and for keys\n',
        },
      );
    });
  });
});
