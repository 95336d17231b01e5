// Tests the Debian package that `npm run build:deb` builds, installed in place of Debian's in a throwaway system. This takes
// minutes, mostly for building the package; so `npm test` skips it, and `npm run test:deb` runs it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { nodeWithTypeScript, projectFolder } from '../lab/project.ts';
import { DebianRoot } from './root.ts';

const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
const name = 'ipvsadm-ts';

/** Configuration files as written by an administrator. */
const settings = 'AUTO="true"  # of ours\nDAEMON="both"\nIFACE="eth7"\nSYNCID="5"\n';
const rules = '# of ours\n-A -t 192.0.2.1:80 -s rr\n';

/** Fake program that logs its calls. Reports all units as enabled, and both sync daemons as running if `/running` exists. */
const recorder = `#!/bin/sh
echo "$(basename "$0") $*" >>/calls
case $* in
  *is-enabled*) echo enabled ;;
  '-L --daemon') [ ! -e /running ] || printf '%s sync daemon (mcast=eth7, syncid=5)\\n' master backup ;;
esac
`;

let folder: string;
let root: DebianRoot;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-deb-test-'));
  node('packaging/deb.ts', '--into', folder);
  const [made] = readdirSync(folder);
  assert.equal(made, `${name}_${version}_amd64.deb`);
  const inFolder = (file: string) => join(folder, file);
  command('dpkg-deb', '--raw-extract', inFolder(made), inFolder('tree'));
  // Builds an uncompressed copy of the package, which unpacks quickly, and one with a later version.
  const pack = (file: string) =>
    command('dpkg-deb', '--root-owner-group', '-Znone', '--build', inFolder('tree'), inFolder(file));
  pack('ours.deb');
  const control = readFileSync(inFolder('tree/DEBIAN/control'), 'utf8');
  writeFileSync(
    inFolder('tree/DEBIAN/control'),
    control.replace(/^Version: .*/m, `Version: ${version}+later`),
  );
  pack('later.deb');
  rmSync(inFolder('tree'), { recursive: true });
});
after(() => rmSync(folder, { recursive: true, force: true }));

it('the Debian package passes lintian without errors or warnings', async () => {
  root = await DebianRoot.create(['lintian']);
  try {
    root.bring(join(folder, `${name}_${version}_amd64.deb`), 'ours.deb');
    const output = succeeds('lintian --allow-root --tag-display-limit 0 --fail-on error,warning /ours.deb');
    assert.equal(output, '');
  } finally {
    root.dispose();
  }
});

/** Creates a new Debian system for every test. */
function freshRoots(): void {
  beforeEach(async () => {
    root = await DebianRoot.create(['ipvsadm', 'systemd']);
  });
  afterEach(() => root?.dispose());
}

