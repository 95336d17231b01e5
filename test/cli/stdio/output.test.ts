import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { platform } from '#platform';
import { FileOutput, type Output } from '../../../src/cli/stdio/output.ts';

function fail(error: unknown): never {
  throw error;
}

describe('FileOutput', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ipvsadm-output-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Returns the contents of a file after `work` has written to it. */
  function written(work: (output: Output) => void): Buffer {
    const file = join(folder, 'file');
    const descriptor = openSync(file, 'w');
    try {
      const output = new FileOutput(descriptor, fail);
      work(output);
      output.flush();
    } finally {
      closeSync(descriptor);
    }
    return readFileSync(file);
  }

  it('writes text and bytes in order, regardless of when it is flushed', () => {
    const size = fc.oneof(fc.nat(40), fc.integer({ min: 65_000, max: 66_000 }), fc.constant(200_000));
    const part = fc.tuple(fc.constantFrom('text', 'bytes', 'flush'), size);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const expected: Buffer[] = [];
        const found = written((output) => {
          for (const [index, [kind, length]] of parts.entries()) {
            if (kind === 'flush') {
              output.flush();
              continue;
            }
            const text = String.fromCharCode(97 + index).repeat(length);
            const bytes = Buffer.from(text);
            expected.push(Buffer.from(bytes));
            output.write(kind === 'text' ? text : bytes);
            // The caller may reuse the array.
            if (kind === 'bytes') bytes.fill(0);
          }
        });
        assert.ok(found.equals(Buffer.concat(expected)));
      }),
    );
  });

  it('writes non-ASCII text as UTF-8', () => {
    assert.equal(String(written((output) => output.write('naïve → ✓\n'))), 'naïve → ✓\n');
  });

  it('continues after a partial write', (test) => {
    const parts: string[] = [];
    const { mock } = test.mock.method(platform, 'writeSome', (_: number, bytes: Uint8Array) => {
      parts.push(String(Buffer.from(bytes.subarray(0, 3))));
      return Math.min(3, bytes.length);
    });
    const output = new FileOutput(1, fail);
    output.write('a few lines\n');
    output.flush();
    output.flush();
    assert.deepEqual(parts, ['a f', 'ew ', 'lin', 'es\n']);
    assert.equal(mock.callCount(), 4);
  });

  it('waits while a non-blocking pipe is full', (test) => {
    const full = Object.assign(new Error('write EAGAIN'), { code: 'EAGAIN' });
    const { mock } = test.mock.method(platform, 'writeSome', (_: number, bytes: Uint8Array) => {
      if (mock.callCount() < 2) throw full;
      return bytes.length;
    });
    const output = new FileOutput(1, fail);
    output.write('line\n');
    output.flush();
    assert.equal(mock.callCount(), 3);
  });

  it('does not retry a failed write', (test) => {
    const { mock } = test.mock.method(platform, 'writeSome', () => {
      throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    });
    const output = new FileOutput(1, fail);
    output.write('line\n');
    assert.throws(() => output.flush(), /EPIPE/);
    output.flush();
    assert.equal(mock.callCount(), 1);
  });
});
