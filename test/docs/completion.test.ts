import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { completionFile, withTables } from '../../packaging/completion.ts';
import { Address } from '../../src/ipvs/address.ts';
import { commands } from '../../src/rules/option-table/commands.ts';
import { schedulerFlagWords } from '../../src/rules/scheduler-flags.ts';
import { which } from '../lab/child.ts';
import { projectFolder } from '../lab/project.ts';
import { FakeDirector } from './completion.ts';
import { literalLines, page } from './manual.ts';

const manifest = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
  readonly bin: Readonly<Record<string, string>>;
};

const table = `\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
FWM  00000007 wrr\x20
  -> C000020B:0000      Route   1      0          0         \x20
TCP  C0000201:0050 rr  persistent 30000 FFFFFF00
  -> [2001:0db8:0000:0000:0000:0000:0000:0009]:0050      Tunnel  1      0          0         \x20
  -> C000020A:1F90      Masq    1      0          0         \x20
TCP  C0000201:01BB wlc\x20
UDP  C0000201:0035 wlc ops \x20
SCTP  C0000201:0063 wlc \x20
TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:01BB sh\x20
  -> [2001:0db8:0000:0000:0001:0000:0000:0005]:01BB      Route   1      0          0         \x20
`;

const withScript = {
  skip: (await which('script')) ? false : 'There is no script(1), which emulates the terminal.',
} as const;

describe('the option table of the completion', () => {
  it('is the one that npm run generate writes', () => {
    const text = readFileSync(completionFile, 'utf8');
    assert.equal(withTables(text), text);
  });
});

