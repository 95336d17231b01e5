import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type MarkSetter, possibleMarks } from '../../src/doctor/marks.ts';
import { FileReader } from '../../src/doctor/observe/files.ts';
import { readFirewall } from '../../src/doctor/observe/firewall.ts';
import { parseIptables } from '../../src/doctor/observe/iptables.ts';
import { parseNftables } from '../../src/doctor/observe/nftables.ts';

/** Returns the marks that these statements can set, sorted; `unknown` if that cannot be determined. */
function marksOf(setters: readonly MarkSetter[] | undefined): readonly number[] | 'unknown' {
  const marks = setters && possibleMarks({ setters, isComplete: true }, 'inet');
  return marks ? [...marks].sort((a, b) => a - b) : 'unknown';
}

/** Returns the marks that these iptables rules can set. */
function saved(...rules: readonly string[]) {
  return marksOf(
    parseIptables(['*mangle', ':PREROUTING ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n'), 'inet'),
  );
}

/** Returns a listing of nftables with each of these statements in its own rule. */
function ruleset(statements: readonly unknown[], others: readonly object[] = [], family = 'ip') {
  const place = { family, table: 'lvs', chain: 'pre' };
  const chain = { family, table: 'lvs', name: 'pre', type: 'filter', hook: 'prerouting', prio: -150 };
  const rules = statements.map((statement) => ({ rule: { ...place, expr: [{ counter: null }, statement] } }));
  const nftables = [{ metainfo: { version: '1.0.6' } }, { chain }, ...others, ...rules];
  return JSON.stringify({ nftables });
}

const meta = { meta: { key: 'mark' } };
const ct = { ct: { key: 'mark' } };
const set = (value: unknown) => ({ mangle: { key: meta, value } });
const setConnection = (value: unknown) => ({ mangle: { key: ct, value } });

function listed(...statements: readonly unknown[]) {
  return marksOf(parseNftables(ruleset(statements))?.setters);
}

describe('the firewall marks that iptables rules can set', () => {
  it('include those of the target MARK, with all its options', () => {
    assert.deepEqual(saved(), [0]);
    assert.deepEqual(
      saved('-A PREROUTING -d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x7/0xffffffff'),
      [0, 7],
    );
    assert.deepEqual(saved('-A PREROUTING -j MARK --set-mark 7'), [0, 7]);
    assert.deepEqual(saved('-A PREROUTING -j MARK --set-xmark 0x4294967295/0xffffffff'), 'unknown');
    assert.deepEqual(saved('-A PREROUTING -j MARK --set-xmark 0xffffffff/0xffffffff'), [0, 0xffffffff]);
    assert.deepEqual(
      saved('-A X -j MARK --or-mark 0x4000', '-A X -j MARK --set-mark 7'),
      [0, 7, 0x4000, 0x4007],
    );
    assert.deepEqual(saved('-A X -j MARK --set-mark 0x107', '-A X -j MARK --and-mark 0xff'), [0, 7, 0x107]);
    assert.deepEqual(saved('-A X -j MARK --set-mark 6', '-A X -j MARK --xor-mark 1'), [0, 1, 6, 7]);
    assert.deepEqual(
      saved('-A X -j MARK --set-mark 0x10/0xf0', '-A X -j MARK --set-xmark 0x3/0xf'),
      [0, 3, 0x10, 0x13],
    );
  });

  it('include connection marks that are set and restored, and are unknown if none is set', () => {
    const save = '-A X -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff';
    const restore = '-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff';
    const mark = '-A X -j MARK --set-mark 0x107';
    assert.deepEqual(saved(mark, save, restore), [0, 7, 0x100, 0x107]);
    assert.deepEqual(saved('-A X -j CONNMARK --set-xmark 0x9/0xffffffff', restore), [0, 9]);
    assert.deepEqual(saved('-A X -j CONNMARK --set-xmark 0x9/0xffffffff'), [0]);
    assert.deepEqual(
      saved('-A X -j CONNMARK --set-mark 9', '-A X -j CONNMARK --restore-mark --mask 0x8'),
      [0, 8],
    );
    // Nothing in the rules sets marks of connections, so another program must do that.
    assert.equal(saved(restore), 'unknown');
  });

  it('exclude packet marks set after IPVS, but include connection marks set there', () => {
    assert.deepEqual(saved('-A POSTROUTING -j MARK --set-mark 7'), [0]);
    assert.deepEqual(
      saved('-A POSTROUTING -j CONNMARK --set-mark 7', '-A PREROUTING -j CONNMARK --restore-mark'),
      [0, 7],
    );
  });

  it('are unknown if they cannot be derived from a target', () => {
    for (const target of [
      'HMARK --hmark-tuple src --hmark-mod 4 --hmark-rnd 0x1',
      'NFQUEUE --queue-num 0',
      'SET --map-set marks src --map-mark',
      'MARK --left-shift-mark 2',
      'CONNMARK --left-shift-mark 2',
    ])
      assert.equal(saved(`-A PREROUTING -j ${target}`), 'unknown', target);
    assert.deepEqual(saved('-A PREROUTING -j SET --add-set seen src'), [0]);
    assert.deepEqual(
      saved('-A X -p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1'),
      [0, 1],
    );
    assert.equal(parseIptables("# Table `mangle' is incompatible, use 'nft' tool.\n", 'inet'), undefined);
  });
});

