// Sends a number of connections to the sync daemon of this network namespace, in version 1 of its protocol
// (net/netfilter/ipvs/ip_vs_sync.c), and waits until at least 99 % have arrived.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const count = Number(process.argv[2]);
const perMessage = 38;
const socket = createSocket('udp4');
await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
socket.setMulticastInterface('127.0.0.1');

// Messages that overflow the daemon's buffer are lost; all are sent again then, most of which it knows already.
for (let passes = 1; ; passes++) {
  await sendAll();
  await sleep(1000);
  const arrived = readFileSync('/proc/net/ip_vs_conn', 'latin1').split('\n').length - 2;
  if (arrived >= 0.99 * count) break;
  if (passes === 5) throw new Error(`only ${arrived} of ${count} connections arrived`);
}
socket.close();

async function sendAll() {
  for (let first = 0; first < count; first += perMessage) {
    const message = messageOf(first, Math.min(perMessage, count - first));
    await new Promise((resolve) => socket.send(message, 8848, '224.0.0.81', resolve));
    if ((first / perMessage) % 16 === 0) await sleep(4);
  }
}

/** @param {number} first @param {number} number */
function messageOf(first, number) {
  const message = Buffer.alloc(8 + 36 * number);
  message.writeUInt8(7, 1);
  message.writeUInt16BE(message.length, 2);
  message.writeUInt8(number, 4);
  message.writeInt8(1, 5);
  for (let index = 0; index < number; index++) {
    const at = 8 + 36 * index;
    message.writeUInt8(6, at + 1);
    message.writeUInt16BE(36, at + 2);
    message.writeUInt32BE(0x103, at + 4);
    message.writeUInt16BE(1, at + 8);
    message.writeUInt16BE(1024 + ((first + index) % 60000), at + 10);
    message.writeUInt16BE(80, at + 12);
    message.writeUInt16BE(80, at + 14);
    message.writeUInt32BE(0, at + 16);
    message.writeUInt32BE(3600, at + 20);
    message.writeUInt32BE(0x0a000000 + (((first + index) / 60000) | 0) + 1, at + 24);
    message.writeUInt32BE(0xc0a80a78, at + 28);
    message.writeUInt32BE(0xc0a80a79, at + 32);
  }
  return message;
}
