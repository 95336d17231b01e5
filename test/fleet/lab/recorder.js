// A worker thread that polls the IPVS tables of network namespaces and keeps every state that it sees. It reads the kernel's
// /proc files directly, with no code of ours. `workerData` has the ID of a process in each namespace, and the poll interval.
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
    // Connection counts are ignored.
    const text = readFileSync(`/proc/${pid}/net/ip_vs`, 'latin1').replace(/^( +-> \S+ +\S+ +\d+).*$/gm, '$1');
    if (text === last[index]) continue;
    last[index] = text;
    seen.push({ index, text });
  }
}
