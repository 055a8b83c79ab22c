import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

// A sender in a process of its own: `npx tsx bench/serve-sender.ts --file LOG --port N --rate LINES --seconds N [--relp] [--now]`. Lines of the file go
// round and round; each second one has a word that was never there before. Its last line of output is JSON: what was sent, since when, and when which word was.

const { values } = parseArgs({
  options: {
    file: { type: 'string', default: '' },
    port: { type: 'string', default: '0' },
    rate: { type: 'string', default: '40000' },
    seconds: { type: 'string', default: '10' },
    relp: { type: 'boolean', default: false },
    now: { type: 'boolean', default: false },
  },
});

const BATCH_MS = 10;
/** `Dec  9 12:00:00 `: with --now the present time stands there instead, as in lines that come as things happen. */
const STAMP = 16;
/** They go round after that; fewer would be packed better than a log's are. */
const LINES = 1_000_000;
const WINDOW = 4096;
const rate = Number(values.rate);
const lines = readFileSync(values.file, 'latin1')
  .split('\n', LINES)
  .filter((line) => line !== '')
  .map((line) => Buffer.from(values.now ? line.slice(STAMP) : `<38>${line}`, 'latin1'));
const frames =
  values.relp || values.now ? [] : lines.map((line) => Buffer.concat([Buffer.from(`${line.length} `), line]));
const marks: { word: string; atMs: number }[] = [];
const socket = connect({ port: Number(values.port), host: '127.0.0.1' });
let acknowledged = 0;
let sent = 0;
let txnr = 1;

if (values.relp) socket.write('1 open 30 relp_version=0\ncommands=syslog\n');
socket.on('data', (bytes) => {
  for (let at = bytes.indexOf(' rsp '); at >= 0; at = bytes.indexOf(' rsp ', at + 5)) acknowledged += 1;
});

function framed(line: Buffer): Buffer {
  txnr += 1;
  return Buffer.concat([Buffer.from(`${txnr} syslog ${line.length} `), line, Buffer.from('\n')]);
}

function batchOf(count: number): Buffer {
  const parts: Buffer[] = [];
  const stamp = `<38>${new Date().toISOString().slice(0, 19)}Z `;
  for (let i = 0; i < count; i += 1) {
    const nth = (sent + i) % lines.length;
    const line = lines[nth] as Buffer;
    if (values.now) parts.push(Buffer.from(`${stamp.length + line.length} ${stamp}`), line);
    else parts.push(values.relp ? framed(line) : (frames[nth] as Buffer));
  }
  sent += count;
  return Buffer.concat(parts);
}

function mark(): Buffer {
  const word = `benchmark-${marks.length}x${process.pid}`;
  const line = Buffer.from(
    `<38>${new Date().toISOString()} bench sshd[7]: Failed password for ${word} from 192.0.2.7 port 22 ssh2`,
  );
  marks.push({ word, atMs: Date.now() });
  sent += 1;
  return values.relp ? framed(line) : Buffer.concat([Buffer.from(`${line.length} `), line]);
}

const began = Date.now();
const all = rate * Number(values.seconds);
while (sent < all) {
  const due = Math.min(all, Math.floor(((Date.now() - began) / 1000) * rate)) - sent;
  const room = values.relp ? WINDOW - (txnr - 1 - Math.max(0, acknowledged - 1)) : due;
  const now = Math.min(due, room, rate / 10);
  if (now > 0 && !socket.write(batchOf(Math.ceil(now)))) await new Promise((done) => socket.once('drain', done));
  if (Date.now() - began > marks.length * 1000) socket.write(mark());
  await pause(now > 0 && now < due ? 0 : BATCH_MS);
}
const seconds = (Date.now() - began) / 1000;
await new Promise<void>((done) => socket.end(() => done()));
const { user, system } = process.cpuUsage();
process.stdout.write(
  `${JSON.stringify({ sent, beganMs: began, seconds, cpuSeconds: (user + system) / 1e6, marks })}\n`,
);
process.exit(0);
