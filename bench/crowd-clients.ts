import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

// Many clients in a process of their own: `npx tsx bench/crowd-clients.ts --socket PATH --file LOG --clients N --think MS --seconds N`. Half of
// them follow what comes in, the others ask one cheap question after the other, with a pause as a person makes it: each of another address, person or
// word of the log. All come in one moment, as after a restart of the server. The output is JSON: how long each answer took, and each beginning of a tail.

const { values } = parseArgs({
  options: {
    socket: { type: 'string', default: '' },
    file: { type: 'string', default: '' },
    clients: { type: 'string', default: '200' },
    think: { type: 'string', default: '3000' },
    seconds: { type: 'string', default: '60' },
  },
});
const [clients, thinkMs] = [Number(values.clients), Number(values.think)];
const end = Date.now() + Number(values.seconds) * 1000;

const log = readFileSync(values.file, 'latin1');
const oneOf = (pattern: RegExp) => {
  const all = [...new Set(Array.from(log.matchAll(pattern), ([, found]) => found as string))];
  return () => all[Math.floor(Math.random() * all.length)] as string;
};
const anAddress = oneOf(/ from (\d+\.\d+\.\d+\.\d+) port /g);
const aPerson = oneOf(/Accepted \w+ for (\w+) /g);
let asked = 0;

const QUESTIONS: readonly (readonly [what: string, path: () => string])[] = [
  ['a rare word', () => `/api/v1/search?q=benchmark-${asked}x&since=1h`],
  ['an address', () => `/api/v1/search?q=source.ip:${anAddress()}&limit=20`],
  ['good logins of an hour', () => '/api/v1/search?q=action:ssh_login+outcome:success&since=1h&limit=20'],
  ['the newest 100', () => '/api/v1/search'],
  ['who is in', () => '/api/v1/who?since=1h'],
  ['sessions of a person', () => `/api/v1/sessions?person=${aPerson()}&since=24h&limit=20`],
  ['attackers of a day', () => '/api/v1/attackers?since=24h&limit=20'],
  ['sources', () => '/api/v1/sources'],
];
const FOLLOWED = ['', 'action:ssh_login outcome:success', 'host.name:bench', 'sudo'];

const took: Record<string, number[]> = Object.fromEntries(QUESTIONS.map(([what]) => [what, []]));
const refused: Record<string, number> = {};
const tails = { begun: 0, events: 0, missed: 0, ended: 0 };
const beginnings: number[] = [];

function get(path: string): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    request({ socketPath: values.socket, path }, done).once('error', failed).end();
  });
}

async function ask(nth: number): Promise<void> {
  await pause((nth * thinkMs) / clients); // not all in the same moment
  for (let turn = nth; Date.now() < end; turn += 1) {
    const [what, path] = QUESTIONS[turn % QUESTIONS.length] as (typeof QUESTIONS)[number];
    const began = performance.now();
    asked += 1;
    const answer = await get(path());
    for await (const _ of answer);
    const said = `${what}: ${answer.statusCode}`;
    if (answer.statusCode === 200) took[what]?.push(performance.now() - began);
    else refused[said] = (refused[said] ?? 0) + 1;
    await pause(thinkMs * (0.5 + Math.random()));
  }
}

async function follow(nth: number): Promise<void> {
  await pause(nth * 5);
  const asking = performance.now();
  const answer = await get(`/api/v1/tail?q=${encodeURIComponent(FOLLOWED[nth % FOLLOWED.length] as string)}`);
  if (answer.statusCode !== 200) throw new Error(`a tail was answered by ${answer.statusCode}`);
  tails.begun += 1;
  const over = setTimeout(() => answer.destroy(), Math.max(0, end - Date.now()));
  answer.setEncoding('utf8');
  let isBegun = false;
  try {
    for await (const text of answer as AsyncIterable<string>) {
      if (!isBegun) beginnings.push(performance.now() - asking);
      isBegun = true;
      tails.events += text.split('event: event\n').length - 1;
      tails.missed += text.split('event: missed\n').length - 1;
    }
  } catch {} // destroyed, by us
  if (Date.now() < end - 100) tails.ended += 1;
  clearTimeout(over);
}

await Promise.all(Array.from({ length: clients }, (_, nth) => (nth % 2 === 0 ? follow(nth) : ask(nth >> 1))));
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ took, refused, tails, beginnings, cpuSeconds: (user + system) / 1e6 })}\n`);
process.exit(0);
