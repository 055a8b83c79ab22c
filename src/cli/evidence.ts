import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { localZone, Zone } from '../core/zone.ts';
import type { Refusal } from '../evidence/index.ts';
import type { Source } from '../investigate/run.ts';
import { ProgressLine } from '../report/progress.ts';
import type { Story } from '../trace/story.ts';

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 200;
/**
 * How many bytes of bytecode a function runs through before V8 compiles it: three times its own default. Each thread compiles
 * for itself, and reading is over in seconds: what is no hotter than this takes longer to compile than it saves.
 */
const COMPILE_FROM_BYTES = 3 * 132 * 1024;
/**
 * What is understood and told runs through much code, each part of it for some hundredths of a second: V8 is to put less of what
 * a function calls into it (a quarter of its defaults and less), for that takes longer to compile than it saves. Reading needs it.
 * Never `--max-inlined-bytecode-size` once anything runs: V8's compiling threads ask twice whether a function is short enough, and end
 * the process where the answers differ (JSInliner::ReduceJSCall).
 */
const COMPILED_INTO_ONE = ['--max-inlined-bytecode-size-cumulative=200', '--reserve-inline-budget-scale-factor=1'];

/** What every command that reads evidence is told. */
export interface EvidenceOptions {
  readonly tz: readonly string[];
  readonly host?: string;
  readonly since?: string;
  readonly until?: string;
  readonly now?: string;
  readonly keep: readonly string[];
  readonly geoip: readonly string[];
  readonly case?: string;
  readonly source: readonly Source[];
  readonly columns?: number;
  readonly threads?: number;
}

/** The argument of all of them. */
export const EVIDENCE = 'files, folders, archives (tar, zip, gz, xz, zst, bz2), or - for standard input';

/** Adds the options of `EvidenceOptions`. */
export function evidenceOptions(command: Command): Command {
  return command
    .option('--since <instant>', 'leave out what is before (RFC 3339, or 7d, 12h, 30m before now)')
    .option('--until <instant>', 'leave out what is after')
    .option(
      '--tz <zone>',
      'zone of time stamps that name none (default: this machine’s); HOST=ZONE for one host (repeatable)',
      collect,
      [],
    )
    .option('--now <instant>', 'the instant that no time stamp without a year lies after (default: each file’s time)')
    .option('--case <name>', 'name of the case, for reports')
    .option(
      '--source <label=path>',
      'evidence that came back from somebody else; the label says whose: a name, or the machine’s address (repeatable)',
      collectSource,
      [],
    )
    .option('--keep <address>', 'never block this address or network (repeatable)', collect, [])
    .option('--geoip <file>', 'your own MMDB file for places and networks (repeatable)', collect, [])
    .option('--columns <n>', 'width of the screen', wholeNumber)
    .option('--threads <n>', 'reading threads beside the main one (default: as many as help; 0: none)', wholeNumber);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function collectSource(text: string, before: readonly Source[]): Source[] {
  const at = text.indexOf('=');
  const [label, path] = at === -1 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1)];
  if (label === '' || (path === '' && at !== -1)) throw noSource(text);
  return [...before, { label, path }];
}

const noSource = (text: string) =>
  new AppError('E_USAGE', `--source "${text.slice(0, 80)}": give LABEL=PATH, such as 203.0.113.7=returned/`);

/** An option's value as a whole number. Throws E_USAGE. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new AppError('E_USAGE', `"${text.slice(0, 80)}" is not a whole number`);
  return Number(text);
}

/** Under npm, Ctrl-C comes twice: of the terminal, and handed on by npm. What follows this soon is the same. */
const SAME_MS = 500;

/** Ctrl-C ends the reading, and what is known so far is told; a second one ends the program. */
export function interruptible(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const told = () => {
      abort.abort();
      setTimeout(() => process.off(signal, told), SAME_MS).unref();
    };
    process.on(signal, told);
  }
  return abort.signal;
}

/** Reads evidence into a story, with progress on standard error. `top`: how many attackers it tells. */
export async function readStory(
  paths: readonly string[],
  options: EvidenceOptions & { readonly top: number },
  signal: AbortSignal,
  onRefusal: (refusal: Refusal) => void = () => {},
): Promise<Story> {
  for (const { label, path } of options.source) if (path === '') throw noSource(label);
  setFlagsFromString(`--interrupt-budget=${COMPILE_FROM_BYTES}`);
  const { investigate } = await import('../investigate/run.ts'); // it takes longer to load than most commands to work
  const { zone, hostZones } = zonesOf(options.tz);
  const presentMs = Date.now();
  const endMs = options.now === undefined ? null : instant('--now', options.now, presentMs);
  const progress = new ProgressLine(process.stderr, () => performance.now());
  try {
    return await investigate(paths, {
      zone,
      hostZones,
      host: options.host ?? '',
      sinceMs:
        options.since === undefined ? Number.NEGATIVE_INFINITY : instant('--since', options.since, endMs ?? presentMs),
      untilMs:
        options.until === undefined ? Number.POSITIVE_INFINITY : instant('--until', options.until, endMs ?? presentMs),
      top: options.top,
      keep: options.keep,
      geoip: options.geoip,
      case: options.case ?? '',
      sources: options.source,
      endMs,
      presentMs,
      signal,
      onProgress: (seen) => progress.update(seen),
      onRefusal,
      onRead: () => {
        for (const flag of COMPILED_INTO_ONE) setFlagsFromString(flag);
      },
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

const AGO = /^(?<count>\d{1,6})(?<unit>[smhdw])$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** An option's instant: RFC 3339, or so long before `nowMs`. Throws E_USAGE. */
export function instant(option: string, text: string, nowMs: number): number {
  const ago = AGO.exec(text)?.groups;
  const at = ago ? nowMs - Number(ago['count']) * (UNIT_MS[ago['unit'] ?? ''] ?? 0) : Date.parse(text);
  if (Number.isNaN(at))
    throw new AppError(
      'E_USAGE',
      `${option} "${text.slice(0, 80)}" is no instant: give RFC 3339, such as 2026-03-09T10:00:00Z, or 7d`,
    );
  return at;
}

/** When nothing at all could be read: throws why. Logs that hold nothing are a verdict, a slip is an error. */
export function denyUnread({ inputs }: Story, [first]: readonly Refusal[]): void {
  if (!first?.code || !inputs.every(({ refused, lines }) => refused !== null && lines === 0)) return;
  const { path, code, reason } = first;
  const advice = code === 'E_UNREADABLE' && /permi/.test(reason) ? ': try as root' : '';
  throw new AppError(code, `nothing to read: "${path.slice(0, 80)}": ${reason}${advice}`);
}

/** How the terminal is to be written to. */
export function lookOf({ columns }: Pick<EvidenceOptions, 'columns'>): { columns: number; color: boolean } {
  const width = columns ?? process.stdout.columns ?? 80;
  return { columns: Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, width)), color: wantsColor() };
}

// https://no-color.org, and FORCE_COLOR as Node reads it
function wantsColor(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0';
  return process.stdout.isTTY === true && TERM !== 'dumb';
}
