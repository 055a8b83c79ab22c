import type { AuditGap } from './audit-serials.ts';
import type { SessionDraft } from './draft.ts';
import { joinSeries, type LogPart, type LogSeries, rotationOf } from './log-series.ts';
import { type Citer, cite, instant, type Noted } from './noted.ts';
import type { Citation, Confidence, Missing } from './story.ts';
import type { Ref } from './tally.ts';
import { lacksLogin } from './ways-in.ts';

const MINUTE_MS = 60_000;
const MIN_SILENCE_MS = 10 * MINUTE_MS;
/** A silence this many times as long as the log's own longest ordinary one is a hole. */
const OUT_OF_RHYTHM = 8;
const MIN_EVENTS = 50;
const MAX_GAPS = 5;
const RESTART_MS = 5 * MINUTE_MS;

/** One input as far as holes are concerned. */
export interface InputFacts {
  readonly path: string;
  readonly size: number;
  readonly host: string;
  readonly mtimeMs: number | null;
}

export interface MissingOptions {
  readonly inputs: readonly InputFacts[];
  readonly parts: readonly LogPart[];
  readonly notables: readonly Noted[];
  readonly audit: readonly { readonly gap: AuditGap; readonly path: string; readonly host: string }[];
  readonly sessions: readonly SessionDraft[];
  readonly beginnings: ReadonlyMap<string, number>;
  readonly citer: Citer;
  readonly citeRef: (ref: Ref) => Citation;
}

/** Every hole in the evidence that can be told, most suspicious first. */
export function findMissing(options: MissingOptions): Missing[] {
  const series = joinSeries(options.parts);
  const found = [
    ...silences(series, options),
    ...earlyEnds(series, options),
    ...rotationHoles(options.inputs),
    ...emptied(options),
    ...sessionHoles(series, options),
    ...saidByLogs(options),
    ...auditHoles(options),
    ...clockSteps(series, options),
  ];
  const order: readonly Confidence[] = ['high', 'medium', 'low'];
  return found.sort((a, b) => order.indexOf(a.suspicion) - order.indexOf(b.suspicion));
}

function silences(series: readonly LogSeries[], { notables, citeRef }: MissingOptions): Missing[] {
  return series.flatMap(({ base, host, events, rhythmMs, gaps }) => {
    if (events < MIN_EVENTS) return [];
    const bound = Math.max(MIN_SILENCE_MS, rhythmMs * OUT_OF_RHYTHM);
    const holes = gaps.filter(({ from, to }) => to - from > bound).slice(0, MAX_GAPS);
    return holes.map((gap): Missing => {
      const down = notables.some((noted) => noted.host === host && isRestart(noted, gap.from, gap.to));
      const usual = `it usually speaks at least every ${span(rhythmMs)}`;
      return {
        kind: 'gap',
        host,
        file: base,
        from: instant(gap.from),
        to: instant(gap.to),
        detail: `silent for ${span(gap.to - gap.from)}; ${down ? 'the host was down or restarted' : usual}`,
        suspicion: down ? 'low' : 'medium',
        evidence: [citeRef(gap.before), citeRef(gap.after)],
      };
    });
  });
}

function isRestart({ fields, time }: Noted, from: number, to: number): boolean {
  const action = fields['event.action'];
  return (action === 'boot' || action === 'shutdown') && time >= from - RESTART_MS && time <= to + RESTART_MS;
}

// The last sign of life of a host, by any of its logs, against each log's own end.
function earlyEnds(series: readonly LogSeries[], { citeRef }: MissingOptions): Missing[] {
  const life = new Map<string, LogSeries>();
  for (const one of series) if (one.host && !(one.last <= (life.get(one.host)?.last ?? 0))) life.set(one.host, one);
  return series.flatMap((one): Missing[] => {
    const latest = life.get(one.host);
    const silence = (latest?.last ?? 0) - one.last;
    if (!latest || one.events < MIN_EVENTS || silence <= Math.max(MIN_SILENCE_MS, one.rhythmMs * OUT_OF_RHYTHM))
      return [];
    const detail = `ends ${span(silence)} before the host's last sign of life (${latest.base})`;
    const evidence = [one.lastRef, latest.lastRef].filter((ref) => ref !== null).map(citeRef);
    const times = { from: instant(one.last), to: instant(latest.last) };
    return [{ kind: 'ends_early', host: one.host, file: one.base, ...times, detail, suspicion: 'medium', evidence }];
  });
}

