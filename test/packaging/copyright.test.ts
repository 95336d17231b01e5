import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectFolder } from '../lab/project.ts';

describe('the copyright file of the Debian package', () => {
  it('names the licence of every npm package in the executable', () => {
    const copyright = readFileSync(join(projectFolder, 'packaging/licences/copyright'), 'utf8');
    const lock = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8'));
    const packages = Object.entries<{ dev?: boolean }>(lock.packages)
      .filter(([path, { dev }]) => path && !dev)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    // The executable does not contain the addon, nor the packages for building that.
    const others = ['netlink', 'node-addon-api', 'node-gyp-build', '@types/node'];
    const words = copyright.split(/\s+/);
    const missing = packages.filter((path) => !others.includes(path) && !words.includes(path));
    assert.ok(packages.includes('chalk'));
    assert.deepEqual(missing, []);
  });
});