describe('the firewall marks that nftables rules can set', () => {
  it('include numbers, and results of operations on marks', () => {
    assert.deepEqual(listed(), [0]);
    assert.deepEqual(listed(set(7)), [0, 7]);
    assert.deepEqual(listed(set({ '|': [{ '&': [meta, 511] }, 256] })), [0, 256]);
    assert.deepEqual(listed(set(6), set({ '^': [meta, 1] })), [0, 1, 6, 7]);
    assert.deepEqual(listed(set({ '|': [1, 2, 4] })), [0, 7]);
  });

  it('include connection marks that are set and restored, and are unknown if none is set', () => {
    assert.deepEqual(listed(set(7), setConnection(meta), set({ '&': [ct, 3] })), [0, 3, 7]);
    assert.deepEqual(listed(setConnection(9)), [0]);
    assert.equal(listed(set(ct)), 'unknown');
  });

  it('include the values of maps and generators', () => {
    const key = { payload: { protocol: 'tcp', field: 'dport' } };
    const elem = [
      [80, 5],
      [{ elem: { val: 443, comment: 'web' } }, 6],
    ];
    assert.deepEqual(listed(set({ map: { key, data: { set: elem } } })), [0, 5, 6]);
    const map = { family: 'ip', table: 'lvs', name: 'ports', type: 'inet_service', map: 'mark' };
    const named = set({ map: { key, data: '@ports' } });
    const withMap = (more: object) =>
      marksOf(parseNftables(ruleset([named], [{ map: { ...map, ...more } }]))?.setters);
    assert.deepEqual(withMap({ elem }), [0, 5, 6]);
    assert.deepEqual(withMap({ elem, flags: ['interval'] }), [0, 5, 6]);
    for (const flag of ['timeout', 'dynamic']) assert.equal(withMap({ elem, flags: [flag] }), 'unknown');
    assert.equal(withMap({}), 'unknown');
    assert.equal(withMap({ elem, table: 'other' }), 'unknown');
    assert.deepEqual(listed(set({ numgen: { mode: 'inc', mod: 3, offset: 100 } })), [0, 100, 101, 102]);
    assert.deepEqual(listed(set({ jhash: { mod: 2, offset: 200, expr: key } })), [0, 200, 201]);
    assert.equal(listed(set({ jhash: { mod: 1e9, expr: key } })), 'unknown');
  });

  it('are unknown if they cannot be derived from a statement', () => {
    assert.equal(listed(set({ '<<': [meta, 3] })), 'unknown');
    assert.equal(listed(set('a name of /etc/iproute2/rt_marks')), 'unknown');
    assert.equal(listed({ queue: { num: 1 } }), 'unknown');
    assert.equal(listed('meta mark set something new'), 'unknown');
    assert.deepEqual(listed('update @dyn { ip saddr : 0x00000033 }'), [0]);
    for (const text of ['', '[]', '{"nftables": 3}', 'Error: no'])
      assert.equal(parseNftables(text), undefined);
  });

  it('include only those of tables that see packets of the family before IPVS does', () => {
    const inFamily = (family: string) => {
      const setters = parseNftables(ruleset([set(7)], [], family))?.setters ?? [];
      const of = (one: 'inet' | 'inet6') => possibleMarks({ setters, isComplete: true }, one)?.has(7);
      return [of('inet'), of('inet6')];
    };
    assert.deepEqual(inFamily('ip'), [true, false]);
    assert.deepEqual(inFamily('ip6'), [false, true]);
    for (const family of ['inet', 'bridge', 'netdev']) assert.deepEqual(inFamily(family), [true, true]);
    assert.deepEqual(inFamily('arp'), [false, false]);
    const late = ruleset([set(7)]).replace('"hook":"prerouting"', '"hook":"postrouting"');
    assert.deepEqual(marksOf(parseNftables(late)?.setters), [0]);
  });

  it('require iptables if a rule uses its extensions', () => {
    for (const statement of [
      { xt: { type: 'target', name: 'MARK' } },
      { xt: null },
      null,
      'xt target "MARK"',
    ])
      assert.deepEqual([...(parseNftables(ruleset([statement]))?.foreign ?? [])], ['ip']);
    assert.equal(parseNftables(ruleset([set(7)]))?.foreign.size, 0);
  });

  it('are unknown if there are too many combinations', () => {
    const bits = Array.from({ length: 20 }, (_, bit) => set({ '|': [meta, 2 ** bit] }));
    assert.equal(listed(...bits), 'unknown');
  });
});

