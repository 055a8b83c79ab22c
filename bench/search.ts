import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { askServer } from '../src/cli/server-client.ts';
import { engineClient } from '../src/engine/client.ts';
import { startEngine } from '../src/engine/engine.ts';
import { layout } from '../src/server/paths.ts';
import { FRESH_MS } from '../src/server/shared.ts';
import { migrate } from '../src/store/migrate.ts';
import { makeYear, RARE, type Year } from './generate-index.ts';
import { bytesBelow, cpuOf } from './serve-costs.ts';
import { prepare, workload } from './workloads.ts';

// Questions to a large index: `npx tsx bench/search.ts [--events 100000000] [--days 365] [--folder DIR] [--keep]`. The engine itself makes the
// events, with the views that fill the summaries; a server is then asked over its socket, as a terminal asks it. 100 million take about 6 GB
// and 700 s of CPU. Beside it the same questions to grep, mawk and lnav on a file of 5 million lines (`--lines`).

const TIMES = 7;
/** Longer than an answer is given again to who asks the same: what is measured is the engine. */
const APART_MS = FRESH_MS + 100;
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000000' },
    days: { type: 'string', default: '365' },
    lines: { type: 'string', default: '5000000' },
    folder: { type: 'string', default: join(import.meta.dirname, 'data', 'search') },
    keep: { type: 'boolean', default: false },
  },
});
const DAY_MS = 86_400_000;
const days = Number(values.days);
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const year: Year = { events: Number(values.events), days, startMs: today - days * DAY_MS };
const paths = layout(values.folder);
const say = (what: string, ...figures: readonly string[]) =>
  process.stdout.write(`${what.padEnd(44)} ${figures.map((figure) => figure.padStart(13)).join('')}\n`);
const day = (back: number) => new Date(today - back * DAY_MS).toISOString().slice(0, 10);

async function make(): Promise<void> {
  const engine = await startEngine({
    dataFolder: paths.index,
    socketPath: paths.engineSocket,
    log: (_, message) => process.stderr.write(`${message}\n`),
  });
  const client = engineClient({ socketPath: engine.socketPath });
  const form = { database: 'spoor', cluster: null };
  try {
    await migrate(client, form);
    const before = cpuOf(engine.pid);
    await makeYear(client, 'spoor.events', year, (nth) => {
      if (process.stderr.isTTY) process.stderr.write(`\rday ${nth + 1} of ${days} `);
    });
    say('making it, CPU s', (cpuOf(engine.pid) - before).toFixed(0));
  } finally {
    await client.close();
    await engine.stop();
  }
}

const asked = (path: string, params: Readonly<Record<string, string>>) =>
  `/api/v1/${path}?${new URLSearchParams(params)}`;
const span = `${days}d`;

/** What is asked, and the bar in milliseconds. */
const QUESTIONS: readonly (readonly [what: string, barMs: number | null, path: string])[] = [
  ['a word that occurs 10 times', 300, asked('search', { q: RARE.word })],
  ['a rare address', 300, asked('search', { q: RARE.address })],
  ['its attempts, hour by hour', 300, asked(`attackers/${RARE.address}`, { since: span, limit: '1000' })],
  ["a day's histogram", 500, asked('histogram', { since: day(1), until: day(1) })],
  [
    "a day's histogram of failed logins",
    null,
    asked('histogram', { q: 'action:ssh_login outcome:failure', since: day(1), until: day(1) }),
  ],
  ['top attackers of 30 days', 1500, asked('attackers', { since: '30d', limit: '20' })],
  ['top networks of 30 days', null, asked('attackers', { since: '30d', limit: '20', by: 'network' })],
  ["a person's last 100 sessions of a year", 300, asked('sessions', { person: RARE.person, since: span })],
  [
    "a person's last 1,000 sessions of a year",
    300,
    asked('sessions', { person: RARE.person, since: span, limit: '1000' }),
  ],
  ['what is new in 7 days', null, asked('new-access', { since: '7d' })],
  ['the newest 100 events', null, asked('search', { q: '' })],
  ['the newest 100 of a common word', null, asked('search', { q: 'failed' })],
  ['events a day, of all the time', null, asked('histogram', { since: span, step: '1d' })],
];

