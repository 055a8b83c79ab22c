import { type Citer, cite, instant, type Noted } from './noted.ts';
import type { Finding, Level, Requested } from './story.ts';

const MAX_EVIDENCE = 5;
const MAX_PAGES = 6;
const MAX_URL = 300;

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

/** What these requests asked for; there is at least one. */
export function requested(requests: readonly Noted[]): Requested {
  const urls = new Map<string, string>();
  for (const { fields } of requests) {
    const url = String(fields['url.original'] ?? fields['url.path'] ?? '').slice(0, MAX_URL);
    const page = pageOfUrl(url);
    if (urls.size < MAX_PAGES && !urls.has(page)) urls.set(page, url);
  }
  return { address: (requests[0] as Noted).address, urls: [...urls.values()] };
}

/** A target without what it asks of its page. */
export function pageOfUrl(url: string): string {
  return url.split(/[?#]/, 1)[0] as string;
}
