import type { Finding, Requested, Story } from '../trace/story.ts';
import { DOUBT } from '../trace/verdict.ts';
import { ANSWERED, isOfWebBreach, LEAKED } from '../trace/web-kinds.ts';
import { byTime } from './clock.ts';

/** What a verdict leaves to be looked at though it proves no break-in: a login, or what a web server answered; null: nothing. */
export function openQuestion({ verdict, entries, reasons, findings }: Story): 'login' | 'web' | null {
  if (verdict !== 'attacked' && verdict !== 'quiet') return null;
  if (entries.length > 0 || reasons.some((reason) => reason.startsWith(DOUBT))) return 'login';
  return findings.some(({ title }) => title === ANSWERED.title || title === LEAKED.title) ? 'web' : null;
}

/** A finding about requests. */
export type WebFinding = Finding & { readonly request: Requested };

const isWebWay = (found: Finding): found is WebFinding => isOfWebBreach(found) && found.request !== undefined;

/** How they came in through a web server, where no login shows: the first that is known of; null when they did not. */
export function webWayIn({ verdict, entries, findings }: Story): WebFinding | null {
  if (verdict !== 'breached' || entries.length > 0) return null;
  return findings.filter(isWebWay).sort(byTime)[0] ?? null;
}