async function measure(enginePid: number): Promise<void> {
  say('', 'first ms', 'median ms', 'engine CPU ms', 'bar ms');
  for (const [what, barMs, path] of QUESTIONS) {
    const took: number[] = [];
    let cpu = 0;
    for (let nth = 0; nth < TIMES; nth += 1) {
      await pause(APART_MS);
      const [began, before] = [performance.now(), cpuOf(enginePid)];
      await askServer(paths, 'GET', path);
      took.push(performance.now() - began);
      if (nth > 0) cpu += cpuOf(enginePid) - before;
    }
    const [first = 0, ...warm] = took;
    const median = warm.sort((a, b) => a - b)[(warm.length - 1) >> 1] ?? 0;
    say(
      what,
      first.toFixed(0),
      median.toFixed(0),
      ((cpu * 1000) / (TIMES - 1)).toFixed(0),
      barMs === null ? '' : String(barMs),
    );
    if (barMs !== null && median > barMs) process.exitCode = 1;
  }
}

/** The same of a file, with what everybody has. */
function others(): void {
  const { path } = prepare(workload('auth', Number(values.lines)));
  const commands: readonly (readonly [string, string])[] = [
    ['grep: a word', `grep -c -F ${RARE.word} "$1" || true`],
    ['grep: an address', `grep -c -F ${RARE.address} "$1" || true`],
    ['grep, cut, uniq: lines of a day by hour', `grep '^Dec  9' "$1" | cut -c1-9 | uniq -c`],
    [
      'mawk, sort: top attackers',
      `mawk '/Failed password/ { for (i = NF; i > 1; i--) if ($i == "port") { n[$(i-1)]++; break } } END { for (a in n) print n[a], a }' "$1" | sort -rn | head -20`,
    ],
    ['grep: lines of sessions of a person', `grep -c -E 'for (user )?anna|TTY=.*anna' "$1" || true`],
    ['lnav: a word', `lnav -n -c ":filter-in ${RARE.word}" "$1"`],
    [
      'lnav: lines of a day by hour',
      `lnav -n -c ";SELECT strftime('%Y-%m-%d %H', log_time), count(*) FROM syslog_log WHERE log_time LIKE '%-12-09 %' GROUP BY 1" "$1"`,
    ],
  ];
  say(`on ${Number(values.lines).toLocaleString('en-US')} lines of a file`, 's');
  for (const [what, command] of commands) {
    const program = command.split(' ')[0] ?? '';
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
    } catch {
      say(what, 'not installed');
      continue;
    }
    const began = performance.now();
    execFileSync('sh', ['-c', command, 'sh', path], { stdio: ['ignore', 'pipe', 'ignore'] }); // into a pipe: grep stops at the first match when nobody reads
    say(what, ((performance.now() - began) / 1000).toFixed(2));
  }
}

process.env['SPOOR_PROGRAM'] ??= join(import.meta.dirname, '../bin/spoor');
const { ServerProcess } = await import('../test/e2e/serving/server-process.ts');
if (!existsSync(paths.index)) {
  mkdirSync(values.folder, { recursive: true });
  chmodSync(values.folder, 0o755);
  await make();
}
say('on the disk, bytes an event', (bytesBelow(paths.index) / year.events).toFixed(1));
const server = new ServerProcess(values.folder, [], { index: {} });
try {
  await server.start();
  await server.running();
  const pid = (await server.status()).parts.find(({ name }) => name === 'index')?.pid;
  await measure(pid ?? 0);
} finally {
  await server.killAll();
  if (!values.keep) rmSync(values.folder, { recursive: true, force: true });
}
others();
