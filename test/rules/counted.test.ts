import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counted } from '../../src/rules/counted.ts';

describe('counted', () => {
  it('uses the singular or the plural of the noun', () => {
    assert.equal(counted(1, 'server'), '1 server');
    assert.equal(counted(0, 'server'), '0 servers');
    assert.equal(counted(2, 'virtual address'), '2 virtual addresses');
  });
});
