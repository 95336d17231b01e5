// The program on a machine of a lesson, both server and client. Every line of its stdin is an order,
// {id, order, ...options}; it answers each with a line {id, result} or {id, error}. It ends when its stdin does.
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const name = process.argv[2];
const chunk = Buffer.alloc(1000, 'x');
/** Milliseconds that a client waits for a connection or an answer, by default. */
const defaultPatience = 3000;

const connections = new Map();
let lastConnection = 0;

/** TCP servers by port. */
const servers = new Map();

const orders = { serve, refuse, visit, again, close, download, progress, send };

const input = createInterface({ input: process.stdin });
input.on('close', () => process.exit());
input.on('line', async (line) => {
  const { id, order, ...options } = JSON.parse(line);
  const answer = await orders[order](options).then(
    (result) => ({ id, result }),
    (error) => ({ id, error: error.message }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});

// --- as a server

/** Listens on a port. */
function serve({ protocol, port, address }) {
  return protocol === 'udp' ? serveUdp(port, address) : serveTcp(port, address);
}

function serveTcp(port, host = '::') {
  const server = createServer((socket) => {
    const lines = createInterface({ input: socket });
    for (const emitter of [socket, lines]) emitter.on('error', () => {}); // a client may reset its connection
    lines.on('line', (line) => answerLine(socket, line));
  });
  return new Promise((resolve, reject) => {
    servers.set(port, server);
    server.on('error', reject).listen({ port, host }, () => resolve(null));
  });
}

/** Stops listening on a TCP port; open connections stay open. */
async function refuse({ port }) {
  servers.get(port)?.close();
  return null;
}

/** Answers a line of a client: `ask BYTES`, `drip CHUNKS MILLISECONDS`, or an HTTP request. */
async function answerLine(socket, line) {
  const [word, first, second] = line.split(' ');
  const facts = factsOf(socket.remoteAddress, socket.remotePort, socket.localAddress, socket.localPort);
  if (word === 'GET') socket.end(`HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n${name}\n`);
  if (word === 'ask') socket.write(Buffer.concat([Buffer.from(`${facts}\n`), Buffer.alloc(Number(first))]));
  if (word === 'drip') {
    socket.write(`${facts}\n`);
    for (let count = 0; count < Number(first) && !socket.destroyed; count++) {
      socket.write(chunk);
      await sleep(Number(second));
    }
    socket.end();
  }
}

function serveUdp(port, address) {
  const socket = createSocket(address?.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (_message, from) => {
    const local = socket.address();
    socket.send(factsOf(from.address, from.port, local.address, local.port), from.port, from.address);
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject).bind(port, address, () => resolve(null));
  });
}

function factsOf(client, clientPort, reached, reachedPort) {
  return JSON.stringify({
    server: name,
    client: plain(client),
    clientPort,
    reached: plain(reached),
    reachedPort,
  });
}

/** Returns an address without the prefix of an IPv4-mapped one. */
function plain(address) {
  return address.replace(/^::ffff:/, '');
}

// --- as a client

/** Visits a server over new connections, one after the other, each from the next address of `from`. */
async function visit({ address, port, times = 1, from = [], patience, ...manner }) {
  const visits = [];
  for (let time = 0; time < times; time++) {
    const where = { host: address, port, localAddress: from[time % from.length] };
    visits.push(await visitOnce(where, patience, manner));
  }
  return visits;
}

async function visitOnce(where, patience, { bytes = 0, hold = false, reset = false }) {
  let connection;
  try {
    connection = await Connection.open(where, patience);
    const answer = await connection.ask(bytes);
    if (!hold) await connection.close(reset);
    return answer;
  } catch (error) {
    connection?.abandon();
    return { error: error.message };
  }
}

/** Sends another request on open connections. */
function again({ open, bytes = 0 }) {
  return Promise.all(
    open.map((number) =>
      connections
        .get(number)
        .ask(bytes)
        .catch((error) => ({ error: error.message })),
    ),
  );
}

/** Closes open connections, or resets them. */
async function close({ open, reset = false }) {
  await Promise.all(open.map((number) => connections.get(number).close(reset)));
  return null;
}

/** Starts a download of chunks of 1000 bytes, one every `pause` milliseconds; resolves when the first one arrives. */
async function download({ address, port, chunks, pause }) {
  const connection = await Connection.open({ host: address, port });
  return connection.request(`drip ${chunks} ${pause}`, 1);
}

/** Returns the progress of a download. */
async function progress({ open }) {
  const { received, error, ended } = connections.get(open);
  return { bytes: received, ended, ...(error && { error: error.message }) };
}

class Connection {
  received = 0;
  ended = false;
  error = undefined;
  #socket;
  #patience;
  #head = '';
  #wanted = 0;
  #waiting;

  static open(where, patience = defaultPatience) {
    return new Promise((resolve, reject) => {
      const socket = connect(where);
      const tooLate = setTimeout(() => {
        socket.destroy();
        reject(new Error('no answer'));
      }, patience);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new Connection(socket, patience));
      });
      socket.once('close', () => clearTimeout(tooLate));
      socket.once('connect', () => clearTimeout(tooLate));
    });
  }

  constructor(socket, patience) {
    this.#socket = socket;
    this.#patience = patience;
    this.peer = plain(socket.remoteAddress);
    this.number = ++lastConnection;
    connections.set(this.number, this);
    socket.setNoDelay(true);
    socket.on('data', (data) => this.#receive(data));
    socket.on('end', () => {
      this.ended = true;
      this.#giveUp(hungUp());
    });
    socket.on('error', (error) => {
      this.error = error;
      this.#giveUp(error);
    });
  }

  ask(bytes) {
    return this.request(`ask ${bytes}`, bytes);
  }

  /** Sends a line; resolves to the facts at the start of the answer when `bytes` more have arrived. */
  request(line, bytes) {
    return new Promise((resolve, reject) => {
      if (this.error || this.ended) throw this.error ?? hungUp();
      this.#head = '';
      this.#wanted = bytes;
      this.received = 0;
      const tooLate = setTimeout(() => this.#giveUp(new Error('no answer')), this.#patience);
      this.#waiting = {
        resolve: (facts) => {
          clearTimeout(tooLate);
          resolve({ open: this.number, peer: this.peer, bytes: this.received, ...facts });
        },
        reject: (error) => {
          clearTimeout(tooLate);
          reject(error);
        },
      };
      this.#socket.write(`${line}\n`);
    });
  }

  close(reset) {
    connections.delete(this.number);
    if (this.#socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#socket.once('close', resolve);
      if (reset) this.#socket.resetAndDestroy();
      else this.#socket.end();
    });
  }

  abandon() {
    connections.delete(this.number);
    this.#socket.destroy();
  }

  #receive(data) {
    if (this.#head.endsWith('\n')) {
      this.received += data.length;
    } else {
      const text = data.toString('latin1');
      const end = text.indexOf('\n') + 1;
      this.#head += end === 0 ? text : text.slice(0, end);
      if (end > 0) this.received += data.length - end;
    }
    if (this.#head.endsWith('\n') && this.received >= this.#wanted) {
      this.#waiting?.resolve(JSON.parse(this.#head));
      this.#waiting = undefined;
    }
  }

  #giveUp(error) {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

function hungUp() {
  return new Error('the server hung up');
}

/** Sends datagrams, one after the other, all from one port or each from a new one. */
async function send({ address, port, times = 1, from = [], newPorts = false, wait = 1000 }) {
  const sockets = [];
  const answers = [];
  for (let time = 0; time < times; time++) {
    if (newPorts || sockets.length === 0)
      sockets.push(await openUdp(from[time % from.length], address.includes(':')));
    answers.push(await sendOnce(sockets.at(-1), address, port, wait));
  }
  for (const socket of sockets) socket.close();
  return answers;
}

function openUdp(from, isIpv6) {
  const socket = createSocket(isIpv6 ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    socket.bind(0, from, () => resolve(socket));
  });
}

function sendOnce(socket, address, port, wait) {
  return new Promise((resolve) => {
    const answered = (message, { address: peer }) => {
      clearTimeout(tooLate);
      resolve({ peer, bytes: 0, ...JSON.parse(message.toString()) });
    };
    const tooLate = setTimeout(() => {
      socket.removeListener('message', answered);
      resolve({ error: 'no answer' });
    }, wait);
    socket.once('message', answered);
    socket.send('who is there?', port, address);
  });
}
