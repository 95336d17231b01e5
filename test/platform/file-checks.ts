import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platform } from '#platform';
import { Ipvs } from '../../src/ipvs/client.ts';
import { address, destinationSettings, serviceSettings, tcp } from '../ipvs/values.ts';
import { type Checks, hasRing, printOutcomes } from './checks.ts';

/** Checks of files, to be run in every runtime that has a build. */
export const checks: Checks = {
  'of any length are read completely, with buffers of any size'() {
    const folder = mkdtempSync(join(tmpdir(), 'ipvsadm-files-'));
    const path = join(folder, 'file');
    for (const length of [0, 1, 4095, 4096, 4097, 100_000, 1_000_000]) {
      writeFileSync(
        path,
        Uint8Array.from({ length }, (_, index) => index % 251),
      );
      for (const room of [1000, 4096, 10_000, 128 * 1024]) {
        assert.deepEqual(readAll(path, room), readFileSync(path), `${length} bytes by ${room}`);
      }
    }
    rmSync(folder, { recursive: true });
  },

  async 'in /proc are read completely'() {
    const ipvs = await Ipvs.open();
    await fill(ipvs);
    const text = readFileSync('/proc/net/ip_vs', 'latin1');
    assert.equal(text.split('\n').filter((line) => line.startsWith('  -> 0')).length, servers);
    for (const room of [5000, 128 * 1024]) {
      assert.equal(readAll('/proc/net/ip_vs', room).toString('latin1'), text);
    }
    await ipvs.flush();
    ipvs.close();
  },

  'report why they cannot be opened, read or written'() {
    assert.throws(() => platform.openFile('/none'), { code: 'ENOENT' });
    const folder = platform.openFile('/proc');
    assert.throws(() => folder.read(new Uint8Array(10), 0), { code: 'EISDIR' });
    folder.close();
    const full = openSync('/dev/full', 'w');
    assert.throws(() => platform.writeSome(full, Buffer.from('text')), { code: 'ENOSPC' });
    closeSync(full);
    assert.throws(() => platform.writeSome(9999, Buffer.from('text')), { code: 'EBADF' });
  },

  'are written as far as a pipe has room'() {
    const fifo = join(mkdtempSync(join(tmpdir(), 'ipvsadm-files-')), 'fifo');
    assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
    const pipe = openSync(fifo, 'r+');
    const [O_WRONLY, O_NONBLOCK] = [1, 0o4000];
    const end = openSync(fifo, O_WRONLY | O_NONBLOCK);
    assert.equal(platform.writeSome(end, Buffer.from('text')), 4);
    const rest = platform.writeSome(end, new Uint8Array(1_000_000));
    assert.ok(rest > 0 && rest < 1_000_000, `${rest} bytes`);
    assert.throws(() => platform.writeSome(end, Buffer.from('text')), { code: 'EAGAIN' });
    closeSync(pipe);
    assert.throws(() => platform.writeSome(end, Buffer.from('text')), { code: 'EPIPE' });
    closeSync(end);
    rmSync(join(fifo, '..'), { recursive: true });
  },
};

/** Reads a whole file in blocks of `room` bytes, at an offset in the array; asserts that bytes before it are unchanged. */
function readAll(path: string, room: number): Buffer {
  const before = 7;
  const file = platform.openFile(path);
  const block = new Uint8Array(before + room).fill(0xff, 0, before);
  const parts: Buffer[] = [];
  for (;;) {
    const length = file.read(block, before);
    if (length === 0) break;
    parts.push(Buffer.from(block.slice(before, before + length)));
  }
  file.close();
  assert.ok(block.subarray(0, before).every((byte) => byte === 0xff));
  return Buffer.concat(parts);
}

/** Number of servers, whose listing takes hundreds of pages. */
const servers = 10_000;

async function fill(ipvs: Ipvs): Promise<void> {
  await ipvs.flush();
  const service = tcp('10.1.0.1', 80);
  const batch = await ipvs.prepare();
  batch.add({ request: 'addService', service, settings: serviceSettings });
  for (let server = 0; server < servers; server++) {
    const destination = { address: address(`10.2.${server >> 8}.${server & 255}`), port: 80 };
    batch.add({ request: 'addDestination', service, destination, settings: destinationSettings });
  }
  assert.ok((await batch.carryOut()).every((outcome) => outcome === undefined));
}

if (process.argv[1] === import.meta.filename) await printOutcomes(checks, hasRing);