function rotationHoles(inputs: readonly InputFacts[]): Missing[] {
  const numbers = new Map<string, { host: string; have: Set<number> }>();
  for (const { path, host } of inputs) {
    const { base, number } = rotationOf(path);
    if (number === null) continue;
    const known = numbers.get(base) ?? { host, have: new Set<number>() };
    known.have.add(number);
    numbers.set(base, known);
  }
  return [...numbers].flatMap(([base, { host, have }]) => {
    const most = Math.max(...have);
    const absent = Array.from({ length: most - 1 }, (_, at) => at + 1).filter(
      (number) => !have.has(number) && most < 1000,
    );
    return absent.slice(0, MAX_GAPS).map((number): Missing => {
      const detail = `rotated file number ${number} is absent, though ${most} is there`;
      return {
        kind: 'rotation_missing',
        host,
        file: `${base}.${number}`,
        from: null,
        to: null,
        detail,
        suspicion: 'medium',
        evidence: [],
      };
    });
  });
}

function emptied({ inputs, sessions, notables, citer }: MissingOptions): Missing[] {
  const found: Missing[] = [];
  for (const { path, size, host, mtimeMs } of inputs) {
    if (size > 0) continue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const lived = sessions.some((draft) => draft.host === host && draft.seen.login);
    const to = mtimeMs === null ? null : instant(mtimeMs);
    const common = { host, file: path, from: null, to, evidence: [] };
    if (name === 'wtmp' && lived)
      found.push({
        ...common,
        kind: 'wtmp_zeroed',
        detail: 'the login records are empty, though logins took place',
        suspicion: 'high',
      });
    else if (/^\.(?:bash|zsh|sh|ash)?_?history$/.test(name))
      found.push({
        ...common,
        kind: 'history_emptied',
        detail: 'the command history is empty',
        suspicion: lived ? 'medium' : 'low',
      });
    else if (/^(?:auth\.log|secure|syslog|messages|audit\.log)$/.test(name))
      found.push({ ...common, kind: 'truncated', detail: 'the log is empty', suspicion: lived ? 'high' : 'medium' });
  }
  for (const noted of notables) {
    if (noted.fields['error.code'] !== 'zeroed_record') continue;
    const at = instant(noted.time);
    const file = citer.paths[noted.input] ?? '';
    const detail = `record ${noted.line} was overwritten with zeros`;
    found.push({
      kind: 'wtmp_zeroed',
      host: noted.host,
      file,
      from: at,
      to: at,
      detail,
      suspicion: 'high',
      evidence: [cite(citer, noted)],
    });
  }
  return found;
}

function sessionHoles(series: readonly LogSeries[], { sessions, beginnings, citer }: MissingOptions): Missing[] {
  const authLogs = series.filter(({ base }) => /(?:auth\.log|secure|messages|syslog|journal)[^/]*$/.test(base));
  const records = series.filter(({ base }) => /wtmp[^/]*$/.test(base));
  const covers = (logs: readonly LogSeries[], draft: SessionDraft) =>
    logs.find(({ host, first, last }) => host === draft.host && first <= draft.start && draft.start <= last);
  return sessions.flatMap((draft): Missing[] => {
    const evidence = draft.evidence.slice(0, 3).map((noted) => cite(citer, noted));
    const at = instant(draft.start);
    const common = { host: draft.host, from: at, to: at, evidence };
    const who = `${draft.user}${draft.address ? ` from ${draft.address}` : ''}`;
    if (lacksLogin(draft, beginnings)) {
      const detail = `the session of ${who} has no "Accepted" line`;
      return [{ ...common, kind: 'session_without_login', file: evidence[0]?.file ?? '', detail, suspicion: 'high' }];
    }
    const auth =
      draft.seen.record && !draft.seen.login && !draft.seen.pam && draft.address ? covers(authLogs, draft) : undefined;
    if (auth) {
      const detail = `the login record of ${who} has no line here`;
      return [{ ...common, kind: 'record_without_login', file: auth.base, detail, suspicion: 'high' }];
    }
    const wtmp =
      draft.seen.login && !draft.seen.record && draft.terminal.startsWith('pts') ? covers(records, draft) : undefined;
    if (!wtmp) return [];
    const detail = `the login of ${who} on ${draft.terminal} has no record here`;
    return [{ ...common, kind: 'login_without_record', file: wtmp.base, detail, suspicion: 'medium' }];
  });
}

