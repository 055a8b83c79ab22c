import { type Citer, cite, instant, type Noted } from './noted.ts';
import type { Finding, Level } from './story.ts';

const MAX_EVIDENCE = 5;

/** What findings of one kind have in common. */
export interface FindingKind {
  readonly title: string;
  readonly level: Level;
  readonly techniques: readonly string[];
}

/** A finding outside of sessions, of at least one event; it is placed by the first and cites the first few. Numbered later. */
export function findingOf(
  { title, level, techniques }: FindingKind,
  events: readonly Noted[],
  detail: string,
  citer: Citer,
): Finding {
  const [first] = events as [Noted];
  return {
    id: '',
    title,
    level,
    techniques,
    at: instant(first.time),
    host: first.host,
    session: null,
    detail,
    count: events.reduce((sum, { count }) => sum + count, 0),
    evidence: events.slice(0, MAX_EVIDENCE).map((noted) => cite(citer, noted)),
  };
}
