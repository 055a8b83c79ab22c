import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { localZone, Zone } from '../../core/zone.ts';
import type { Refusal } from '../../evidence/index.ts';
import { investigate as run } from '../../investigate/run.ts';
import { csvTables } from '../../report/csv.ts';
import { toJson } from '../../report/json.ts';
import { nftables } from '../../report/nftables.ts';
import { ProgressLine } from '../../report/progress.ts';
import { attackerDetail, hostDetail, overview, sessionDetail, timeline } from '../../report/terminal.ts';
import type { Story } from '../../trace/story.ts';
import { writeTables } from '../tables.ts';
import type { CliCommand } from './index.ts';

/** Exit code of `--fail-on` when the verdict is that bad. */
const FAILED_ON = 10;
const TOP_IN_DOCUMENTS = 1000;
const OWN_LOGS = '/var/log';
const SAMPLE = fileURLToPath(new URL('../../../sample/incident', import.meta.url));
/** When the sample was taken: its stamps have no year, and a checkout keeps no file times. */
const SAMPLE_TAKEN = '2026-11-21T12:00:00Z';
const MIN_COLUMNS = 40;
const MAX_COLUMNS = 200;

interface Options {
  readonly tz: readonly string[];
  readonly host?: string;
  readonly since?: string;
  readonly until?: string;
  readonly now?: string;
  readonly top?: number;
  readonly keep: readonly string[];
  readonly geoip: readonly string[];
  readonly json?: true;
  readonly csv?: string;
  readonly blocklist?: string;
  readonly attacker?: string;
  readonly session?: string;
  readonly timeline?: true;
  readonly failOn?: string;
  readonly columns?: number;
  readonly threads?: number;
}

/** `spoor investigate`: files in, a verdict out. */
export default {
  name: 'investigate',
  register(program: Command, exit: (code: number) => void) {
    program
      .command('investigate')
      .description('read logs and say who got in, how, what they did, and what is missing')
      .argument(
        '[path...]',
        'files, folders, archives (tar, zip, gz, xz, zst, bz2), or - for standard input (default: /var/log)',
      )
      .option('--json', 'print the whole story as one JSON document')
      .option('--csv <folder>', 'write it as CSV tables into this folder')
      .option('--blocklist <form>', 'print the networks to block, to paste: nft')
      .option('--attacker <address>', 'tell all of one attacker')
      .option('--session <id>', 'tell all of one session')
      .option('--timeline', 'tell everything in the order of time')
      .option('--top <n>', 'how many attackers to list (0: all)', wholeNumber)
      .option('--since <instant>', 'leave out what is before (RFC 3339, or 7d, 12h, 30m before now)')
      .option('--until <instant>', 'leave out what is after')
      .option(
        '--tz <zone>',
        'zone of time stamps that name none (default: this machine’s); HOST=ZONE for one host (repeatable)',
        collect,
        [],
      )
      .option(
        '--host <name>',
        'tell all of one host; it is also the host of lines that neither they nor their folder name',
      )
      .option('--now <instant>', 'the instant that no time stamp without a year lies after (default: each file’s time)')
      .option('--keep <address>', 'never block this address or network (repeatable)', collect, [])
      .option('--geoip <file>', 'your own MMDB file for places and networks (repeatable)', collect, [])
      .option('--fail-on <verdict>', 'exit with 10 when the verdict is this bad: attacked or breached')
      .option('--columns <n>', 'width of the screen', wholeNumber)
      .option('--threads <n>', 'reading threads (default: one for each core; 0: none beside the main one)', wholeNumber)
      .action(async (paths: string[], options: Options) => exit(await investigate(paths, options)));
  },
} satisfies CliCommand;

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new AppError('E_USAGE', `"${text.slice(0, 80)}" is not a whole number`);
  return Number(text);
}

/** Without a path: this machine's logs; where they tell nothing, the sample incident, so that there is something to see. */
async function investigate(paths: readonly string[], options: Options): Promise<number> {
  check(options);
  const signal = interruptible();
  if (paths.length > 0) {
    const refusals: Refusal[] = [];
    const story = await read(paths, options, signal, (refusal) => refusals.push(refusal));
    if (!signal.aborted && story.inputs.every(({ refused, lines }) => refused !== null && lines === 0)) deny(refusals);
    return tellAll(story, options);
  }
  const own = await read([OWN_LOGS], options, signal);
  if (own.verdict !== 'cannot_tell' || signal.aborted) return tellAll(own, options);
  process.stderr.write(
    `spoor: ${OWN_LOGS} holds no login, session, command or web request. This is the sample incident:\n`,
  );
  return tellAll(
    await read([SAMPLE], { ...options, now: SAMPLE_TAKEN, tz: options.tz.length > 0 ? options.tz : ['UTC'] }, signal),
    options,
  );
}

