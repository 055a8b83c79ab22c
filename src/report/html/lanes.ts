import type { Missing, Session, Story } from '../../trace/story.ts';
import { instantOf } from '../clock.ts';
import { intruderSessions } from '../deeds.ts';

/** A session as a bar, in units of the drawing. */
export interface Bar {
  readonly session: Session;
  readonly intruder: boolean;
  readonly x: number;
  readonly width: number;
  readonly y: number;
}

/** All bars of one host, and the holes in its logs. */
export interface Lane {
  readonly host: string;
  readonly y: number;
  readonly height: number;
  readonly bars: readonly Bar[];
  readonly holes: readonly { readonly x: number; readonly width: number; readonly missing: Missing }[];
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Instants of the axis with their places. */
  readonly ticks: readonly { readonly at: string; readonly x: number }[];
  readonly height: number;
  readonly drawn: number;
}

export const AREA = { width: 1080, left: 210, right: 20, top: 34, row: 26, gap: 16 } as const;
const MAX_BARS = 48;
const LEAST_BAR = 5;
const LEAST_WINDOW_MS = 60_000;
const STEPS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 10_080, 43_200].map((minutes) => minutes * 60_000);
const MAX_TICKS = 7;

const timesOf = ({ start, end }: Session): number[] => [start, end].map(instantOf).filter((at) => !Number.isNaN(at));

/** The sessions to draw: the intruders' first, then those nearest to them in time. Only those whose time is known. */
function chosen(story: Story, intruders: ReadonlySet<Session>): Session[] {
  const timed = story.sessions.filter((session) => timesOf(session).length > 0);
  const theirs = timed.filter((session) => intruders.has(session));
  const times = (theirs.length > 0 ? theirs : timed.slice(-1)).flatMap(timesOf);
  const centre = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const distance = (session: Session): number => Math.abs((timesOf(session)[0] ?? 0) - centre);
  const others = timed.filter((session) => !intruders.has(session)).sort((a, b) => distance(a) - distance(b));
  return [...theirs, ...others].slice(0, MAX_BARS);
}

/** From when to when: around the intruders' sessions, so that they can be told apart; else all that is drawn. */
function windowOf(sessions: readonly Session[], intruders: ReadonlySet<Session>): readonly [number, number] {
  const theirs = sessions.filter((session) => intruders.has(session)).flatMap(timesOf);
  const times = theirs.length > 0 ? theirs : sessions.flatMap(timesOf);
  const first = times.reduce((a, b) => Math.min(a, b));
  const last = times.reduce((a, b) => Math.max(a, b));
  const pad = Math.max(LEAST_WINDOW_MS, (last - first) * 0.06);
  return [first - pad, last + pad];
}

/** Sessions as bars on a lane for each host, holes of its logs behind them; null when no session has a time. */
export function layLanes(story: Story): Lanes | null {
  const intruders = new Set(intruderSessions(story));
  const all = chosen(story, intruders);
  if (all.length === 0) return null;
  const [from, to] = windowOf(all, intruders);
  const scale = (AREA.width - AREA.left - AREA.right) / (to - from);
  const placed = (at: number): number =>
    Math.round((AREA.left + (Math.min(to, Math.max(from, at)) - from) * scale) * 10) / 10;
  const seen = all.filter((session) => timesOf(session).some((at) => at >= from && at <= to));
  const hosts = [...new Set(seen.map(({ host }) => host))];
  let y: number = AREA.top;
  const lanes = hosts.map((host): Lane => {
    const own = seen
      .filter((session) => session.host === host)
      .sort((a, b) => (timesOf(a)[0] ?? 0) - (timesOf(b)[0] ?? 0));
    const top = y;
    const bars = own.map((session, row): Bar => {
      const [start = 0, end = start] = timesOf(session);
      const x = placed(start);
      const width = Math.max(LEAST_BAR, placed(session.state === 'open' ? to : end) - x);
      return { session, intruder: intruders.has(session), x, width, y: top + row * AREA.row };
    });
    y += own.length * AREA.row + AREA.gap;
    return { host, y: top, height: own.length * AREA.row, bars, holes: holesOf(story, host, [from, to], placed) };
  });
  return { lanes, ticks: ticksOf(from, to, placed), height: y, drawn: seen.length };
}

function holesOf(
  story: Story,
  host: string,
  [from, to]: readonly [number, number],
  placed: (at: number) => number,
): Lane['holes'] {
  return story.missing.flatMap((missing) => {
    const [start, end] = [instantOf(missing.from), instantOf(missing.to)];
    if (missing.host !== host || Number.isNaN(start) || Number.isNaN(end) || end < from || start > to) return [];
    const x = placed(start);
    return [{ x, width: Math.max(3, Math.round((placed(end) - x) * 10) / 10), missing }];
  });
}

function ticksOf(from: number, to: number, placed: (at: number) => number): Lanes['ticks'] {
  const step = STEPS_MS.find((size) => (to - from) / size <= MAX_TICKS) ?? (to - from) / MAX_TICKS;
  const ticks: { at: string; x: number }[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step)
    ticks.push({ at: new Date(at).toISOString(), x: placed(at) });
  return ticks;
}
