import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestCopies } from '../../../src/ipvs/bulk/request-copies.ts';

describe('RequestCopies', () => {
  it('returns the template and the rule line of each copy', () => {
    const copies = new RequestCopies([]);
    const count = 10_000;
    for (let index = 0; index < count; index++) copies.add(index % 7, index + 3, 1, 2, 3, 4);
    assert.equal(copies.count, count);
    for (let index = 0; index < count; index++)
      assert.deepEqual(copies.at(index), { template: index % 7, line: index + 3 });
  });
});
