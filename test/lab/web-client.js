// Fetches one page with a connection of its own and prints its body.
import { get } from 'node:http';

const request = get(process.argv[2], { agent: false, timeout: 5000 }, (response) => {
  response.pipe(process.stdout);
});
request.on('timeout', () => request.destroy(new Error('no answer within 5 seconds')));
request.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
