import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import * as numbers from '../../src/platform/errno.ts';

describe('error numbers', () => {
  it('match those of the system', () => {
    const { errnoName, ...written } = numbers;
    const system = Object.entries(constants.errno);
    assert.deepEqual(
      Object.entries(written).filter(([name]) => !system.some(([known]) => known === name)),
      [],
    );
    for (const [name, number] of system)
      if (name in written) assert.equal(Reflect.get(written, name), number, name);
    assert.equal(errnoName(numbers.EEXIST), 'EEXIST');
  });
});
