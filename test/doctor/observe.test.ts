import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { readConnectionTable } from '../../src/doctor/observe/connections.ts';
import { parseDefaultInterfaces } from '../../src/doctor/observe/default-routes.ts';
import { FileReader } from '../../src/doctor/observe/files.ts';
import { parseListeners } from '../../src/doctor/observe/listeners.ts';
import { parseModules } from '../../src/doctor/observe/modules.ts';
import { readSettings } from '../../src/doctor/observe/settings.ts';

describe('the readers of system state', () => {
  it('return listening TCP sockets, but no connections', () => {
    const text = `\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 0000000000000000FFFF00000100000A:0050 0000000000000000FFFF00000200000A:E65E 06 00000000:00000000
   2: B80D0120000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000
`;
    const listeners = parseListeners(text, 'tcp').map(({ address, port }) => `${address} ${port}`);
    assert.deepEqual(listeners, [':: 8080', '2001:db8::1 443']);
  });

  it('return UDP sockets that are not connected', () => {
    const text = `\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   10: 7800A8C0:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
   11: 7800A8C0:0036 7900A8C0:1000 01 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
`;
    const listeners = parseListeners(text, 'udp').map(({ address, port }) => `${address} ${port}`);
    assert.deepEqual(listeners, ['192.168.0.120 53']);
  });

  it('return the interfaces of default routes', () => {
    const text = `\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0102A8C0	0003	0	0	0	00000000	0	0	0
eth0	00000000	0102A8C0	0003	0	0	100	00000000	0	0	0
eth1	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0
*	00000000	00000000	0200	0	0	99	00000000	0	0	0
`;
    assert.deepEqual(parseDefaultInterfaces(text), ['eth0']);
    assert.deepEqual(parseDefaultInterfaces(''), []);
  });

  it('count all connections, and return open ones and those to servers that never answer', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-connections-'));
    const path = join(folder, 'ip_vs_conn');
    const text = `\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C6120001 A31E C0A80A78 0050 C0A80A79 0050 ESTABLISHED     899
TCP C6120001 A31F C0A80A78 0050 C0A80A79 0050 ESTABLISHED     901
TCP C6120001 A320 C0A80A78 0050 C0A80A79 0050 FIN_WAIT        120
TCP C6120001 0000 C0A80A78 0050 C0A80A79 0050 ASSURED         299
UDP C6120001 A321 C0A80A78 0035 C0A80A7A 0035 UDP             300
TCP C6120001 A322 C0A80A78 0050 C0A80A79 0050 SYN_RECV         59
TCP C6120001 A323 C0A80A78 0050 C0A80A7A 0050 SYN_RECV         58
TCP C6120001 A324 C0A80A78 0050 C0A80A7A 0050 SYN_RECV         60
IP  C6120001 0000 00000001 0000 C0A80A79 0000 NONE            299
`;
    writeFileSync(path, text);
    const { open, answers, ...rest } = readConnectionTable(64, new FileReader(), path);
    rmSync(folder, { recursive: true });
    assert.deepEqual(rest, { count: 9, buckets: 64 });
    const answerCounts = answers.map(({ virtual, destination, answered, unanswered }) =>
      [virtual.address, virtual.port, destination.address, destination.port, answered, unanswered].join(' '),
    );
    assert.deepEqual(answerCounts, [
      '192.168.10.120 80 192.168.10.121 80 3 1',
      '192.168.10.120 80 192.168.10.122 80 0 2',
    ]);
    const openConnections = open.map(({ protocol, virtual, destination, count, seconds }) =>
      [protocol, virtual.address, virtual.port, destination.address, destination.port, count, seconds].join(
        ' ',
      ),
    );
    assert.deepEqual(openConnections, [
      'tcp 192.168.10.120 80 192.168.10.121 80 2 901',
      'udp 192.168.10.120 53 192.168.10.122 53 1 300',
    ]);
  });

  it('return loaded modules, and which of them are in use', () => {
    const text = 'nft_ct 16384 2 - Live 0x0\nip_vs 184320 0 - Live 0x0\nip_vs_ftp 1 - - Live 0x0\n';
    const { loaded, inUse } = parseModules(text);
    assert.deepEqual([...loaded], ['nft_ct', 'ip_vs', 'ip_vs_ftp']);
    assert.deepEqual([...inUse], ['nft_ct']);
  });

  it('return existing settings, including those of interfaces with a dot in their name', () => {
    const root = mkdtempSync(join(tmpdir(), 'ipvsadm-settings-'));
    const write = (path: string, value: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), value);
    };
    write('net/ipv4/ip_forward', '0\n');
    write('net/ipv4/conf/eth0.7/rp_filter', '1\n');
    assert.deepEqual(
      [...readSettings(['eth0.7', 'eth1'], new FileReader(), root)],
      [
        ['net.ipv4.ip_forward', '0'],
        ['net.ipv4.conf.eth0.7.rp_filter', '1'],
      ],
    );
    rmSync(root, { recursive: true });
  });

  it('ignore lines that are cut off or have another format', () => {
    const text = `\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr
   0: 1F90:1F90 00000000:0000 0A 00000000:00000000
   1: 7800A8C0
   2:
`;
    assert.deepEqual(parseListeners(text, 'tcp'), []);
    assert.deepEqual(parseModules('\n'), { loaded: new Set(), inUse: new Set() });
    assert.deepEqual(parseDefaultInterfaces('Iface\n\n'), []);
  });

  it('record files that cannot be read, but not missing ones', () => {
    const files = new FileReader();
    assert.equal(files.read('/proc/self/no-such-file'), undefined);
    assert.equal(files.read('/proc/self'), undefined);
    assert.deepEqual(readConnectionTable(64, files, '/proc/self'), {
      ...{ count: 0, buckets: 64, open: [] },
      answers: [],
    });
    assert.deepEqual(files.unreadable, ['/proc/self (EISDIR)', '/proc/self (EISDIR)']);
    const bug = () => {
      throw new TypeError('a mistake');
    };
    assert.throws(() => files.attempt('/proc/self', bug), { message: 'a mistake' });
  });
});
