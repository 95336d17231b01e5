import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';
import { Rig } from '../differential/rig.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { assertConnection, assertDocument } from './schema.ts';

/** A table with one of everything. */
const table = `\
-A -t 192.0.2.1:80 -s wrr -p 600 -M 255.255.255.0 --pe sip
-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 5 -x 100 -y 50
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 0
-A -t [2001:db8::1]:0 -s rr -p 360 -M 64
-a -t [2001:db8::1]:0 -r [2001:db8::2]:0 -g
-A -u 192.0.2.1:53 -s sh -b sh-fallback,sh-port -o
-a -u 192.0.2.1:53 -r 10.0.0.1:53 -i
-a -u 192.0.2.1:53 -r 10.0.0.2:53 -i --tun-type gre --tun-csum
-a -u 192.0.2.1:53 -r 10.0.0.3:53 -i --tun-type gue --tun-port 6080 --tun-remcsum
-A --sctp-service 192.0.2.1:99 -s mh -b mh-port,flag-3
-A -f 4294967295 -s lc
-a -f 4294967295 -r 10.0.0.1:0 -g
-A -f 7 -6 -s wlc`;

kernelSuite(import.meta.url, '--json', () => {
  let rig: Rig;
  before(() => {
    rig = new Rig();
  });
  beforeEach(() => rig.reset());
  after(() => rig.dispose());

  /** Runs a command line that must succeed without messages on standard error; returns its standard output. */
  async function run(line: string): Promise<string> {
    const { status, stdout, stderr } = await rig.ours.run(line);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, line);
    return stdout;
  }

  async function document(line: string) {
    const value = JSON.parse(await run(line));
    assertDocument(value);
    return value;
  }

  /** Returns the state of our director, as the reference prints it. */
  async function state(): Promise<string[]> {
    return (await rig.states()).ours;
  }

  const fill = () => run(`ipvsadm -R <<'END'\n${table}\nEND`);

  it('prints a table that can be restored', async () => {
    await fill();
    const before = await state();
    const { ipvs, services } = await document('ipvsadm -Ln --json | tee $TMPDIR/table.json');
    assert.match(ipvs.version, /^1\.2\./);
    assert.equal(services.length, 6);
    await run('ipvsadm -C; ipvsadm -R --json < $TMPDIR/table.json');
    assert.deepEqual(await state(), before);
    // The table already equals the document, so nothing is to be done.
    assert.equal(await run('ipvsadm-restore --json --dry-run --exit-code < $TMPDIR/table.json'), '');
    await run('ipvsadm -C; ipvsadm -A -t 192.0.2.99:1; ipvsadm-restore --json < $TMPDIR/table.json');
    assert.deepEqual(await state(), before);
  });

  it('prints a single service with counters and rates', async () => {
    await fill();
    const { services } = await document('ipvsadm -Ln --json --stats --rate -t 192.0.2.1:80');
    assert.equal(services.length, 1);
    const [{ stats, rates, servers }] = services;
    const zero = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };
    assert.deepEqual([stats, rates, servers[0].stats, servers[1].rates], [zero, zero, zero, zero]);
    const { status, stdout } = await rig.ours.run('ipvsadm -Ln --json -t 192.0.2.1:81');
    assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
  });

  it('prints timeouts and daemons that can be restored', async () => {
    await run('ipvsadm --set 901 121 301');
    await run(
      'ipvsadm --start-daemon master --mcast-interface lo --syncid 7 --mcast-port 9999 --mcast-ttl 3',
    );
    const before = await state();
    const { timeouts } = await document('ipvsadm -L --timeout --json | tee $TMPDIR/timeouts.json');
    assert.deepEqual(timeouts, { tcp: 901, tcpFin: 121, udp: 301 });
    const { daemons } = await document('ipvsadm -L --daemon --json | tee $TMPDIR/daemons.json');
    assert.deepEqual(
      daemons.map(({ role, interface: name, syncId }: Record<string, unknown>) => [role, name, syncId]),
      [['master', 'lo', 7]],
    );
    await run('ipvsadm --set 1 1 1; ipvsadm --stop-daemon master');
    await run('ipvsadm -R --json < $TMPDIR/timeouts.json; ipvsadm -R --json < $TMPDIR/daemons.json');
    assert.deepEqual(await state(), before);
    assert.deepEqual(await document('ipvsadm --stop-daemon master; ipvsadm -L --daemon --json'), {
      daemons: [],
    });
  });

  it('prints one connection per line', async () => {
    await run('ipvsadm -A -u 127.0.0.1:9999 -s rr; ipvsadm -a -u 127.0.0.1:9999 -r 127.0.0.1:9998 -m');
    const send = "s = require('dgram').createSocket('udp4'); s.send('x', 9999, '127.0.0.1', () => s.close())";
    await run(`for i in 1 2 3; do node -e "${send}"; done`);
    const lines = (await run('ipvsadm -Lnc --json')).trimEnd().split('\n');
    assert.equal(lines.length, 3);
    for (const line of lines) {
      const connection = JSON.parse(line);
      assertConnection(connection);
      assert.deepEqual(connection.virtual, { address: '127.0.0.1', port: 9999 });
      assert.deepEqual(connection.server, { address: '127.0.0.1', port: 9998 });
    }
  });

  it('prints names in addition to numbers, unless -n is given', async () => {
    await run('ipvsadm -A -t 192.0.2.1:80');
    const [named] = (await document('ipvsadm -L --json')).services;
    assert.deepEqual([named.address, named.port], ['192.0.2.1', 80]);
    const [numeric] = (await document('ipvsadm -Ln --json')).services;
    assert.deepEqual([numeric.hostName, numeric.portName], [undefined, undefined]);
  });

  it('changes nothing if a document is invalid', async () => {
    await fill();
    const before = await state();
    const bad = '{"services": [{"protocol": "tcp", "address": "192.0.2.1", "port": 80, "weight": 1}]}';
    for (const command of ['ipvsadm -R --json', 'ipvsadm-restore --json', 'ipvsadm-restore --json --flush']) {
      assert.deepEqual(await rig.ours.run(`${command} <<'END'\n${bad}\nEND`), {
        status: 2,
        stdout: '',
        stderr: 'line 1, services[0]: unknown field "weight"\n',
      });
    }
    const empty = await rig.ours.run('echo "{}" | ipvsadm-restore --json');
    assert.deepEqual(empty, {
      status: 2,
      stdout: '',
      stderr: 'line 1: the field "services" is missing\n',
    });
    assert.deepEqual(await state(), before);
  });

  it('reports which object the kernel has refused', async () => {
    const services = [{ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'nosuch' }];
    const { status, stderr } = await rig.ours.run(
      `ipvsadm -R --json <<'END'\n${JSON.stringify({ services })}\nEND`,
    );
    assert.deepEqual([status, stderr], [255, 'services[0]: Scheduler or persistence engine not found\n']);
  });
});