// What the logging programs and the bytes themselves say.
function saidByLogs({ notables, citer }: MissingOptions): Missing[] {
  return notables.flatMap((noted): Missing[] => {
    const { fields } = noted;
    const at = instant(noted.time);
    const file = citer.paths[noted.input] ?? '';
    const common = { host: noted.host, file, from: at, to: at, evidence: [cite(citer, noted)] };
    if (fields['event.action'] === 'log_stopped') return [loggingStopped(noted, notables, common)];
    if (fields['event.action'] === 'log_lost') {
      const count = fields['spoor.lost.count'];
      const detail = `the logger says it lost ${count === undefined ? 'lines' : `${count} lines`}`;
      return [
        {
          ...common,
          kind: fields['event.module'] === 'auditd' ? 'audit_lost' : 'lines_lost',
          detail,
          suspicion: 'medium',
        },
      ];
    }
    if (fields['error.code'] === 'nul_run') {
      const detail = `${fields['spoor.nul.bytes']} NUL bytes: a crash, or lines overwritten or cut under a writer`;
      return [{ ...common, kind: 'nul_run', detail, suspicion: 'medium' }];
    }
    if (fields['error.code'] === 'truncated_record')
      return [{ ...common, kind: 'truncated', detail: 'the last record is cut', suspicion: 'medium' }];
    return [];
  });
}

type Common = Pick<Missing, 'host' | 'file' | 'from' | 'to' | 'evidence'>;

function loggingStopped(noted: Noted, notables: readonly Noted[], common: Common): Missing {
  const later = (action: string, within: number) =>
    notables.find(
      ({ host, time, fields, process }) =>
        host === noted.host &&
        fields['event.action'] === action &&
        time >= noted.time &&
        time <= noted.time + within &&
        (action !== 'log_started' || process === noted.process),
    );
  const again = later('log_started', 30 * 24 * 3600 * 1000);
  const down = later('shutdown', RESTART_MS) ?? later('boot', RESTART_MS);
  const seconds = again ? again.time - noted.time : Number.NaN;
  const brief = seconds <= 5000;
  const program = noted.process || 'the logger';
  const until = again ? `for ${span(seconds)}` : 'and was not seen to start again';
  const detail = down ? `${program} stopped with the host` : `${program} was stopped ${until}`;
  return {
    ...common,
    kind: 'logging_stopped',
    to: again ? instant(again.time) : null,
    detail,
    suspicion: down || brief ? 'low' : 'medium',
  };
}

function auditHoles({ audit, citeRef }: MissingOptions): Missing[] {
  return audit.map(({ gap, path, host }): Missing => {
    const detail = `${gap.missing.toLocaleString('en')} audit event${gap.missing === 1 ? '' : 's'} absent by serial number`;
    const times = { from: instant(gap.from), to: instant(gap.to) };
    return {
      kind: 'audit_gap',
      host,
      file: path,
      ...times,
      detail,
      suspicion: gap.missing > 10 ? 'medium' : 'low',
      evidence: [citeRef(gap.after)],
    };
  });
}

function clockSteps(series: readonly LogSeries[], { citeRef }: MissingOptions): Missing[] {
  return series.flatMap(({ base, host, stepsBack }) =>
    stepsBack.slice(0, MAX_GAPS).map(({ from, to, at }): Missing => {
      const detail = `time runs back by ${span(from - to)} here: a clock was set, or lines were put in`;
      const times = { from: instant(to), to: instant(from) };
      return { kind: 'clock_step', host, file: base, ...times, detail, suspicion: 'low', evidence: [citeRef(at)] };
    }),
  );
}

/** "3 h 10 min", "40 s": a length of time in its two largest units. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) return '0 s';
  const parts: string[] = [];
  let left = seconds;
  for (const [size, name] of units.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${count} ${name}`);
    left -= count * size;
  }
  return parts.join(' ');
}
