import type { StreamCounts } from '../stream-counts.ts';
import { type Found, lengthWords } from './finding.ts';

// Do lines come that are not understood any more? Told against the program's own past. Pure.

/** Lines after which a share is compared with the past, and lines that are a past. */
const RECENT = 50;
const PAST = 200;
/** Beyond so many lines the older ones count for less. */
const REMEMBERED = 2000;
/** Parsing stopped when no more than this part of the usual share is left, and works again above the other. */
const FALLEN = 0.25;
const RECOVERED = 0.5;
/** Programs of which nearly all is understood. Others say this today and that tomorrow: of those only the whole hour tells. */
const USUALLY = 0.8;
const AT_ALL = 0.25;
const LONG_MS = 3_600_000;
const LONG_LINES = 300;
const MAX_PROGRAMS = 200;
/** Name that all lines of a stream are under: of these it counts whether anything of them was read. */
const ALL = '';

interface Share {
  all: number;
  good: number;
}

/** What is known of one program in one stream. Plain data. */
export interface ProgramPast {
  past: Share;
  recent: Share & { sinceMs: number };
  drifting: boolean;
}

/** What is known of one stream's programs. */
export type Drift = Map<string, ProgramPast>;

/** Takes what was counted; gives what began or ended by it. `atMs`: receive time of the last record. */
export function takeDrift(drift: Drift, { programs }: Pick<StreamCounts, 'programs'>, atMs: number): Found[] {
  const before = [...drift.values()].some(({ drifting }) => drifting);
  const told: string[] = [];
  const all: Share = { all: 0, good: 0 };
  for (const [name, { parsed, enveloped, unparsed }] of programs) {
    all.all += parsed + enveloped + unparsed;
    all.good += parsed + enveloped;
    if (name !== ALL) told.push(...take(drift, name, { all: parsed + enveloped + unparsed, good: parsed }, atMs));
  }
  told.push(...take(drift, ALL, all, atMs));
  const now = [...drift].filter(([, { drifting }]) => drifting).map(([name]) => name);
  if (!before && now.length > 0)
    return [{ phase: 'begin', atMs, words: `${told.join('; ')}.`, detail: { programs: now.map(nameOf) } }];
  if (before && now.length === 0) return [{ phase: 'end', atMs, words: 'its lines are understood again.', detail: {} }];
  return [];
}

const nameOf = (name: string): string => (name === ALL ? 'all' : name);

/** Gives a sentence when a program's lines are not understood from now on. */
function take(drift: Drift, name: string, more: Share, atMs: number): string[] {
  if (more.all === 0) return [];
  const known = drift.get(name);
  if (known === undefined && drift.size >= MAX_PROGRAMS) return [];
  const one = known ?? { past: { all: 0, good: 0 }, recent: { all: 0, good: 0, sinceMs: atMs }, drifting: false };
  drift.set(name, one);
  one.recent.all += more.all;
  one.recent.good += more.good;
  if (one.recent.all < RECENT) return [];
  const said = judge(one, name, atMs);
  if (said === WAIT) return [];
  if (!one.drifting) remember(one);
  one.recent = { all: 0, good: 0, sinceMs: atMs };
  return said === '' ? [] : [said];
}

const WAIT = 'wait';

/** The sentence; '' when there is nothing to say, `wait` when more lines may still tell. */
function judge(one: ProgramPast, name: string, atMs: number): string {
  const usual = one.past.all === 0 ? 0 : one.past.good / one.past.all;
  const now = one.recent.good / one.recent.all;
  if (one.drifting) {
    one.drifting = now < usual * RECOVERED;
    return '';
  }
  if (one.past.all < PAST || usual < AT_ALL || now > usual * FALLEN) return '';
  const lasted = atMs - one.recent.sinceMs;
  if (usual < USUALLY && now > 0) return '';
  if (usual < USUALLY && (lasted < LONG_MS || one.recent.all < LONG_LINES)) return WAIT;
  one.drifting = true;
  const share = (part: number) => `${Math.round(part * 100)} %`;
  const whose = name === ALL ? 'lines are read' : `lines of ${name} are understood`;
  return `${share(now)} of its last ${one.recent.all} ${whose}, of ${share(usual)} before (in ${lengthWords(lasted)}): their form may have changed`;
}

function remember({ past, recent }: ProgramPast): void {
  past.all += recent.all;
  past.good += recent.good;
  if (past.all <= REMEMBERED) return;
  const fade = REMEMBERED / past.all;
  past.all *= fade;
  past.good *= fade;
}
