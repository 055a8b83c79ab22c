import { grouped } from '../core/grouped.ts';
import type { SessionDraft } from './draft.ts';
import type { LogSeries } from './log-series.ts';
import type { MissingOptions } from './missing-facts.ts';
import { cite, instant } from './noted.ts';
import { LOGGED } from './records-alone.ts';
import { span } from './span.ts';
import type { Missing } from './story.ts';
import { lacksLogin } from './unlogged.ts';
import { zoneDoubt } from './zone-doubt.ts';

const LOST_MS = 300_000;
const MAX_LOST = 100;
const RECORDS = /wtmp[^/]*$/;

/** Sessions that one kind of log tells of and another, which covers the time, does not. */
export function sessionHoles(series: readonly LogSeries[], options: MissingOptions): Missing[] {
  const { sessions } = options;
  const logs = {
    auth: series.filter(({ base }) => LOGGED.test(base)),
    records: series.filter(({ base }) => RECORDS.test(base)),
  };
  const hosts = grouped(sessions, ({ host }) => host);
  const doubts = new Map([...hosts].map(([host, drafts]) => [host, zoneDoubt(drafts)]));
  const wrongZones = [...doubts].flatMap(([host, offset]) =>
    offset === null ? [] : [wrongZone(host, offset, logs.auth)],
  );
  const lines = loginLines(options);
  const holes = sessions.flatMap((draft): Missing[] => {
    const unled = unledSession(draft, options, lines);
    if (unled) return [unled];
    if ((doubts.get(draft.host) ?? null) !== null) return [];
    const found = recordAlone(draft, options) ?? loginAlone(draft, logs.records, options);
    return found ? [found] : [];
  });
  return [...holes, ...wrongZones];
}

function wrongZone(host: string, offsetMs: number, logs: readonly LogSeries[]): Missing {
  const file = logs.find((log) => log.host === host)?.base ?? '';
  const detail = `login lines lie ${span(Math.abs(offsetMs))} ${offsetMs > 0 ? 'after' : 'before'} the login records: the zone is wrong, give --tz`;
  return { kind: 'clock_step', host, file, from: null, to: null, detail, suspicion: 'low', evidence: [] };
}

function unledSession(draft: SessionDraft, options: MissingOptions, lines: LoginLines): Missing | null {
  if (!lacksLogin(draft, options.beginnings)) return null;
  const suspicion = unledSuspicion(draft, options, lines);
  const common = about(draft, options);
  const detail = `the session of ${who(draft)} has no "Accepted" line`;
  return { ...common, kind: 'session_without_login', file: common.evidence[0]?.file ?? '', detail, suspicion };
}

// Where a server never logs who it lets in (LogLevel ERROR), or the logger dropped lines just then, nobody took anything out.
function unledSuspicion(
  draft: SessionDraft,
  { unlogged }: MissingOptions,
  { lost, logging }: LoginLines,
): Missing['suspicion'] {
  if (unlogged.has(draft)) return 'low';
  if (lost.get(draft.host)?.some((time) => Math.abs(time - draft.start) < LOST_MS)) return 'low';
  return logging.has(draft.host) ? 'high' : 'medium';
}

/** What hosts say of their login lines. Made once: there may be tens of thousands of sessions without one. */
interface LoginLines {
  /** When the logger said that it lost lines, by host. */
  readonly lost: ReadonlyMap<string, readonly number[]>;
  /** Hosts that log who they let in. */
  readonly logging: ReadonlySet<string>;
}

function loginLines({ sessions, notables }: MissingOptions): LoginLines {
  const lost = new Map<string, number[]>();
  for (const { host, time, fields } of notables)
    if (fields['event.action'] === 'log_lost') lost.set(host, [...(lost.get(host) ?? []), time].slice(-MAX_LOST));
  const logins = sessions.filter(({ service, seen }) => service === 'sshd' && seen.login);
  return { lost, logging: new Set(logins.map(({ host }) => host)) };
}

function recordAlone(draft: SessionDraft, options: MissingOptions): Missing | null {
  const alone = options.alone.get(draft);
  if (alone === undefined) return null;
  const { log, suspicion, but } = alone;
  const detail = `the login record of ${who(draft)} has no line here${but}`;
  return { ...about(draft, options), kind: 'record_without_login', file: log.base, detail, suspicion };
}

// Only a login with a terminal leaves a record.
function loginAlone(draft: SessionDraft, records: readonly LogSeries[], options: MissingOptions): Missing | null {
  if (!draft.seen.login || draft.seen.record || !draft.terminal.startsWith('pts')) return null;
  const log = covering(records, draft);
  if (!log) return null;
  const detail = `the login of ${who(draft)} on ${draft.terminal} has no record here`;
  return { ...about(draft, options), kind: 'login_without_record', file: log.base, detail, suspicion: 'medium' };
}

function covering(logs: readonly LogSeries[], draft: SessionDraft): LogSeries | undefined {
  return logs.find(({ host, first, last }) => host === draft.host && first <= draft.start && draft.start <= last);
}

function about(draft: SessionDraft, { citer }: MissingOptions) {
  const at = instant(draft.start);
  return {
    host: draft.host,
    from: at,
    to: at,
    evidence: draft.evidence.slice(0, 3).map((noted) => cite(citer, noted)),
  };
}

function who({ user, address }: SessionDraft): string {
  return `${user}${address ? ` from ${address}` : ''}`;
}
