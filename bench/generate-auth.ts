import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { guessOften, guessOnce, knock } from './auth-attacks.ts';
import { breakIn, logIn, mumble, runCron, switchUser } from './auth-daily.ts';
import type { Account } from './auth-people.ts';
import { AuthWorld } from './auth-world.ts';
import { LineFile } from './line-file.ts';
import { addresses, Random, Zipf } from './random.ts';
import { Timetable } from './timetable.ts';

/** What to make. Everything but `lines` and `path` has a default. */
export interface AuthLog {
  readonly path: string;
  readonly lines: number;
  readonly seed?: number;
  /** RFC 3339 stamps as rsyslog writes them today, instead of RFC 3164's. */
  readonly iso?: boolean;
  readonly hosts?: number;
}

/** What is in a generated file, counted as its lines were written. `failures` counts repeated ones as often as they happened. */
export interface AuthTruth {
  readonly lines: number;
  readonly failedLines: number;
  readonly failures: number;
  readonly logins: number;
  readonly sudo: number;
  readonly addresses: number;
  readonly breach: { readonly ip: string; readonly at: string } | null;
}

const FAILED_SHARE = 0.26;
const LOGINS_PER_MILLION = 500;
const ADDRESSES_PER_MILLION = 50_000;
const WEEKS = 5;
const SPAN_SECONDS = WEEKS * 7 * 86_400;
const CRON_EVERY = 300; // seconds
const START_MS = Date.UTC(2024, 11, 2); // 5 weeks from here cross the new year, which RFC 3164 stamps do not name
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Who attacks, and when the next connection of a visit is due. */
class Attackers {
  readonly #book: readonly string[];
  readonly #zipf: Zipf;
  readonly #visits = new Timetable<number>(10); // 17 minutes
  readonly #world: AuthWorld;
  #met = 0;

  constructor(world: AuthWorld, count: number) {
    this.#world = world;
    this.#book = addresses(world.random, count);
    this.#zipf = new Zipf(world.random, count);
  }

  /** How many addresses have come so far: rank 0 and on are met in steady order, so that each one comes at least once. */
  get met(): number {
    return this.#met;
  }

  address(rank: number): string {
    return this.#book[Math.min(rank, this.#book.length - 1)] as string;
  }

  /** Begins a visit, by one who was never here while fewer than `met` have been, else by Zipf. */
  visit(met: number): void {
    const { random } = this.#world;
    if (this.#met < Math.min(met, this.#book.length)) {
      this.#met += 1;
      this.#connect(this.#book.length - this.#met);
      return;
    }
    const rank = this.#zipf.next();
    const connections = random.chance(0.5) ? 1 : random.between(2, 9);
    for (let nth = 0, at = 0; nth < connections; nth += 1, at += random.between(2, 15)) this.#visits.add(at, rank);
  }

  /** Makes the connections due in the second `now`. */
  tick(now: number): void {
    for (const rank of this.#visits.at(now)) this.#connect(rank);
    this.#visits.clear();
  }

  // Steers towards the share of failures: the more are lacking, the likelier a visitor who guesses often.
  #connect(rank: number): void {
    const world = this.#world;
    const lacking = FAILED_SHARE - world.failed / Math.max(1, world.said);
    if (world.random.chance(0.2 + 200 * lacking)) guessOften(world, this.address(rank));
    else if (world.random.chance(0.6)) guessOnce(world, this.address(rank));
    else knock(world, this.address(rank));
  }
}

