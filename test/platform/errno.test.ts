import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import * as numbers from '../../src/platform/errno.ts';
import { errnoOf, SystemCallError } from '../../src/platform/errors.ts';

describe('error numbers', () => {
  it('match those of the system', () => {
    const { errnoName: _, ...written } = numbers;
    const system = Object.entries(constants.errno);
    assert.deepEqual(
      Object.entries(written).filter(([name]) => !system.some(([known]) => known === name)),
      [],
    );
    for (const [name, number] of system)
      if (name in written) assert.equal(Reflect.get(written, name), number, name);
  });

  it("have the names of the kernel's header, also where the C library has another", () => {
    const { errnoName, ...written } = numbers;
    for (const [name, number] of Object.entries(written)) assert.equal(errnoName(number), name);
    assert.equal(errnoName(4095), 'errno 4095');
  });
});

describe('errnoOf', () => {
  it('is positive for errors of Node and of the netlink socket', () => {
    assert.equal(errnoOf(new SystemCallError('sendto', numbers.EPERM)), numbers.EPERM);
    assert.throws(
      () => readFileSync('/missing'),
      (error) => errnoOf(error) === numbers.ENOENT,
    );
  });

  it('is undefined for anything else', () => {
    for (const other of [new Error('x'), undefined, null, 'ENOENT', { errno: 'ENOENT' }])
      assert.equal(errnoOf(other), undefined);
  });
});
