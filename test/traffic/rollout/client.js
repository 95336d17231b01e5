// Puts load on a web server: a steady stream of requests, each over a new connection, besides long downloads. Arguments:
// address, port, seconds, requests per second, maximum of concurrent requests, downloads. Prints an empty line when the
// downloads have begun, and a report as JSON at the end.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [address, ...numbers] = process.argv.slice(2);
const [port, seconds, rate, most, downloads] = numbers.map(Number);
/** Milliseconds without data after which a connection counts as broken. */
const patience = 10_000;
/** Milliseconds between two chunks of a download. */
const pause = 500;

const failures = {};
const durations = [];
let sent = 0;
let running = 0;

const broken = {};
let complete = 0;
let begun = 0;

const longDownloads = Array.from({ length: downloads }, (_, index) =>
  sleep(index * 10)
    .then(() => fetch(`/long/${(seconds * 1000) / pause}/${pause}`, () => begun++))
    .then(
      () => complete++,
      (error) => count(broken, error.message),
    ),
);
for (let waited = 0; begun < downloads && waited < patience; waited += 100) await sleep(100);
console.log();

const start = performance.now();
const requests = [];
for (let tick = 0; performance.now() < start + seconds * 1000; tick++) {
  if (running < most) requests.push(request());
  await sleep(Math.max(0, start + (tick + 1) * (1000 / rate) - performance.now()));
}
await Promise.all([...requests, ...longDownloads]);
durations.sort((a, b) => a - b);
const slow = durations.filter((duration) => duration >= 1000).length;
console.log(
  JSON.stringify({ sent, failures, slow, slowest: Math.round(durations.at(-1) ?? 0), complete, broken }),
);
process.exit();

async function request() {
  sent++;
  running++;
  const begin = performance.now();
  await fetch('/').catch((error) => count(failures, error.message));
  durations.push(performance.now() - begin);
  running--;
}

function count(counts, what) {
  counts[what] = (counts[what] ?? 0) + 1;
}

/** Fetches a page over a new connection; rejects unless all of it arrives. */
function fetch(path, begins = () => {}) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address);
    let head = '';
    let body = 0;
    socket.setTimeout(patience, () => socket.destroy(new Error('no data for 10 seconds')));
    socket.on('error', (error) => reject(new Error(error.code ?? error.message)));
    socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: ${address}\r\n\r\n`));
    socket.on('data', (data) => {
      if (head.includes('\r\n\r\n')) {
        body += data.length;
        return;
      }
      head += data.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      body = head.length - end - 4;
      begins();
    });
    socket.on('end', () => {
      const wanted = /^Content-Length: (\d+)/m.exec(head)?.[1];
      if (body === Number(wanted)) resolve();
      else reject(new Error('incomplete answer'));
    });
  });
}
