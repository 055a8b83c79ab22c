import { joinSeries, type LogSeries } from './log-series.ts';
import type { MissingOptions } from './missing-facts.ts';
import { emptied, flooded, rotationHoles } from './missing-files.ts';
import { saidByLogs } from './missing-said.ts';
import { sessionHoles } from './missing-sessions.ts';
import { instant, type Noted } from './noted.ts';
import { span } from './span.ts';
import type { Confidence, Missing } from './story.ts';

const MIN_SILENCE_MS = 600_000;
/** A silence this many times as long as the log's own longest ordinary one is a hole. */
const OUT_OF_RHYTHM = 8;
const MIN_EVENTS = 50;
const MAX_GAPS = 5;
const RESTART_MS = 300_000;

/** Every hole in the evidence that can be told, most suspicious first. */
export function findMissing(options: MissingOptions): Missing[] {
  const series = joinSeries(options.parts);
  const found = [
    ...silences(series, options),
    ...earlyEnds(series, options),
    ...rotationHoles(options.inputs),
    ...emptied(options),
    ...flooded(options.inputs),
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
    if (!isSteady(one) && silence > one.last - one.first) return [];
    const detail = `ends ${span(silence)} before the host's last sign of life (${latest.base})`;
    const evidence = [one.lastRef, latest.lastRef].filter((ref) => ref !== null).map(citeRef);
    const times = { from: instant(one.last), to: instant(latest.last) };
    return [{ kind: 'ends_early', host: one.host, file: one.base, ...times, detail, suspicion: 'medium', evidence }];
  });
}

// What is always written to. Another log may have had its hour (an installation, a boot), and that it was silent since is no wonder.
function isSteady({ base }: LogSeries): boolean {
  return /(?:auth\.log|secure|messages|syslog|audit\.log)$/.test(base);
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
