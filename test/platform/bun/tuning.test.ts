import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Architecture } from '../../../packaging/architecture.ts';
import { runtimeOf } from '../../../packaging/compile.ts';

const module = new URL('../../../src/platform/bun/tuning.ts', import.meta.url).href;

describe("the compiler of the executable's runtime", () => {
  it('is configured once, when bulk work begins, and not before', () => {
    const runtime = runtimeOf(process.arch as Architecture);
    assert.ok(existsSync(runtime), 'npm run build:executable fetches it');
    const script = `
      const jsc = process.getBuiltinModule('bun:jsc');
      const { unsafe } = await import('bun');
      const calls = [];
      process.getBuiltinModule = () => ({ noFTL: (code) => calls.push(code.name) });
      unsafe.setJITPolicy = (scale) => calls.push(scale);
      const { tuneForBulk, beginBulk } = await import(${JSON.stringify(module)});
      const counts = [];
      const count = () => counts.push(calls.length);
      tuneForBulk(function early() {}); count();
      beginBulk(); count();
      beginBulk(); count();
      tuneForBulk(function late() {}); count();
      console.log(JSON.stringify({ counts, calls }));`;
    const { counts, calls } = JSON.parse(execFileSync(runtime, ['-e', script], { encoding: 'utf8' }));
    assert.equal(counts[0], 0);
    assert.equal(calls[0], 3);
    assert.ok(calls.includes('early') && calls.includes('receive'), calls.join());
    assert.equal(counts[2], counts[1]);
    assert.deepEqual(calls.slice(counts[2]), ['late']);
  });
});