/** When nothing at all could be read: why. Logs that hold nothing are a verdict, a slip is an error. */
function deny([first]: readonly Refusal[]): void {
  if (!first?.code) return;
  const { path, code, reason } = first;
  const advice = code === 'E_UNREADABLE' && /permi/.test(reason) ? ': try as root' : '';
  throw new AppError(code, `nothing to read: "${path.slice(0, 80)}": ${reason}${advice}`);
}

async function tellAll(story: Story, options: Options): Promise<number> {
  process.stdout.write(await tell(story, options));
  if (story.partial) process.stdin.destroy(); // a pipe that stays open must not keep us
  return failed(story, options.failOn) ? FAILED_ON : 0;
}

/** Ctrl-C ends the reading, and what is known so far is told; a second one ends the program. */
function interruptible(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  return abort.signal;
}

async function read(
  paths: readonly string[],
  options: Options,
  signal: AbortSignal,
  onRefusal: (refusal: Refusal) => void = () => {},
): Promise<Story> {
  const { zone, hostZones } = zonesOf(options.tz);
  const presentMs = Date.now();
  const endMs = options.now === undefined ? null : instant('--now', options.now, presentMs);
  const progress = new ProgressLine(process.stderr, () => performance.now());
  try {
    return await run(paths, {
      zone,
      hostZones,
      host: options.host ?? '',
      sinceMs:
        options.since === undefined ? Number.NEGATIVE_INFINITY : instant('--since', options.since, endMs ?? presentMs),
      untilMs:
        options.until === undefined ? Number.POSITIVE_INFINITY : instant('--until', options.until, endMs ?? presentMs),
      top: options.top === undefined ? TOP_IN_DOCUMENTS : options.top || Number.POSITIVE_INFINITY,
      keep: options.keep,
      geoip: options.geoip,
      endMs,
      presentMs,
      signal,
      onProgress: (seen) => progress.update(seen),
      onRefusal,
      clock: () => performance.now(),
      workers: options.threads,
    });
  } finally {
    progress.end();
  }
}

/** "Europe/Berlin" is the zone of all, "web1=Asia/Seoul" that of one host. Throws E_USAGE for a zone that is none. */
function zonesOf(given: readonly string[]): { zone: string; hostZones: Record<string, string> } {
  let zone = localZone().name;
  const hostZones: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const name = new Zone(text.slice(at + 1)).name;
    if (at === -1) zone = name;
    else hostZones[text.slice(0, at)] = name;
  }
  return { zone, hostZones };
}

function check({ failOn, blocklist }: Options): void {
  if (failOn !== undefined && failOn !== 'attacked' && failOn !== 'breached')
    throw new AppError('E_USAGE', `--fail-on "${failOn.slice(0, 80)}": give attacked or breached`);
  if (blocklist !== undefined && blocklist !== 'nft')
    throw new AppError('E_USAGE', `--blocklist "${blocklist.slice(0, 80)}": give nft`);
}

const AGO = /^(?<count>\d{1,6})(?<unit>[smhdw])$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function instant(option: string, text: string, nowMs: number): number {
  const ago = AGO.exec(text)?.groups;
  const at = ago ? nowMs - Number(ago['count']) * (UNIT_MS[ago['unit'] ?? ''] ?? 0) : Date.parse(text);
  if (Number.isNaN(at))
    throw new AppError(
      'E_USAGE',
      `${option} "${text.slice(0, 80)}" is no instant: give RFC 3339, such as 2026-03-09T10:00:00Z, or 7d`,
    );
  return at;
}

async function tell(story: Story, options: Options): Promise<string> {
  if (options.csv !== undefined) await writeTables(options.csv, csvTables(story));
  if (options.json) return toJson(story);
  if (options.blocklist !== undefined) return nftables(story);
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, options.columns ?? process.stdout.columns ?? 80));
  const look = { columns, color: wantsColor(), ...(options.top !== undefined && { top: options.top }) };
  if (options.attacker !== undefined) return attackerDetail(story, options.attacker, look);
  if (options.session !== undefined) return sessionDetail(story, options.session, look);
  if (options.host !== undefined && story.hosts.length > 1) return hostDetail(story, options.host, look);
  return options.timeline ? timeline(story, look) : overview(story, look);
}

// https://no-color.org, and FORCE_COLOR as Node reads it
function wantsColor(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0';
  return process.stdout.isTTY === true && TERM !== 'dumb';
}

function failed({ verdict }: Story, failOn: string | undefined): boolean {
  if (failOn === 'breached') return verdict === 'breached';
  return failOn === 'attacked' && (verdict === 'attacked' || verdict === 'breached');
}