describe('the bash completion', () => {
  let director: FakeDirector;
  const gives = (line: string, ...expected: readonly string[]) =>
    assert.deepEqual(director.complete(`ipvsadm ${line}`), expected.toSorted(), line);

  before(() => {
    director = new FakeDirector();
    director.write('proc/net/ip_vs', table);
    director.write('proc/sys/kernel/osrelease', '6.12.1\n');
    director.write(
      'proc/modules',
      'ip_vs_wlc 16384 1 - Live 0x0\nip_vs 1 2 ip_vs_wlc, Live 0x0\next4 1 0 - Live 0x0\n',
    );
    director.write(
      'lib/modules/6.12.1/modules.builtin',
      'kernel/fs/ext4/ext4.ko\nkernel/net/netfilter/ipvs/ip_vs_rr.ko\n',
    );
    for (const name of ['ip_vs', 'ip_vs_sh', 'ip_vs_ftp', 'ip_vs_pe_sip'])
      director.write(`lib/modules/6.12.1/kernel/net/netfilter/ipvs/${name}.ko.xz`);
    director.write('lib/modules/5.0.0/kernel/net/netfilter/ipvs/ip_vs_old.ko');
    director.write('sys/class/net/eth0/address');
    director.write('sys/class/net/lo/address');
  });
  after(() => director.dispose());

  it('is registered for the commands', () => {
    assert.equal(director.run('complete -p ipvsadm'), 'complete -F _ipvsadm ipvsadm\n');
    assert.match(director.run('complete -p ipvsadm-save'), /-n/);
    assert.match(director.run('complete -p ipvsadm-restore'), /^--max-removals$/m);
  });

  it('is installed for every command by the example in the manual', () => {
    const example = literalLines(page('ipvsadm')).join('\n');
    const [install = ''] = /^FROM=\$\(npm root.*?^done$/ms.exec(example) ?? [];
    const prefix = join(director.root, 'prefix');
    const package_ = join(director.root, 'lib/ipvsadm/packaging/system');
    mkdirSync(package_, { recursive: true });
    copyFileSync(completionFile, join(package_, 'completion.bash'));
    const text = `npm() { echo "$_ipvsadm_root/lib"; }\n${install.replaceAll('/usr/local', prefix)}`;
    assert.equal(director.run(text), '');
    for (const name of Object.keys(manifest.bin)) {
      // As bash-completion(7) does: it looks for a file of the command's name.
      const script = join(prefix, 'share/bash-completion/completions', name);
      const { stdout } = spawnSync('bash', ['--norc', '-c', `. ${script}; complete -p ${name}`], {
        encoding: 'utf8',
      });
      assert.match(stdout, new RegExp(`^complete [^]* ${name}\n$`));
    }
  });

  it('offers commands first', () => {
    gives('--ed', '--edit-service', '--edit-server');
    gives('--l', '--list');
    const all = director.complete('ipvsadm ');
    const expected = commands.flatMap(({ long, ...rest }) => [
      `--${long}`,
      ...('short' in rest ? [`-${rest.short}`] : []),
    ]);
    assert.deepEqual(all, [...new Set(expected)].sort());
  });

  it('offers the options that go with the command', () => {
    gives('--stop-daemon master --', '--syncid');
    gives('-Z --', '--tcp-service', '--udp-service', '--sctp-service', '--fwmark-service');
    gives('-C --');
    gives('-S -', '-n', '--numeric', '--all', '--only', '--except');
    gives('-L --t', '--tcp-service', '--timeout', '--thresholds', '--tun-info', '--table', '--top');
  });

  it('offers no option twice, and no second option of the same kind', () => {
    gives('-At 192.0.2.1:80 --s', '--scheduler', '--sched-flags');
    gives('-A -t192.0.2.1:80 -s rr --s', '--sched-flags');
    gives('-A --tcp-service=192.0.2.1:80 --scheduler=rr --s', '--sched-flags');
  });

  it('offers tunnel options only for tunneling, and --ipv6 only for firewall marks', () => {
    gives('-a -t 192.0.2.1:80 -r 192.0.2.10 --tun');
    gives('-a -t 192.0.2.1:80 -r 192.0.2.10 -i --tun-t', '--tun-type');
    gives('-a -t 192.0.2.1:80 -r 192.0.2.10 -i --tun-type g', 'gue', 'gre');
    gives('-Z -t 192.0.2.1:80 -');
    gives('-Z -f 7 -', '-6', '--ipv6');
  });

  it('accepts that an optional argument is omitted', () => {
    gives('-A -t 192.0.2.1:80 -p --n', '--netmask');
    gives('-A -t 192.0.2.1:80 -p -s r', 'rr');
    gives('-A -t 192.0.2.1:80 -p 30 --n', '--netmask');
    gives('-A -t 192.0.2.1:80 -p 3');
  });

  it('offers the values of an option after =', () => {
    gives('-L --color=', 'auto', 'always', 'never');
    gives('-L --color=a', 'auto', 'always');
    gives('-L --prometheus=', 'services', 'summary');
    gives('-L --watch=');
  });

  it('offers services of the table, without the part that bash has split off', () => {
    gives('-E -t ', '192.0.2.1:80', '192.0.2.1:443', '[2001:db8::1]:443');
    gives('-E -t 192.0.2.1:', '80', '443');
    gives('-E -t [2001:db8::', '1]:443');
    gives('-E --tcp-service=192', '192.0.2.1:80', '192.0.2.1:443');
    gives('-E --tcp-service=192.0.2.1:8', '80');
    gives('-Du ', '192.0.2.1:53');
    gives('-L --sctp-service ', '192.0.2.1:99');
    gives('-Z -f ', '7');
  });

  it('offers the addresses of existing services for a new service', () => {
    gives('-A -t ', '192.0.2.1:', '[2001:db8::1]:');
    gives('-A -f ');
  });

  it('offers the real servers of the service', () => {
    gives('-e -t 192.0.2.1:80 -r ', '192.0.2.10:8080', '[2001:db8::9]:80');
    gives('-d -t 192.0.2.1:80 --real-server=192.0.2.10:', '8080');
    gives('-d -f 7 -r ', '192.0.2.11:0');
    gives('-d -r [2001:db8::1', '1:0:0:5]:443');
  });

  it('offers the real servers of other services to add', () => {
    gives('-a -t 192.0.2.1:80 -r ', '192.0.2.11:0', '[2001:db8::1:0:0:5]:443');
  });

  it('offers the schedulers, persistence engines and interfaces of the kernel', () => {
    gives('-A -t 192.0.2.1:80 -s ', 'rr', 'sh', 'wlc');
    gives('-A -t 192.0.2.1:80 --pe ', 'sip');
    gives('--start-daemon ', 'master', 'backup');
    gives('--start-daemon master --mcast-interface ', 'eth0', 'lo');
  });

  it('quotes the names of interfaces, which the shell would interpret', () => {
    const other = new FakeDirector();
    try {
      for (const name of ['$(halt)', '`halt`', 'a;b']) other.write(`sys/class/net/${name}/address`);
      assert.deepEqual(other.complete('ipvsadm --start-daemon master --mcast-interface '), [
        ...['\\$\\(halt\\)', '\\`halt\\`', 'a\\;b'],
      ]);
    } finally {
      other.dispose();
    }
  });

  it('offers flags of the scheduler', () => {
    gives('-A -t 192.0.2.1:80 -b ', 'flag-1', 'flag-2', 'flag-3');
    gives('-A -t 192.0.2.1:80 -s sh -b ', 'sh-fallback', 'sh-port', 'flag-3');
    gives('-A -t 192.0.2.1:80 -s mh -b mh-port,', 'mh-port,mh-fallback', 'mh-port,flag-3');
    const known = ['wlc', 'sh', 'mh'].flatMap((name) => director.complete(`ipvsadm -A -s ${name} -b `));
    assert.deepEqual([...new Set(known)].sort(), schedulerFlagWords().toSorted());
  });

  it('works in an interactive shell', withScript, async () => {
    const typed = ['-E -t 192.0.2.1:8', '--del', '-d --tcp-service=[2001:db8::1]:443 -r [2001:db8::1:0'];
    assert.deepEqual(await director.type(typed), [
      '-E -t 192.0.2.1:80',
      '--delete-serv',
      '-d --tcp-service=[2001:db8::1]:443 -r [2001:db8::1:0:0:5]:443',
    ]);
  });

  it('offers nothing without IPVS, and prints no errors', () => {
    const bare = new FakeDirector();
    try {
      assert.deepEqual(bare.complete('ipvsadm -E -t '), []);
      assert.deepEqual(bare.complete('ipvsadm -A -s '), []);
      assert.deepEqual(bare.complete('ipvsadm --start-daemon master --mcast-interface '), []);
    } finally {
      bare.dispose();
    }
  });

  it('formats addresses as ipvsadm does', () => {
    const group = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer({ min: 0, max: 0xffff }));
    const groups = fc.sample(fc.array(group, { minLength: 8, maxLength: 8 }), 300);
    const hex = groups.map((words) => words.map((word) => word.toString(16).padStart(4, '0')).join(':'));
    director.write('proc/net/ip_vs', hex.map((text) => `TCP  [${text}]:0050 rr \n`).join(''));
    try {
      assert.deepEqual(
        director.run('_ipvsadm_table').trimEnd().split('\n'),
        hex.map((text) => `TCP [${Address.parse(text)}]:80`),
      );
    } finally {
      director.write('proc/net/ip_vs', table);
    }
  });
});
