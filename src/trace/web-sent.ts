import { has } from '../core/event.ts';
import { grouped } from '../core/grouped.ts';
import { findingOf, requested } from './finding-of.ts';
import type { Citer, Noted } from './noted.ts';
import { isAnswered } from './role.ts';
import type { Finding } from './story.ts';
import { LED } from './web-kinds.ts';

/** Programs that run what they are sent; no site hands a request to them: a shell that a path climbed to, PHPUnit's own helper. */
const RUNNER = /\/bin\/(?:ba|da|z|k|a)?sh$|\/util\/php\/eval-stdin\.php$/i;
/** By how much the answers to different commands differ at least. */
const LEAST_SPREAD = 50;

/** Commands that were sent, and show in no log, to what runs them and answered each with a text of its own. */
export function sentToRunners(notables: readonly Noted[], citer: Citer): Finding[] {
  const sent = notables.filter(
    ({ fields }) =>
      has(fields, 'event.category', 'web') &&
      fields['http.request.method'] === 'POST' &&
      RUNNER.test(String(fields['url.path'] ?? '')) &&
      isAnswered(fields),
  );
  return [...grouped(sent, ({ host, address, fields }) => `${host} ${address} ${fields['url.path']}`).values()]
    .filter(areDifferent)
    .map((events) => {
      const { address, fields } = events[0] as Noted;
      const detail = `${address}: ${events.length.toLocaleString('en')} times ${String(fields['url.original']).slice(0, 200)}, each answer of its own length`;
      return { ...findingOf(LED, events, detail, citer), request: requested(events) };
    });
}

function areDifferent(events: readonly Noted[]): boolean {
  const lengths = events.map(({ fields }) => Number(fields['http.response.body.bytes'] ?? 0));
  const least = lengths.reduce((a, b) => Math.min(a, b));
  return lengths.reduce((a, b) => Math.max(a, b)) - least >= LEAST_SPREAD;
}
