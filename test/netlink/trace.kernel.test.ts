import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { kernelSuite } from '../lab/kernel-suite.ts';
import { binFolderOf, builds, wantedBuild } from '../lab/project.ts';

kernelSuite(import.meta.url, 'IPVSADM_TRACE', () => {
  for (const build of wantedBuild ? [wantedBuild] : builds)
    describe(`in the ${build} build`, () => defineFor(build));
});

function defineFor(build: (typeof builds)[number]): void {
  const program = join(binFolderOf(build), 'ipvsadm');
  const run = (words: readonly string[], input = '', trace = 'netlink') => {
    const env = { ...process.env, IPVSADM_TRACE: trace };
    return spawnSync(program, words, { env, input, encoding: 'utf8' });
  };
  /** Runs a shell script, traced; `$1` is the program. */
  const shell = (script: string) =>
    spawnSync('sh', ['-c', script, 'sh', program], {
      env: { ...process.env, IPVSADM_TRACE: 'netlink' },
      encoding: 'utf8',
    });
  after(() => void run(['-C'], '', ''));

  it('shows the messages of a change', () => {
    run(['-C'], '', '');
    const { stderr, status } = run(['-A', '-t', '192.0.2.1:80', '-s', 'rr']);
    assert.equal(status, 0);
    assert.match(stderr, /^netlink > seq 1 nlctrl CTRL_CMD_GETFAMILY NLM_F_REQUEST\n/);
    assert.match(stderr, /^netlink {9}IPVS_SVC_ATTR_ADDR 192\.0\.2\.1$/m);
    assert.match(stderr, /^netlink {9}IPVS_SVC_ATTR_SCHED_NAME "rr"$/m);
    assert.match(stderr, /^netlink < seq 2 NLMSG_ERROR 0 \(acknowledged\)/m);
    assert.ok(stderr.split('\n').every((line) => line === '' || line.startsWith('netlink ')));
  });

  it('shows a refusal in addition to the error message of the command', () => {
    const { stderr, status } = run(['-A', '-t', '192.0.2.1:80']);
    assert.notEqual(status, 0);
    assert.match(stderr, /^netlink < seq 2 NLMSG_ERROR EEXIST for IPVS IPVS_CMD_NEW_SERVICE$/m);
    assert.match(stderr, /^Service already exists$/m);
  });

  it('shows every request of a batch', () => {
    const servers = Array.from({ length: 40 }, (_, index) => `-a -t 192.0.2.1:80 -r 10.0.0.${index}:80\n`);
    const { stderr, status } = run(['-R'], servers.join(''));
    assert.equal(status, 0);
    assert.equal(stderr.match(/> seq \d+ IPVS IPVS_CMD_NEW_DEST /g)?.length, 40);
    assert.match(stderr, /IPVS_DEST_ATTR_ADDR 10\.0\.0\.39$/m);
  });

  it('shows dumps, and leaves the output of the listing unchanged', () => {
    run(['-A', '-t', '[2001:db8::1]:80'], '', '');
    const { stderr, stdout } = run(['-Ln', '--stats']);
    assert.equal(stdout, run(['-Ln', '--stats'], '', '').stdout);
    assert.match(stderr, /> seq \d+ IPVS IPVS_CMD_GET_SERVICE NLM_F_REQUEST\|NLM_F_DUMP$/m);
    assert.match(stderr, /IPVS_SVC_ATTR_ADDR 2001:db8::1$/m);
    assert.match(stderr, /IPVS_STATS_ATTR_CONNS \d+$/m);
    assert.match(stderr, /< seq \d+ NLMSG_DONE/);
  });

  it('shows the route lookups of --doctor', () => {
    const { stderr } = run(['--doctor']);
    assert.match(stderr, /> seq \d+ RTM_GETLINK NLM_F_REQUEST\|NLM_F_DUMP$/m);
    assert.match(
      stderr,
      /> seq \d+ RTM_GETROUTE NLM_F_REQUEST\n(netlink .*\n)*?netlink {5}RTA_DST 192\.0\.2\.1$/m,
    );
    assert.match(stderr, /IFLA_IFNAME "lo"$/m);
  });

  it('does not break commands if standard error is closed, full, or a broken pipe', () => {
    const wanted = run(['-Ln'], '', '').stdout;
    for (const script of ['"$1" -Ln 2>&-', '"$1" -Ln 2>/dev/full']) {
      const { stdout, status } = shell(script);
      assert.deepEqual([stdout, status], [wanted, 0], script);
    }
    const { stdout, status } = shell('{ "$1" -Ln 2>&1 >&3 | true; } 3>&1; "$1" -D -t 192.0.2.1:80 2>&-');
    assert.deepEqual([stdout, status], [wanted, 0]);
    assert.doesNotMatch(run(['-Ln'], '', '').stdout, /192\.0\.2\.1/);
  });

  it('accepts only "netlink", and says so in the error message', () => {
    const { stderr, status } = run(['-Ln'], '', 'all');
    assert.match(stderr, /IPVSADM_TRACE is "all", but only "netlink" can be traced\n$/);
    assert.equal(status, 1);
  });

  it('traces nothing if it is empty', () => assert.equal(run(['-Ln'], '', '').stderr, ''));
}