/** The stamp of RFC 3164 §4.1.2. */
function stamp3164(ms: number): string {
  const at = new Date(ms);
  return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)} `;
}

/** Writes lines with their stamps, and counts what they are. */
class Writer {
  readonly file: LineFile;
  failedLines = 0;
  failures = 0;
  logins = 0;
  sudo = 0;
  readonly #iso: boolean;
  readonly #random: Random;

  constructor(log: AuthLog, random: Random) {
    this.file = new LineFile(log.path);
    this.#iso = log.iso ?? false;
    this.#random = random;
  }

  writeSecond(waiting: readonly string[], ms: number, most: number): void {
    const stamp = this.#iso ? new Date(ms).toISOString().slice(0, 19) : stamp3164(ms);
    const step = Math.floor(1_000_000 / (waiting.length + 1));
    let micros = this.#iso ? this.#random.between(0, step - 1) : 0;
    for (const line of waiting) {
      if (this.file.lines >= most) return;
      this.#count(line.charCodeAt(0));
      const fraction = this.#iso ? `.${String(micros).padStart(6, '0')}+00:00 ` : '';
      this.file.write(stamp + fraction + line.slice(1));
      micros += step;
    }
  }

  #count(tally: number): void {
    if (tally === 0x20) return;
    if (tally === 0x41) this.logins += 1;
    else if (tally === 0x53) this.sudo += 1;
    else {
      this.failedLines += 1;
      this.failures += tally === 0x46 ? 1 : tally - 0x30;
    }
  }
}

/** How much of the log has been said by the second `at` of `span`: busier by day, and in some hours busier than in others. */
function progress(at: number, span: number): number {
  const day = Math.sin((2 * Math.PI * at) / 86_400);
  const gusts = Math.sin((2 * Math.PI * at) / 10_007) + Math.sin((2 * Math.PI * at) / 3_301);
  return Math.min(1, Math.max(0, (at - 8_000 * day - 400 * gusts) / span + 0.0005));
}

/**
 * Writes an auth log of exactly `lines` lines, modelled on what internet-facing hosts write: 26 % of the lines are failed
 * passwords, 50,000 addresses and 500 logins come with a million lines, and two thirds in there is one break-in. It covers
 * five weeks (fewer below a million lines). The same arguments give the same bytes.
 */
export function generateAuth(log: AuthLog): AuthTruth {
  mkdirSync(dirname(log.path), { recursive: true });
  const random = new Random(log.seed ?? 1);
  const world = new AuthWorld(random, log.hosts ?? 1);
  const scale = Math.min(1, log.lines / 1_000_000);
  const span = Math.ceil(SPAN_SECONDS * scale);
  const attackers = new Attackers(world, Math.max(10, Math.round(ADDRESSES_PER_MILLION * scale)));
  const writer = new Writer(log, random);
  let breach: AuthTruth['breach'] = null;
  let now = 0;
  for (; writer.file.lines < log.lines; now += 1) {
    const waiting = world.due.at(now);
    attackers.tick(now);
    if (now % CRON_EVERY === 0) for (const host of world.hosts) runCron(world, host);
    const share = progress(now, span);
    if (breach === null && share > 2 / 3) {
      breach = { ip: attackers.address(37), at: new Date(START_MS + (now + 15) * 1000).toISOString() };
      breakIn(world, breach.ip);
    }
    fill(world, attackers, share, Math.ceil(share * log.lines));
    writer.writeSecond(waiting, START_MS + now * 1000, log.lines);
    world.due.clear();
  }
  writer.file.close(START_MS + now * 1000);
  const { failedLines, failures, logins, sudo } = writer;
  return { lines: writer.file.lines, failedLines, failures, logins, sudo, addresses: attackers.met, breach };
}

/** Lets things begin until `wanted` lines are said. */
function fill(world: AuthWorld, attackers: Attackers, share: number, wanted: number): void {
  const { random } = world;
  const atLeast = Math.max(wanted, share >= 1 ? world.said + 4 : 0); // after the end: on, until the last line is out
  while (world.said < atLeast) {
    if (world.logins < (atLeast * LOGINS_PER_MILLION) / 1_000_000) logIn(world, random.pick(world.accounts) as Account);
    else if (random.chance(0.03)) mumble(world);
    else if (random.chance(0.0008)) switchUser(world);
    else attackers.visit(Math.ceil(share * ADDRESSES_PER_MILLION));
  }
}

/** `tsx bench/generate-auth.ts --lines 1000000 --out FILE [--seed 1] [--hosts 1] [--iso]`; the truth goes to FILE.truth.json. */
function main(): void {
  const { values } = parseArgs({
    options: {
      lines: { type: 'string', default: '1000000' },
      out: { type: 'string', default: 'bench/data/auth.log' },
      seed: { type: 'string', default: '1' },
      hosts: { type: 'string', default: '1' },
      iso: { type: 'boolean', default: false },
    },
  });
  const { out: path, iso } = values;
  const numbers = { lines: Number(values.lines), seed: Number(values.seed), hosts: Number(values.hosts) };
  const truth = generateAuth({ path, iso, ...numbers });
  writeFileSync(`${path}.truth.json`, `${JSON.stringify(truth, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(truth)}\n`);
}

if (process.argv[1] === import.meta.filename) main();
