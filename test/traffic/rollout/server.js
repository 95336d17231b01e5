// The web server of a machine under load: answers `GET /` at once, and `GET /long/CHUNKS/MILLISECONDS` with that many
// chunks of 4000 bytes, one after every pause. Written on bare sockets, as the lab's machines share one slow processor.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [name, port] = process.argv.slice(2);
const chunk = Buffer.alloc(4000, 'x');
const head = (length) => `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;

createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => {}); // a client may reset its connection
  socket.once('data', (request) => answer(socket, request.toString('latin1').split(' ')[1]));
}).listen(Number(port), () => console.log('listening'));

async function answer(socket, path) {
  const [, kind, chunks, pause] = path.split('/');
  if (kind !== 'long') {
    socket.end(`${head(name.length)}${name}`);
    return;
  }
  socket.write(head(chunks * chunk.length));
  for (let count = 0; count < chunks && !socket.destroyed; count++) {
    socket.write(chunk);
    await sleep(Number(pause));
  }
  socket.end();
}
