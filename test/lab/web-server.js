// The web server of a machine of the lab: answers every request with the machine's name.
import { createServer } from 'node:http';

const [name, port] = process.argv.slice(2);
const server = createServer((_request, response) => {
  response.setHeader('Connection', 'close');
  response.end(`${name}\n`);
});
server.listen(Number(port), () => console.log('listening'));
