import { get } from 'node:http';

// The container's health: what /healthz says, asked through the socket in the data folder, which is there whatever address, port and
// certificate the page has. Exit code 0: it serves, and the ledger is as it was sealed.

const socketPath = `${process.env.SPOOR_DATA ?? '/var/lib/spoor'}/run/api.sock`;
const end = (words, code) => {
  process.stdout.write(`${words}\n`);
  process.exit(code);
};
const asked = get({ socketPath, path: '/healthz', timeout: 8000 }, (response) => {
  let body = '';
  response.on('data', (piece) => {
    body += piece;
  });
  response.on('end', () => end(body.slice(0, 1000), response.statusCode === 200 ? 0 : 1));
});
asked.on('timeout', () => asked.destroy(new Error('it does not answer')));
asked.on('error', ({ message }) => end(message, 1));
