import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { NETLINK_GENERIC } from '../../src/netlink/constants.ts';

/** Sends a datagram to a generic netlink port from another process; requires root. */
export function sendFromElsewhere(bytes: Uint8Array, port: number): void {
  const words = ['-e', sender, String(port), Buffer.from(bytes).toString('hex')];
  const { status, stderr } = spawnSync('node', words, { cwd: import.meta.dirname, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

const sender = `
  const { RawNetlinkSocket } = require('netlink/dist/raw.js');
  const socket = new RawNetlinkSocket(${NETLINK_GENERIC});
  const [port, bytes] = process.argv.slice(1);
  socket.send(Buffer.from(bytes, 'hex'), { port: Number(port) }, (error) => {
    socket.close();
    if (error) throw error;
  });
`;