describe('readFirewall', () => {
  let root: string;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const program = (name: string, script: string) => {
    write(`sbin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, 'sbin', name), 0o755);
  };
  const prints = (name: string, text: string) => {
    write(`${name}.txt`, text);
    program(name, `cat ${root}/${name}.txt; echo "$0 $*" >>${root}/started`);
  };
  const readMarks = async (loaded: readonly string[], timeout = 5000) => {
    const files = new FileReader();
    const places = { folders: [`${root}/sbin`], proc: `${root}/proc`, modules: `${root}/modules`, timeout };
    const { marking } = await readFirewall({ loaded: new Set(loaded), inUse: new Set() }, files, places);
    const marksFor = (family: 'inet' | 'inet6') => {
      const marks = possibleMarks(marking, family);
      return marks ? [...marks] : 'unknown';
    };
    return { inet: marksFor('inet'), inet6: marksFor('inet6'), unreadable: files.unreadable };
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ipvsadm-marks-'));
    write('proc/sys/kernel/osrelease', '6.12.1\n');
    write('modules/6.12.1/modules.builtin', 'kernel/fs/ext4/ext4.ko\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('starts no program if the kernel has no tables', async () => {
    program('nft', `echo started >${root}/started; exit 1`);
    for (const name of ['iptables-save', 'ip6tables-save']) program(name, 'exit 1');
    assert.deepEqual(await readMarks([]), { inet: [0], inet6: [0], unreadable: [] });
  });

  it('runs nft, and does not require iptables', async () => {
    prints('nft', ruleset([set(7)]));
    assert.deepEqual(await readMarks(['nf_tables']), { inet: [0, 7], inet6: [0], unreadable: [] });
    write('modules/6.12.1/modules.builtin', 'kernel/net/netfilter/nf_tables.ko\n');
    assert.deepEqual((await readMarks([])).inet, [0, 7]);
  });

  it('finds rules that change source addresses, too', async () => {
    const files = new FileReader();
    const places = {
      folders: [`${root}/sbin`],
      proc: `${root}/proc`,
      modules: `${root}/modules`,
      timeout: 5000,
    };
    const modules = { loaded: new Set(['nf_tables']), inUse: new Set<string>() };
    const read = async () => (await readFirewall(modules, files, places)).sourceNat;
    assert.deepEqual(await read(), { rules: [], isComplete: false });
    prints('nft', ruleset([{ masquerade: null }, { xt: null }]));
    prints('iptables-nft-save', '-A POSTROUTING -o lan -j MASQUERADE\n');
    const { rules, isComplete } = await read();
    assert.equal(isComplete, true);
    assert.deepEqual(
      rules.map(({ conditions }) => conditions.map(({ about }) => about)),
      [[], ['out']],
    );
  });

  it('runs iptables-save for rules that nft cannot list', async () => {
    prints('nft', ruleset([{ xt: null }]));
    assert.equal((await readMarks(['nf_tables'])).inet, 'unknown');
    prints('iptables-save', '-A PREROUTING -j MARK --set-mark 0x8\n');
    assert.deepEqual((await readMarks(['nf_tables'])).inet, [0, 8]);
    prints('iptables-nft-save', '-A PREROUTING -j MARK --set-mark 0x9\n');
    assert.deepEqual((await readMarks(['nf_tables'])).inet, [0, 9]);
  });

  it('runs iptables-save for legacy tables', async () => {
    write('proc/net/ip_tables_names', 'mangle\n');
    write('proc/net/ip6_tables_names', 'mangle\n');
    const { inet, unreadable } = await readMarks([]);
    assert.equal(inet, 'unknown');
    assert.deepEqual(unreadable, [
      'rules listed by iptables-legacy-save or iptables-save (not installed)',
      'rules listed by ip6tables-legacy-save or ip6tables-save (not installed)',
    ]);
    prints('iptables-legacy-save', '-A PREROUTING -j MARK --set-mark 0x8\n');
    prints('ip6tables-save', '-A PREROUTING -j MARK --set-mark 0x9\n');
    assert.deepEqual(await readMarks([]), { inet: [0, 8], inet6: [0, 9], unreadable: [] });
  });

  it('returns unknown marks if a program is missing, fails, hangs or prints something else', async () => {
    assert.deepEqual(await readMarks(['nf_tables']), {
      inet: 'unknown',
      inet6: 'unknown',
      unreadable: ['rules listed by nft (not installed)'],
    });
    program('nft', 'exit 3');
    const failed = await readMarks(['nf_tables']);
    assert.equal(failed.inet, 'unknown');
    assert.deepEqual(failed.unreadable, [`rules listed by ${root}/sbin/nft (exit status 3)`]);
    program('nft', 'exec sleep 20');
    const late = await readMarks(['nf_tables'], 200);
    assert.equal(late.inet, 'unknown');
    assert.deepEqual(late.unreadable, [`rules listed by ${root}/sbin/nft (no answer within 0.2 s)`]);
    prints('nft', 'Segmentation fault\n');
    const other = await readMarks(['nf_tables']);
    assert.equal(other.inet, 'unknown');
    const reason = 'some or all of its output has an unknown form';
    assert.deepEqual(other.unreadable, [`rules listed by ${root}/sbin/nft (${reason})`]);
  });

  it('reports rules that neither nft nor iptables lists', async () => {
    const rules = JSON.parse(ruleset([{ xt: null }]).replaceAll('"family":"ip"', '"family":"bridge"'));
    prints('nft', JSON.stringify(rules));
    const { inet, unreadable } = await readMarks(['nf_tables']);
    assert.equal(inet, 'unknown');
    assert.deepEqual(unreadable, ['rules of xtables in bridge tables (nft does not print them)']);
    write('proc/net/ip_tables_names', 'mangle\n');
    prints('iptables-save', "# Table `mangle' is incompatible, use 'nft' tool.\n");
    assert.match((await readMarks([])).unreadable.join(), /iptables-save \(some or all of its output/);
  });

  it('returns unknown marks if another module may set them, or built-in modules are unknown', async () => {
    for (const name of ['act_bpf', 'act_connmark', 'act_ctinfo', 'act_skbedit', 'cls_bpf', 'ebt_mark'])
      assert.equal((await readMarks([name])).inet, 'unknown', name);
    rmSync(join(root, 'modules'), { recursive: true });
    assert.equal((await readMarks([])).inet, 'unknown');
  });
});
