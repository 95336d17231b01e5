// Looks at the tables of network namespaces again and again, as a thread of its own, and keeps every state that it sees.
// It reads what the kernel shows in /proc, and nothing of ours. Started with the numbers of processes in the namespaces.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { pids, pause } = workerData;
const last = pids.map(() => undefined);
let seen = [];
let looks = 0;

parentPort.on('message', () => {
  look();
  parentPort.postMessage({ seen, looks });
  seen = [];
  looks = 0;
});
setInterval(look, pause);

function look() {
  looks++;
  for (const [index, pid] of pids.entries()) {
    // Numbers of connections do not count.
    const text = readFileSync(`/proc/${pid}/net/ip_vs`, 'latin1').replace(/^( +-> \S+ +\S+ +\d+).*$/gm, '$1');
    if (text === last[index]) continue;
    last[index] = text;
    seen.push({ index, text });
  }
}
