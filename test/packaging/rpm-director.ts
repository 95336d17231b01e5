// Tests the packages for Red Hat's family on a running director: under systemd, on the lab's kernel with IPVS. The package that
// ours replaces runs the reference. Started by `npm run test:rpm`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { cacheFolder } from '../lab/cache.ts';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { RedHatRoot } from './red-hat-root.ts';
import { SystemdSystem } from './systemd.ts';

if (!process.env.IPVSADM_LAB) {
  const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-rpm-test-'));
  const root = await RedHatRoot.create(folder);
  root.renew();
  cpSync(root.repository, join(root.folder, 'repository'), { recursive: true });
  process.env.IPVSADM_RED_HAT = root.folder;
  process.env.IPVSADM_TOOLS = cacheFolder();
  after(() => {
    root.dispose();
    rmSync(folder, { recursive: true });
  });
}

const { IPVSADM_RED_HAT = '', IPVSADM_TOOLS = '', IPVSADM_REFERENCE = '' } = process.env;

const web = '-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -g -w 1\n';
const mark = '-A -f 7 -s rr\n';
const both = `${web}${mark}`;
const rulesFile = '/etc/sysconfig/ipvsadm';

kernelSuite(import.meta.url, 'the RPM package on a director', () => {
  let system: SystemdSystem;
  before(async () => {
    system = await SystemdSystem.start(IPVSADM_RED_HAT, [IPVSADM_TOOLS]);
    succeeds(`ln -s ${IPVSADM_REFERENCE} /reference && mkdir -p /etc/yum.repos.d
      printf '[local]\nname=local\nbaseurl=file:///repository\nenabled=1\ngpgcheck=0\n' >/etc/yum.repos.d/local.repo`);
  });

  after(() => system.stop());

  const succeeds = (script: string) => {
    const { code, output } = system.run(script);
    if (code !== 0) {
      const { output: journal } = system.run('journalctl --no-pager --lines=20');
      assert.fail(`${script}\n${output}${journal}`);
    }
    return output;
  };
  const dnf = (words: string) =>
    succeeds(`dnf --releasever=9 --disableplugin=* -y -q ${words} </dev/null 2>&1`);
  const table = () => succeeds('/reference -Sn');
  const state = () =>
    ['is-enabled', 'is-active'].map((verb) => system.run(`systemctl ${verb} ipvsadm`).output.trim());
  const write = (file: string, words: string) => succeeds(`cat >${file} <<'END'\n${words}END`);
  const configure = (words: string) =>
    write('/etc/sysconfig/ipvsadm-config', `IPVS_MODULES_UNLOAD="no"\n${words}`);

  /** Runs a function while polling the kernel's table; resolves to the number of polls without the web service. */
  const watched = async (run: () => void) => {
    const script = `
      const { readFileSync } = require('node:fs');
      let [looks, gaps] = [0, 0];
      const look = () => {
        looks++;
        if (!readFileSync('/proc/net/ip_vs', 'latin1').includes('C0000201:0050')) gaps++;
        setImmediate(look);
      };
      process.on('SIGTERM', () => process.exit(console.log(looks, gaps)));
      look();
      console.log();`;
    const watcher = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(watcher.stdout, 'readable');
    run();
    watcher.kill();
    const [looks = 0, gaps] = (await text(watcher.stdout)).split(/\s+/).filter(Boolean).map(Number);
    assert.ok(looks > 10, `${looks}`);
    return gaps;
  };

  it('is compared with the other package, which interrupts the service on a restart', async () => {
    dnf('install ipvsadm');
    write(rulesFile, web);
    succeeds('systemctl enable --now ipvsadm');
    assert.equal(table(), web);
    const gaps = await watched(() => succeeds('systemctl restart ipvsadm'));
    assert.notEqual(gaps, 0);
  });

  it('replaces the other package without interrupting the service', async () => {
    // A service that is not in the file.
    succeeds(`/reference -A -f 7 -s rr`);
    const gaps = await watched(() => dnf('swap ipvsadm ipvsadm-ts-*-1'));
    assert.equal(gaps, 0);
    assert.equal(table(), both);
    assert.deepEqual(state(), ['enabled', 'active']);
    assert.equal(succeeds(`cat ${rulesFile}`), web);
    assert.match(succeeds('systemctl cat ipvsadm'), /libexec\/ipvsadm-ts\/service stop/);
    assert.match(succeeds('readlink -e /usr/sbin/ipvsadm'), /^\/usr\/libexec\/ipvsadm-ts\//);
  });

  it('converges the table on a restart, without interrupting the service', async () => {
    const gaps = await watched(() => succeeds('systemctl restart ipvsadm'));
    assert.equal(gaps, 0);
    assert.equal(table(), web);
  });

  it('saves the table before a restart if IPVS_SAVE_ON_RESTART is set', () => {
    configure('IPVS_SAVE_ON_RESTART="yes"\n');
    succeeds('/reference -A -f 7 -s rr && systemctl restart ipvsadm');
    assert.equal(table(), both);
    assert.equal(succeeds(`cat ${rulesFile}`), both);
  });

  it('restores an edited rule file on a restart, and does not overwrite it', async () => {
    const written = `# only that\n${web}`;
    write(rulesFile, written);
    const gaps = await watched(() => succeeds('systemctl restart ipvsadm'));
    assert.equal(gaps, 0);
    assert.equal(table(), web);
    assert.equal(succeeds(`cat ${rulesFile}`), written);
  });

  it('keeps the table if the rule file cannot be restored', () => {
    write(rulesFile, 'nonsense\n');
    assert.notEqual(system.run('systemctl restart ipvsadm').code, 0);
    assert.equal(table(), web);
    write(rulesFile, web);
    succeeds('systemctl restart ipvsadm');
  });

  it('clears the table when stopped, and saves it first if IPVS_SAVE_ON_STOP is set', () => {
    configure('IPVS_SAVE_ON_STOP="yes"\n');
    succeeds('/reference -A -f 7 -s rr && systemctl stop ipvsadm');
    assert.equal(table(), '');
    assert.equal(succeeds(`cat ${rulesFile}`), both);
    succeeds('systemctl start ipvsadm');
    assert.equal(table(), both);
    configure('IPVS_SAVE_ON_STOP="no"\n');
    succeeds('/reference -D -f 7; systemctl stop ipvsadm');
    assert.equal(table(), '');
    assert.equal(succeeds(`cat ${rulesFile}`), both);
    write(rulesFile, web);
  });

  it('keeps services that RESTORE_OPTIONS excludes, even when stopped', () => {
    configure('RESTORE_OPTIONS="--except fwmark:9 --max-removals=50%"\n');
    succeeds('/reference -A -f 9 && systemctl start ipvsadm');
    succeeds('systemctl stop ipvsadm');
    assert.equal(table(), '-A -f 9 -s wlc\n');
    succeeds('/reference -C');
    configure('');
  });

  it('starts without a rule file, and keeps the table', () => {
    succeeds(`rm ${rulesFile} && /reference -A -f 7 -s rr && systemctl start ipvsadm`);
    assert.equal(table(), mark);
    write(rulesFile, web);
    succeeds('systemctl reload ipvsadm');
    assert.equal(table(), web);
  });

  it('supports the actions status and save of initscripts', () => {
    const action = '/usr/libexec/initscripts/legacy-actions/ipvsadm';
    assert.match(succeeds(`${action}/status`), /TCP {2}192\.0\.2\.1:80 rr/);
    succeeds(`/reference -A -f 7 -s rr && ${action}/save`);
    assert.equal(succeeds(`cat ${rulesFile}`), both);
  });

  it('is upgraded without interrupting the service', async () => {
    const gaps = await watched(() => succeeds('rpm -U /repository/2.rpm'));
    assert.equal(gaps, 0);
    assert.match(succeeds('rpm -q ipvsadm-ts'), /-2\.x86_64$/m);
    assert.equal(table(), both);
    assert.deepEqual(state(), ['enabled', 'active']);
  });

  it('installs the fleet agent disabled', () => {
    assert.match(system.run('systemctl is-enabled ipvsadm-agent').output, /^disabled/);
    assert.equal(
      succeeds('systemctl show -P LoadState ipvsadm-agent ipvsadm-sync').trim(),
      'loaded\n\nloaded',
    );
  });

  it('keeps the table when removed', async () => {
    const gaps = await watched(() => succeeds('rpm -e ipvsadm-ts'));
    assert.equal(gaps, 0);
    assert.equal(table(), both);
    assert.equal(succeeds('ls /run | grep exchange || true'), '');
    assert.notEqual(state()[1], 'active');
  });

  it('is replaced by the other package without interrupting the service', async () => {
    succeeds('rpm -i /repository/2.rpm && systemctl enable --now ipvsadm');
    const gaps = await watched(() => dnf('swap ipvsadm-ts ipvsadm'));
    assert.equal(gaps, 0);
    assert.equal(table(), both);
    assert.deepEqual(state(), ['enabled', 'active']);
    assert.match(succeeds('systemctl cat ipvsadm'), /other package/);
  });
});