describe('the Debian package', () => {
  freshRoots();

  it('installs commands, manual pages, completion and units', () => {
    install('ours.deb');
    assert.match(succeeds('ipvsadm --version'), new RegExp(`^ipvsadm ${version.replaceAll('.', '\\.')},`));
    assert.match(succeeds('/sbin/ipvsadm --help'), /--add-service/);
    const saved = root.run('ipvsadm-save');
    assert.notEqual(saved.code, 0);
    assert.match(saved.output, /^Can't initialize ipvs/);
    assert.equal(root.run('echo nonsense | ipvsadm-restore').code, 2);
    for (const page of ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore', 'ipvsadm-fleet'])
      assert.match(succeeds(`zcat /usr/share/man/man8/${page}.8.gz`), /^\.Dd /m);
    const completion = '. /usr/share/bash-completion/completions';
    assert.match(succeeds(`bash -c '${completion}/ipvsadm; complete -p ipvsadm'`), /-F _ipvsadm/);
    assert.match(succeeds(`bash -c '${completion}/ipvsadm-save; complete -p ipvsadm-save'`), /-n/);
    assert.match(
      succeeds(`bash -c '${completion}/ipvsadm-restore; complete -p ipvsadm-restore'`),
      /--dry-run/,
    );
    succeeds('cd / && md5sum --check --quiet /var/lib/dpkg/info/ipvsadm-ts.md5sums');
    const units = 'ipvsadm.service ipvsadm-sync.service';
    assert.equal(succeeds(`systemd-analyze --man=no verify ${units}`), '');
    assert.equal(succeeds('systemctl is-enabled ipvsadm.service ipvsadm-sync.service'), 'enabled\nenabled\n');
  });

  // dpkg removes the files of Debian's package after unpacking ours, apt before that.
  for (const tool of ['apt-get -y install', 'dpkg -i']) {
    it(`replaces Debian's package and keeps its configuration, without prompts: ${tool}`, () => {
      configure();
      root.bring(join(folder, 'ours.deb'), 'ours.deb');
      succeeds(`${tool} /ours.deb </dev/null`);
      assert.match(status('ipvsadm'), / config-files$/);
      assert.equal(status(name), 'install ok installed');
      assertConfigured();
      assert.equal(root.run("dpkg --verify ipvsadm-ts | grep -v ' c '").output, '', 'changed files');
      for (const command of ['ipvsadm', 'ipvsadm-save', 'ipvsadm-restore', 'ipvsadm-fleet'])
        assert.equal(succeeds(`readlink -e /usr/sbin/${command}`), '/usr/sbin/ipvsadm\n');
      assert.equal(succeeds('dpkg-divert --list "*ipvsadm*"'), '');
    });
  }

  it("keeps the configuration when Debian's package is purged", () => {
    configure();
    install('ours.deb');
    succeeds('dpkg --purge ipvsadm');
    assertConfigured();
    assert.equal(succeeds('systemctl is-enabled ipvsadm.service ipvsadm-sync.service'), 'enabled\nenabled\n');
  });

  it('keeps the configuration on reinstallation, upgrade and removal, but not on purge', () => {
    configure();
    install('ours.deb');
    succeeds('dpkg -i /ours.deb </dev/null');
    assertConfigured();
    install('later.deb');
    assert.equal(succeeds(`dpkg-query -f '\${Version}' -W ${name}`), `${version}+later`);
    assertConfigured();
    succeeds(`apt-get -y remove ${name} </dev/null`);
    assert.equal(root.run('command -v ipvsadm').output, '');
    assertConfigured();
    succeeds('dpkg -i /later.deb </dev/null');
    assertConfigured();
    succeeds(
      'systemctl enable ipvsadm-agent.service && install -D /dev/null /var/lib/ipvsadm/default/memory.json',
    );
    succeeds(`apt-get -y purge ${name} ipvsadm </dev/null`);
    const left = 'find / -xdev -name "*ipvsadm*" ! -path "/*.deb" ! -path "/var/log/*"';
    assert.equal(succeeds(left), '');
  });

  it('keeps a rule file that is a symbolic link, and its target', () => {
    succeeds('mv /etc/ipvsadm.rules /srv/rules && ln -s /srv/rules /etc/ipvsadm.rules');
    configure();
    install('ours.deb');
    assertConfigured();
    assert.equal(succeeds('readlink /etc/ipvsadm.rules'), '/srv/rules\n');
  });

  it('installs default settings if there are none', () => {
    succeeds('dpkg --purge ipvsadm');
    install('ours.deb');
    const read = '. /etc/default/ipvsadm; echo "$AUTO $SAVE_ON_STOP $DAEMON $IFACE $SYNCID"';
    assert.equal(succeeds(read), 'false false none eth0 0\n');
    assert.match(root.read('etc/ipvsadm.rules'), /^#.*\n$/);
    assert.equal(succeeds('ipvsadm-restore --check --allow-empty /etc/ipvsadm.rules'), '');
  });

  it('changes nothing if it cannot be unpacked', () => {
    configure();
    const squatter =
      'Package: squatter\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@y>\\nDescription: x\\n';
    const place = 'usr/share/bash-completion/completions';
    succeeds(
      `mkdir -p /s/DEBIAN /s/${place} && printf '${squatter}' >/s/DEBIAN/control && : >/s/${place}/ipvsadm`,
    );
    succeeds('dpkg-deb --build /s /s.deb && dpkg -i /s.deb');
    root.bring(join(folder, 'ours.deb'), 'ours.deb');
    assert.match(fails('dpkg -i /ours.deb </dev/null'), /trying to overwrite/);
    assertConfigured();
    assert.equal(status('ipvsadm'), 'install ok installed');
    assert.equal(
      succeeds('dpkg --verify ipvsadm; dpkg-divert --list "*ipvsadm*"'),
      root.run('dpkg --verify ipvsadm').output,
    );
    succeeds('test -x /sbin/ipvsadm');
  });

  it('refuses installation on a processor that its runtime does not support', () => {
    configure();
    root.bring(join(folder, 'ours.deb'), 'ours.deb');
    const processor = "sed 's/ sse4_2//' /proc/cpuinfo >/cpuinfo && mount --bind /cpuinfo /proc/cpuinfo";
    assert.match(fails(`${processor} && dpkg -i /ours.deb </dev/null`), /no sse4_2/);
    assertConfigured();
    assert.equal(status('ipvsadm'), 'install ok installed');
  });
});

describe('the Debian package on a running director', () => {
  freshRoots();

  /** Runs a script as if systemd were running; returns the calls of systemctl and of the commands installed before. */
  const calls = (script: string) => {
    writeFileSync(join(folder, 'recorder'), recorder, { mode: 0o755 });
    root.bring(join(folder, 'recorder'), 'recorder');
    succeeds(`rm -f /calls
      for name in ipvsadm ipvsadm-save ipvsadm-restore; do cp --remove-destination /recorder /usr/sbin/$name; done
      mkdir -p /run/systemd/system && cp /recorder /tmp/systemctl
      mount --bind /tmp/systemctl /usr/bin/systemctl
      ${script}`);
    return root.run('cat /calls 2>/dev/null').output.split('\n').filter(Boolean);
  };
  /** Selects the calls that affect units or the table. */
  const changes = (all: readonly string[]) =>
    all
      .map((call) => call.replace(/--(system|quiet) /g, ''))
      .filter((call) => /^ipvs| (re)?(start|stop|load) /.test(call));

  it('starts its units when it replaces the other package, but not on an upgrade', () => {
    root.bring(join(folder, 'ours.deb'), 'ours.deb');
    root.bring(join(folder, 'later.deb'), 'later.deb');
    // Debian's package runs its init script, which clears the table, only if the script is executable.
    succeeds('chmod -x /etc/init.d/ipvsadm');
    assert.deepEqual(changes(calls('dpkg -i /ours.deb </dev/null')), [
      'systemctl start ipvsadm.service',
      'systemctl start ipvsadm-sync.service',
    ]);
    assert.deepEqual(
      calls('dpkg -i /later.deb </dev/null').filter((call) => !/daemon-reload|is-/.test(call)),
      [],
    );
  });

  it('stops its units when removed, and does not change the table', () => {
    install('ours.deb');
    assert.deepEqual(changes(calls(`dpkg --remove ${name}`)), [
      'systemctl stop ipvsadm-agent.service ipvsadm.service ipvsadm-sync.service',
    ]);
  });

  it('installs units that follow the settings', () => {
    install('ours.deb');
    writeFileSync(join(folder, 'recorder'), recorder, { mode: 0o755 });
    root.bring(join(folder, 'recorder'), 'recorder');
    succeeds('cp --remove-destination /recorder /usr/sbin/ipvsadm');
    /** Runs the commands of a unit with these settings; returns whether they succeeded, and the calls that change something. */
    const run = (text: string, file: string, setting: string) => {
      const unit = root.read(`usr/lib/systemd/system/${file}`);
      const scripts = [...unit.matchAll(new RegExp(`^${setting}=/bin/sh -c '(.*)'$`, 'gm'))];
      assert.ok(scripts.length > 0, setting);
      succeeds(`: >/calls; cat >/etc/default/ipvsadm <<'END'\n${text}\nEND\n`);
      const failed = scripts.some(([, script = '']) => root.run(script.replaceAll('$$', '$')).code !== 0);
      const changing = root
        .read('calls')
        .split('\n')
        .filter((call) => call && !call.includes(' -L '));
      return { done: !failed, calls: changing };
    };
    const restores = (text: string) => run(text, 'ipvsadm.service.d/auto.conf', 'ExecCondition').done;
    assert.ok(restores('AUTO="true" # at boot'));
    assert.ok(!restores('AUTO="false"'));
    assert.ok(!restores(''));

    // Debian's settings file, which the package takes over, has no setting about saving.
    succeeds(`for name in ipvsadm-save ipvsadm-restore; do cp --remove-destination /recorder /usr/sbin/$name; done
      echo 'exit 3' >>/usr/sbin/ipvsadm-restore
      touch -d 2001-01-01 /etc/ipvsadm.rules; touch /run/ipvsadm.restored`);
    const stopped = (text: string) => run(text, 'ipvsadm.service', 'ExecStop');
    assert.deepEqual(stopped(settings), { done: true, calls: [] });
    assert.deepEqual(stopped(`${settings}SAVE_ON_STOP="true"`), {
      done: true,
      calls: [
        'ipvsadm-restore --dry-run --exit-code /etc/ipvsadm.rules',
        'ipvsadm-save -n /etc/ipvsadm.rules',
      ],
    });

    const sync = 'ipvsadm-sync.service';
    for (const daemon of ['none', 'other', ''])
      assert.ok(!run(`DAEMON="${daemon}"`, sync, 'ExecCondition').done);
    const started = (state: string) => `ipvsadm --start-daemon ${state} --mcast-interface eth7 --syncid 5`;
    for (const [daemon, ...states] of [
      ['master', 'master'],
      ['backup', 'backup'],
      ['both', 'master', 'backup'],
    ]) {
      const text = `DAEMON="${daemon}" # in sync\nIFACE="eth7"\nSYNCID="5"`;
      assert.ok(run(text, sync, 'ExecCondition').done);
      assert.deepEqual(run(text, sync, 'ExecStart'), { done: true, calls: states.map(started) });
    }
    assert.deepEqual(run('DAEMON=master', sync, 'ExecStart').calls, [
      'ipvsadm --start-daemon master --mcast-interface eth0 --syncid 0',
    ]);
    succeeds('touch /running');
    assert.deepEqual(run('DAEMON=both', sync, 'ExecStart'), { done: true, calls: [] });
    assert.deepEqual(run('', sync, 'ExecStop').calls, [
      'ipvsadm --stop-daemon master',
      'ipvsadm --stop-daemon backup',
    ]);
  });
});

function configure(): void {
  succeeds(`cat >/etc/default/ipvsadm <<'END'\n${settings}END\ncat >/etc/ipvsadm.rules <<'END'\n${rules}END`);
}

function assertConfigured(): void {
  assert.equal(root.read('etc/default/ipvsadm'), settings);
  assert.equal(succeeds('cat /etc/ipvsadm.rules'), rules);
  assert.equal(
    succeeds('ls -d /etc/default/ipvsadm* /etc/ipvsadm*'),
    '/etc/default/ipvsadm\n/etc/ipvsadm.rules\n',
  );
}

function install(file: string): void {
  root.bring(join(folder, 'ours.deb'), 'ours.deb');
  root.bring(join(folder, file), file);
  succeeds(`apt-get -y install /${file} </dev/null`);
}

function status(of: string): string {
  return succeeds(`dpkg-query -f '\${Status}' -W ${of}`);
}

function succeeds(script: string): string {
  const { code, output } = root.run(script);
  assert.equal(code, 0, `${script}\n${output}`);
  return output;
}

function fails(script: string): string {
  const { code, output } = root.run(script);
  assert.ok(code, `${script}\n${output}`);
  return output;
}

function node(file: string, ...args: readonly string[]): void {
  const [program = '', ...options] = nodeWithTypeScript;
  command(program, ...options, join(projectFolder, file), ...args);
}

function command(program: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}
