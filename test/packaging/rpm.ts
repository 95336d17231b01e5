// Tests the packages for Red Hat's family that `npm run build:rpm` builds, installed in a throwaway system. This takes a minute
// or two, so `npm test` skips it, and `npm run test:rpm` runs it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';
import { RedHatRoot, version } from './red-hat-root.ts';

const { bin } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
const file = '1.rpm';

/** Configuration files as written by an administrator. */
const settings = 'IPVS_MODULES_UNLOAD="no" # of ours\nIPVS_SAVE_ON_STOP="yes"\n';
const rules = '# of ours\n-A -t 192.0.2.1:80 -s rr\n';

let folder: string;
let root: RedHatRoot;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ipvsadm-rpm-test-'));
  root = await RedHatRoot.create(folder);
});
after(() => {
  root?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('the RPM package', () => {
  beforeEach(() => {
    root.renew();
  });

  it('passes rpmlint without errors', () => {
    root.bring(join(projectFolder, 'packaging/redhat/rpmlint.toml'), 'rpmlint.toml', ':');
    const output = root.attempt(`rpmlint --config /rpmlint.toml /repository/${file}`).output;
    assert.match(output, / 0 errors, /);
  });

  it('requires glibc 2.17', () => {
    const requires = root.outside(`rpm -qp --requires /repository/${file}`);
    assert.match(requires, /^libc\.so\.6\(GLIBC_2\.17\)\(64bit\)$/m);
  });

  it('installs commands, manual pages, completion and units', () => {
    install(file);
    assert.match(succeeds('ipvsadm --version'), new RegExp(`^ipvsadm ${version.replaceAll('.', '\\.')},`));
    const saved = root.inside('ipvsadm-save');
    assert.notEqual(saved.code, 0);
    assert.match(saved.output, /^Can't initialize ipvs/);
    assert.equal(root.inside('echo nonsense | ipvsadm-restore').code, 2);
    for (const command of Object.keys(bin)) {
      assert.equal(succeeds(`readlink -e /usr/sbin/${command}`), '/usr/libexec/ipvsadm-ts/ipvsadm\n');
      assert.match(succeeds(`zcat /usr/share/man/man8/${command}.8.gz`), /^\.Dd /m);
    }
    const completion = '. /usr/share/bash-completion/completions';
    assert.match(succeeds(`bash -c '${completion}/ipvsadm; complete -p ipvsadm'`), /-F _ipvsadm/);
    assert.equal(
      succeeds('systemd-analyze --man=no verify ipvsadm.service ipvsadm-sync.service ipvsadm-agent.service'),
      '',
    );
    assert.doesNotMatch(succeeds('cat /usr/lib/systemd/system/ipvsadm-*.service'), /etc\/default/);
    assert.equal(verify(), '');
    assert.equal(
      root.outside('rpm --root /red -q --whatprovides ipvsadm'),
      `ipvsadm-ts-${version}-1.x86_64\n`,
    );
  });

  it('replaces ipvsadm and is replaced by it, keeping rules, settings and unit state', () => {
    dnf('install ipvsadm');
    configure();
    succeeds('systemctl enable ipvsadm.service');
    dnf(`swap ipvsadm /repository/${file}`);
    assert.match(succeeds('ipvsadm --version'), new RegExp(`^ipvsadm ${version}`));
    assertConfigured('enabled');
    assert.equal(verify(), '');
    dnf('swap ipvsadm-ts ipvsadm');
    assert.match(succeeds('ipvsadm --version'), /^the other ipvsadm/);
    assertConfigured('enabled');
    succeeds('test ! -e /run/ipvsadm-ts.exchange && test ! -e /usr/libexec/ipvsadm-ts');
    succeeds('systemctl disable ipvsadm.service');
    dnf('swap ipvsadm ipvsadm-ts');
    assertConfigured('disabled');
    dnf('swap ipvsadm-ts ipvsadm');
    assertConfigured('disabled');
  });

  it('keeps all configuration on upgrade, and rules and changed settings on removal', () => {
    install(file);
    assert.equal(enabled(), 'disabled');
    configure();
    succeeds('systemctl enable ipvsadm.service');
    dnf('upgrade ipvsadm-ts');
    assert.equal(root.outside('rpm --root /red -q ipvsadm-ts'), `ipvsadm-ts-${version}-2.x86_64\n`);
    assertConfigured('enabled');
    dnf('remove ipvsadm-ts');
    assert.equal(succeeds('cat /etc/sysconfig/ipvsadm'), rules);
    assert.equal(succeeds('cat /etc/sysconfig/ipvsadm-config.rpmsave'), settings);
    const left =
      'find / -xdev -name "*ipvsadm*" ! -path "/etc/sysconfig/*" ! -path "/proc/*" ! -path "/var/*"';
    assert.equal(succeeds(left), '');
  });

  it('conflicts with the package that it replaces', () => {
    install(file);
    assert.match(
      root.attempt('rpm --root /red -i /repository/noarch/ipvsadm-1.31-*.rpm').output,
      /ipvsadm conflicts with/,
    );
  });

  it('refuses installation on a processor that its runtime does not support', () => {
    const processor =
      "sed 's/ sse4_2//' /proc/cpuinfo >/cpuinfo && mount --bind /cpuinfo /proc/cpuinfo && mount --bind /cpuinfo /red/proc/cpuinfo";
    const { code, output } = root.attempt(`${processor} && rpm --root /red -i /repository/${file}`);
    assert.notEqual(code, 0);
    assert.match(output, /no sse4_2/);
    assert.equal(root.inside('command -v ipvsadm').output, '');
  });
});

function configure(): void {
  succeeds(
    `cat >/etc/sysconfig/ipvsadm <<'END'\n${rules}END\ncat >/etc/sysconfig/ipvsadm-config <<'END'\n${settings}END`,
  );
}

function assertConfigured(state: string): void {
  assert.equal(succeeds('cat /etc/sysconfig/ipvsadm'), rules);
  assert.equal(succeeds('cat /etc/sysconfig/ipvsadm-config'), settings);
  assert.equal(enabled(), state);
}

function enabled(): string {
  return root.inside('systemctl is-enabled ipvsadm.service').output.trim();
}

/** Returns the installed files that have changed since, except configuration files. */
function verify(): string {
  return root.attempt("rpm --root /red -V --nouser --nogroup ipvsadm-ts | grep -v ' c '").output;
}

function dnf(words: string): string {
  return root.outside(
    `dnf --installroot=/red --releasever=9 --setopt=reposdir=/etc/yum.repos.d --disableplugin=* -y -q ${words} </dev/null`,
  );
}

function install(name: string): void {
  root.outside(`rpm --root /red -i /repository/${name}`);
}

function succeeds(script: string): string {
  const { code, output } = root.inside(script);
  assert.equal(code, 0, `${script}\n${output}`);
  return output;
}
