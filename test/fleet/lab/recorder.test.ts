import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf } from './recorder.ts';
import { type Rules, readTable, type Table, tableOf, wordOf } from './table.ts';

const rules = (weights: Readonly<Record<number, number>>): Rules => [{ port: 80, scheduler: 'wlc', weights }];
const before = tableOf(rules({ 0: 1 }));
const later = tableOf(rules({ 1: 1 }));
const both = tableOf(rules({ 0: 1, 1: 1 }));
const named = new Set([wordOf(before), wordOf(later)]);
const empty: Table = new Map();

describe('the faults in a series of tables', () => {
  it('are none if a server is added before another one is removed', () => {
    assert.deepEqual(faultsOf([before, both, later], named), []);
  });

  it('are services without a server, services without an active server, and empty tables', () => {
    for (const gap of [tableOf(rules({})), tableOf(rules({ 0: 0 })), empty])
      assert.match(faultsOf([before, gap, later], named).join(), /has no server that takes connections/);
  });

  it('are final tables of no revision', () => {
    assert.match(faultsOf([before, both], named).join(), /at rest with a table that no revision names/);
  });

  it('are found in tables as the kernel prints them', () => {
    const shown = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0000201:0050 wlc
  -> 0A090065:0050      Masq    1      0          12
`;
    assert.equal(wordOf(readTable(shown)), wordOf(before));
  });
});
