import type { Story } from '../trace/story.ts';
import { DOUBT } from '../trace/verdict.ts';
import { isOfWebBreach } from '../trace/web-led.ts';

/** What a verdict leaves to be looked at though it proves no break-in: a login, or what a web server answered; null: nothing. */
export function openQuestion({ verdict, entries, reasons, findings }: Story): 'login' | 'web' | null {
  if (verdict !== 'attacked' && verdict !== 'quiet') return null;
  if (entries.length > 0 || reasons.some((reason) => reason.startsWith(DOUBT))) return 'login';
  return findings.some(({ title }) => title.startsWith('Attacks that the web server answered')) ? 'web' : null;
}

/** Did they come in through a web server, with no login that shows? */
export function cameByWeb({ verdict, entries, findings }: Story): boolean {
  return verdict === 'breached' && entries.length === 0 && findings.some(isOfWebBreach);
}
