import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counted } from '../../src/rules/counted.ts';

describe('counted', () => {
  it('puts the noun into singular or plural', () => {
    assert.equal(counted(1, 'server'), '1 server');
    assert.equal(counted(0, 'server'), '0 servers');
    assert.equal(counted(2, 'virtual address'), '2 virtual addresses');
  });
});
