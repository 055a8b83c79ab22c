import { grouped } from '../../core/grouped.ts';
import type { SessionDraft, StepDraft } from '../draft.ts';
import type { NamedSession } from '../findings.ts';
import type { Entry } from '../story.ts';
import { type Outward, outwardOf } from './outward.ts';

/** A session as hops see it. */
export interface Login {
  readonly id: string;
  readonly draft: SessionDraft;
  /** The way in that it is thought to be; null for an ordinary session. */
  readonly entry: Entry | null;
  readonly host: string;
  /** When it began by its host's clock, or was first heard of; NaN when nothing tells. */
  readonly from: number;
  /** When it ended, or may have. */
  readonly to: number;
}

/** Where nothing tells of an end: so long after the last sign of it. */
const OPEN_MS = 24 * 3_600_000;

/** All sessions and all commands that lead elsewhere, by host. */
export interface World {
  readonly logins: readonly Login[];
  readonly byHost: ReadonlyMap<string, readonly Login[]>;
  readonly outward: ReadonlyMap<string, readonly Outward[]>;
  /** The session a command was run in. */
  readonly ranIn: ReadonlyMap<StepDraft, Login>;
}

export function worldOf(
  sessions: readonly NamedSession[],
  loose: readonly StepDraft[],
  entries: readonly Entry[],
): World {
  const entryOf = new Map(entries.map((entry) => [entry.session, entry]));
  const logins = sessions.map(({ id, draft }) => loginOf(id, draft, entryOf.get(id) ?? null));
  const byHost = grouped(logins, ({ host }) => host);
  for (const list of byHost.values()) list.sort((a, b) => a.from - b.from || a.to - b.to || 0);
  const ranIn = new Map<StepDraft, Login>();
  const found: Outward[] = [];
  for (const login of logins)
    for (const step of login.draft.steps)
      for (const outward of outwardOf(step)) {
        ranIn.set(step, login);
        found.push(outward);
      }
  for (const step of loose) found.push(...outwardOf(step));
  return { logins, byHost, outward: grouped(unrepeated(found), ({ host }) => host), ranIn };
}

function loginOf(id: string, draft: SessionDraft, entry: Entry | null): Login {
  const from = Number.isFinite(draft.start) ? draft.start : (draft.evidence[0]?.time ?? Number.NaN);
  const last = Number.isFinite(draft.lastActive) ? Math.max(draft.lastActive, from) : from;
  const to = Number.isFinite(draft.end) ? draft.end : last + OPEN_MS;
  return { id, draft, entry, host: draft.host, from, to };
}

const SAME_MS = 3000;

/**
 * The same command is told by several logs (history, syslog, audit, sudo): once is enough. One without a time is the same as
 * one with a time in another log.
 */
function unrepeated(found: readonly Outward[]): Outward[] {
  const last = new Map<string, Outward>();
  const timed = new Map<string, Map<number, number>>();
  const once = found.filter((outward) => {
    if (Number.isNaN(outward.time)) return true;
    const before = last.get(keyOf(outward));
    last.set(keyOf(outward), outward);
    if (before && Math.abs(before.time - outward.time) < SAME_MS && inputOf(before) !== inputOf(outward)) return false;
    const counts = timed.get(keyOf(outward)) ?? new Map<number, number>();
    timed.set(keyOf(outward), counts.set(inputOf(outward), (counts.get(inputOf(outward)) ?? 0) + 1));
    return true;
  });
  const told = new Map([...timed].map(([key, counts]) => [key, Math.max(...counts.values())]));
  return once.filter((outward) => {
    const left = Number.isNaN(outward.time) ? (told.get(keyOf(outward)) ?? 0) : 0;
    if (left > 0) told.set(keyOf(outward), left - 1);
    return left === 0;
  });
}

const keyOf = ({ host, target, program }: Outward) => `${host} ${target} ${program}`;
const inputOf = ({ step }: Outward) => step.noted.input;
