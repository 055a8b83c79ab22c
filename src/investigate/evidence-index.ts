import { canonicalIp } from '../core/ip.ts';
import { type Judged, requestTotals } from '../trace/attackers.ts';
import { joinCoverage } from '../trace/coverage.ts';
import { compareTime } from '../trace/findings.ts';
import type { LogPart } from '../trace/log-series.ts';
import { instant, type Noted, placed } from '../trace/noted.ts';
import type { Citation, HostReport, InputReport, Totals } from '../trace/story.ts';
import type { Ref } from '../trace/tally.ts';
import { isWindows } from '../trace/windows.ts';
import type { Gathered, ReadInput } from './gather-events.ts';
import { historyUser, settleHosts } from './hosts.ts';
import type { PieceReport } from './piece.ts';

const TELLING = new Set([
  'sshd',
  'pam',
  'login',
  'su',
  'sudo',
  'doas',
  'utmp',
  'lastlog',
  'auditd',
  'web-access',
  'web-json',
  'bash-history',
  'commands',
  'dropbear',
  'logind',
  'cron',
  'useradd',
  'fail2ban',
  'fail2ban-syslog',
  'firewall',
  'ftp',
  'windows-events',
]);

const HISTORY = 'bash-history';
const NO_SAMPLES: InputReport['samples'] = Object.freeze([]);

/** Finds its way from pieces back to inputs, lines and hosts. */
export class EvidenceIndex {
  readonly citer: { readonly paths: readonly string[] };
  readonly gathered: Gathered;
  readonly parts: LogPart[] = [];
  readonly audit: { gap: PieceReport['audit'][number]; path: string; host: string }[] = [];
  readonly #hosts: readonly string[];
  /** By task: the input, and the lines before it. */
  readonly #inputOf: number[] = [];
  readonly #before: number[] = [];
  readonly #lists = new Map<string, readonly string[]>();

  constructor(gathered: Gathered, host: string) {
    this.gathered = gathered;
    this.citer = { paths: gathered.inputs.map(({ path }) => path) };
    this.#hosts = settleHosts(gathered.inputs, gathered.reports).map((told) => told || host);
    for (const [at, input] of gathered.inputs.entries()) this.#index(input, at);
  }

