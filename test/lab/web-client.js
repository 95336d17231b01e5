// Fetches one page over a new connection and prints its body. Arguments: its URL, and optionally a local address.
import { get } from 'node:http';

const [, , url, localAddress] = process.argv;
const request = get(url, { agent: false, timeout: 5000, localAddress }, (response) => {
  response.pipe(process.stdout);
});
request.on('timeout', () => request.destroy(new Error('no answer within 5 seconds')));
request.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
