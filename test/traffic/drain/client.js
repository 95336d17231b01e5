// Clients of many services at once: some keep a connection open and use it again and again, and new ones come all the time, each
// from an address that is new to the service. Arguments: the services as JSON, {name, protocol, address, port, onePacket}, and the
// number of held connections per service. Every line of standard input is an order, answered by a line of JSON:
//   hold       opens the held connections; returns the servers that answered, by service
//   rounds     returns the number of rounds of new clients of all services
//   report     returns counts since the last report, by service: new clients, uses of held connections, and failures
//   release    closes the held connections; returns null
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const services = JSON.parse(process.argv[2]);
const staying = Number(process.argv[3]);
/** Milliseconds to wait for an answer; a lost packet is retransmitted after one second. */
const patience = 8000;
/** Milliseconds between two uses of a held connection. */
const pause = 700;

let report = newReport();
let held = [];
/** Number of rounds of new clients of all services. */
let rounds = 0;
const addresses = new Map();

function newReport() {
  return { fresh: {}, uses: {}, failed: {} };
}

function count(counts, { name }, what = 1) {
  if (typeof what === 'number') counts[name] = (counts[name] ?? 0) + what;
  else counts[`${name}: ${what}`] = (counts[`${name}: ${what}`] ?? 0) + 1;
}

/** Returns an address for a new client of a service. */
function newAddress({ name }) {
  const number = (addresses.get(name) ?? 0) + 1;
  addresses.set(name, number);
  // All addresses in 198.18.0.0/15 are the client's.
  return `198.18.${number >> 8}.${number & 255}`;
}

/** Opens a TCP connection or a connected UDP socket; resolves when it is ready. */
function open(service) {
  const { protocol, address, port } = service;
  const client = newAddress(service);
  return new Promise((resolve, reject) => {
    if (protocol === 'udp') {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.bind(0, client, () =>
        socket.connect(port, address, () =>
          resolve({
            socket,
            event: 'message',
            send: () => socket.send('who is there?'),
            close: () => socket.close(),
          }),
        ),
      );
    } else {
      const socket = connect({ host: address, port, localAddress: client });
      socket.once('error', reject);
      socket.once('connect', () =>
        resolve({
          socket,
          event: 'data',
          send: () => socket.write('ask 0\n'),
          close: () => socket.resetAndDestroy(),
        }),
      );
    }
  });
}

/** Asks for the server's name. */
function ask({ socket, event, send }) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      for (const [name, listener] of listeners) socket.removeListener(name, listener);
      settle(value);
    };
    const listeners = [
      [event, (data) => end(resolve, /"server":"(.*?)"/.exec(String(data))?.[1])],
      ['error', (error) => end(reject, error)],
      ['end', () => end(reject, new Error('the server closed the connection'))],
    ];
    for (const [name, listener] of listeners) socket.on(name, listener);
    const timer = setTimeout(() => end(reject, new Error('no answer')), patience);
    send();
  });
}

const reasonOf = (error) => error.code ?? error.message;

/** Visits a service as a new client, which connects, asks, and closes. */
async function visit(service) {
  const now = report;
  count(now.fresh, service);
  try {
    const visitor = await open(service);
    await ask(visitor);
    visitor.close();
  } catch (error) {
    count(now.failed, service, `a new client: ${reasonOf(error)}`);
  }
}

/** Uses a held connection until it is released or fails. */
async function stay(one) {
  while (held.includes(one)) {
    const now = report;
    count(now.uses, one.service);
    try {
      const server = await ask(one.visitor);
      if (server !== one.server && !one.service.onePacket)
        throw new Error(`moved from ${one.server} to ${server}`);
    } catch (error) {
      count(now.failed, one.service, `an open connection: ${reasonOf(error)}`);
      return;
    }
    await sleep(pause);
  }
  one.visitor.close();
}

const orders = {
  hold: async () => {
    report = newReport();
    const servers = {};
    for (const service of services) {
      servers[service.name] = [];
      for (let number = 0; number < staying; number++) {
        const visitor = await open(service);
        const server = await ask(visitor);
        servers[service.name].push(server);
        held.push({ service, visitor, server });
      }
    }
    for (const one of held) stay(one);
    return servers;
  },
  rounds: async () => rounds,
  report: async () => {
    const latest = report;
    report = newReport();
    // Requests that have begun count in this report; all of them are over after this pause.
    await sleep(patience + 500);
    return latest;
  },
  release: async () => {
    held = [];
    await sleep(pause + 500);
    return null;
  },
};

/** Visits all services in turn with new clients, some at a time. */
async function visitAll() {
  for (;;) {
    for (const service of services) await Promise.race([visit(service), sleep(20)]);
    rounds++;
  }
}

visitAll();
const input = createInterface({ input: process.stdin });
input.on('close', () => process.exit());
for await (const line of input) console.log(JSON.stringify(await orders[line]()));