  #index(input: ReadInput, at: number): void {
    let before = 0;
    const pieces = this.#reports(input);
    for (const { task, lines, begin } of pieces) {
      this.#inputOf[task] = at;
      this.#before[task] = begin ?? before;
      before += lines;
    }
    const [only] = pieces;
    const coverages = only && pieces.length === 1 ? only.coverage : joinCoverage(pieces.map((piece) => piece.coverage));
    for (const coverage of coverages)
      this.parts.push({ path: input.path, host: coverage.host || this.#host(at), coverage });
    for (const { audit } of pieces)
      for (const gap of audit) this.audit.push({ gap, path: input.path, host: gap.host || this.#host(at) });
  }

  readonly citeRef = ({ task, line, raw }: Ref): Citation => {
    return { file: this.citer.paths[this.#inputOf[task] ?? -1] ?? '', line: (this.#before[task] ?? 0) + line, raw };
  };

  /** Hosts that the lines stand for, where the lines themselves name none. */
  hostsOf(refs: readonly Ref[]): string[] {
    const hosts = refs.map(({ task }) => this.#host(this.#inputOf[task] ?? -1));
    return [...new Set(hosts)].filter((host) => host !== '').sort();
  }

  #host(at: number): string {
    return this.#hosts[at] ?? '';
  }

  #reports({ tasks }: ReadInput): PieceReport[] {
    return tasks.map((task) => this.gathered.reports.get(task)).filter((report) => report !== undefined);
  }

  notables(): Noted[] {
    const all: Noted[] = [];
    for (const { task, notables } of this.gathered.reports.values()) {
      const [input, before] = [this.#inputOf[task] ?? -1, this.#before[task] ?? 0];
      for (const event of notables) {
        const noted = placed(event, input, before + event.line, event.host || this.#host(input));
        all.push(event.parser === HISTORY ? this.#typed(noted, input) : noted);
      }
    }
    return all;
  }

  // A history file's commands are its owner's.
  #typed(noted: Noted, input: number): Noted {
    const user = noted.fields['user.name'] === undefined ? historyUser(this.citer.paths[input] ?? '') : '';
    return user === '' ? noted : { ...noted, user, fields: { ...noted.fields, 'user.name': user } };
  }

  /** Earliest line of each host in any text log. */
  beginnings(): Map<string, number> {
    const first = new Map<string, number>();
    for (const { host, coverage, path } of this.parts)
      if (!/[wb]tmp|lastlog|history/.test(path))
        first.set(host, Math.min(coverage.first, first.get(host) ?? Number.POSITIVE_INFINITY));
    return first;
  }

  /** Addresses that evidence is labelled with, each with the host that it is of. */
  labels(): Map<string, string> {
    const labels = new Map<string, string>();
    for (const [at, { source }] of this.gathered.inputs.entries()) {
      const address = source === '' ? null : canonicalIp(source);
      const host = this.#host(at);
      if (address !== null && host !== '' && !labels.has(address)) labels.set(address, host);
    }
    return labels;
  }

  facts() {
    return this.gathered.inputs.map((input, at) => {
      const { path, size, mtimeMs, refused } = input;
      const pieces = this.#reports(input);
      const [crowded, shortened] = [sumOf(pieces, 'crowded'), sumOf(pieces, 'shortened')];
      return { path, size, mtimeMs, host: this.#host(at), read: refused === null, crowded, shortened };
    });
  }

  /** Events that a verdict can rest on; none when all lie outside of the time asked for. */
  telling(): number {
    let sum = 0;
    let inRange = 0;
    for (const { events, outOfRange } of this.gathered.reports.values()) inRange += events - outOfRange;
    if (inRange <= 0) return 0;
    for (const { parsers, notables } of this.gathered.reports.values()) {
      for (const [name, count] of Object.entries(parsers)) if (TELLING.has(name)) sum += count;
      if (parsers['ecs'] !== undefined && notables.some(isWindows)) sum += 1; // documents of Windows' events, sent in bulk
    }
    return sum;
  }

  range(): [string | null, string | null] {
    const firsts = this.parts.map(({ coverage }) => coverage.first).filter(Number.isFinite);
    const lasts = this.parts.map(({ coverage }) => coverage.latest).filter(Number.isFinite);
    return [instant(lowest(firsts)), instant(-lowest(lasts.map((last) => -last)))];
  }

  hosts(): HostReport[] {
    const byHost = new Map<string, { first: number; last: number; events: number }>();
    for (const { host, coverage } of this.parts) {
      const known = byHost.get(host) ?? { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY, events: 0 };
      const first = Math.min(known.first, Number.isNaN(coverage.first) ? known.first : coverage.first);
      const last = Math.max(known.last, Number.isNaN(coverage.latest) ? known.last : coverage.latest);
      byHost.set(host, { first, last, events: known.events + coverage.events });
    }
    const told = [...byHost].map(([host, { first, last, events }]) => ({
      host,
      from: instant(first),
      to: instant(last),
      events,
    }));
    return told.sort((a, b) => (a.host < b.host ? -1 : 1));
  }

  inputs(): InputReport[] {
    return this.gathered.inputs.map((input, at) => {
      const pieces = this.#reports(input);
      const parsers = parsersOf(pieces);
      const coverage = pieces.flatMap((piece) => piece.coverage);
      const samples = pieces.flatMap(({ task, samples: found }) =>
        found.map(({ line, raw }) => ({ line: (this.#before[task] ?? 0) + line, raw })),
      );
      const { path, container, size, mtimeMs, sha256, refused } = input;
      const hosts = this.#named(new Set(coverage.map(({ host }) => host || this.#host(at))));
      const from = coverage.map(({ first }) => instant(first)).sort(compareTime)[0] ?? null;
      const to = instant(-lowest(coverage.map(({ latest }) => -latest)));
      return {
        path,
        source: input.source,
        container,
        size,
        mtime: mtimeMs === null ? null : instant(Math.round(mtimeMs)),
        sha256,
        lines: sumOf(pieces, 'lines'),
        events: sumOf(pieces, 'events'),
        unparsed: sumOf(pieces, 'unparsed'),
        envelopeOnly: sumOf(pieces, 'envelopeOnly'),
        parsers,
        hosts,
        from,
        to: to === from ? from : to, // one text, not two: there may be hundreds of thousands of them
        refused,
        samples: samples.length === 0 ? NO_SAMPLES : samples.slice(0, 5),
      };
    });
  }

  // The same hosts are the same list.
  #named(hosts: ReadonlySet<string>): readonly string[] {
    const names = [...hosts].filter((host) => host !== '').sort();
    const key = names.join('\n');
    const known = this.#lists.get(key);
    if (known) return known;
    this.#lists.set(key, names);
    return names;
  }

  totals(judged: readonly Judged[], sessions: number, seconds: number): Totals {
    const totals = {
      files: this.gathered.inputs.length,
      bytes: 0,
      lines: 0,
      events: 0,
      unparsed: 0,
      failures: 0,
      outOfRange: 0,
    };
    for (const { size } of this.gathered.inputs) totals.bytes += size;
    for (const report of this.gathered.reports.values())
      for (const key of ['lines', 'events', 'unparsed', 'failures', 'outOfRange'] as const) totals[key] += report[key];
    return { ...totals, ...requestTotals(judged), attackers: judged.length, sessions, seconds };
  }
}

type Count = 'lines' | 'events' | 'unparsed' | 'envelopeOnly' | 'crowded' | 'shortened';

function sumOf(pieces: readonly PieceReport[], count: Count): number {
  return pieces.reduce((sum, piece) => sum + piece[count], 0);
}

// Of hundreds of thousands of small files each has one piece, whose counts are taken as they are.
function parsersOf(pieces: readonly PieceReport[]): Readonly<Record<string, number>> {
  const [only] = pieces;
  if (only && pieces.length === 1) return only.parsers;
  const sum: Record<string, number> = {};
  for (const { parsers } of pieces)
    for (const [name, count] of Object.entries(parsers)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function lowest(numbers: readonly number[]): number {
  return numbers.reduce((low, next) => (next < low ? next : low), Number.POSITIVE_INFINITY);
}
