import { has } from '../core/event.ts';
import { type FindingKind, findingOf } from './finding-of.ts';
import type { Citer, Noted } from './noted.ts';
import type { Finding } from './story.ts';

/** A person who mistypes the password of su or sudo stops before. */
const LOCAL_GUESSES = 10;
// A script where only what visitors send should lie.
const SHELL_PATH =
  /\/(?:uploads?|files?|images?|img|media|tmp|temp|cache|avatars?|attachments?|static)\/[^?]{0,300}\.(?:php\d?|phtml|phar|jspx?|aspx?|cgi|pl)$/i;

const SHELL: FindingKind = { title: 'Web shell used', level: 'critical', techniques: ['T1505.003'] };
const ANSWERED: FindingKind = {
  title: 'Attacks that the web server answered with success',
  level: 'medium',
  techniques: ['T1190'],
};
const FORGED: FindingKind = { title: 'Log lines forged by another program', level: 'high', techniques: ['T1565.001'] };
const AUDIT_LESS: FindingKind = {
  title: 'Audit rules removed or auditing switched off',
  level: 'high',
  techniques: ['T1562.012'],
};
const GUESSED: FindingKind = { title: 'Password guessed from inside', level: 'high', techniques: ['T1110.001'] };
const GUESSED_RIGHT: FindingKind = {
  title: 'Password guessed from inside, then right',
  level: 'critical',
  techniques: ['T1110.001', 'T1548'],
};

/** What is found outside of sessions: attacks that a web server answered, and passwords guessed on the host itself. */
export function findMore(notables: readonly Noted[], citer: Citer): Finding[] {
  return [...webAnswers(notables, citer), ...localGuesses(notables, citer), ...tampered(notables, citer)];
}

function webAnswers(notables: readonly Noted[], citer: Citer): Finding[] {
  const groups = new Map<string, { kind: FindingKind; events: Noted[] }>();
  for (const noted of notables) {
    if (!has(noted.fields, 'event.category', 'web')) continue;
    const path = String(noted.fields['url.path'] ?? '');
    const kind = has(noted.fields, 'rule.category', 'rce') && SHELL_PATH.test(path) ? SHELL : ANSWERED;
    const key = `${noted.host} ${noted.address} ${kind.title}`;
    const known = groups.get(key);
    if (known) known.events.push(noted);
    else groups.set(key, { kind, events: [noted] });
  }
  return [...groups.values()].map(({ kind, events }) => {
    const [first] = events as [Noted];
    return findingOf(
      kind,
      events,
      `${first.address}: ${String(first.fields['url.original'] ?? first.fields['url.path'] ?? '').slice(0, 300)}`,
      citer,
    );
  });
}

// journald knows who wrote a line, whatever the line says of itself; auditd tells when it is told less.
function tampered(notables: readonly Noted[], citer: Citer): Finding[] {
  const groups = new Map<string, { kind: FindingKind; events: Noted[] }>();
  for (const noted of notables) {
    const kind = tamperKind(noted);
    if (kind === null) continue;
    const key = `${noted.host} ${kind.title}`;
    const known = groups.get(key);
    if (known) known.events.push(noted);
    else groups.set(key, { kind, events: [noted] });
  }
  const reasonOf = (events: readonly Noted[]) => String(events[0]?.fields['event.reason'] ?? '');
  return [...groups.values()].map(({ kind, events }) => findingOf(kind, events, reasonOf(events), citer));
}

function tamperKind({ fields }: Noted): FindingKind | null {
  const action = fields['event.action'];
  if (action === 'log_forged') return FORGED;
  const reason = String(fields['event.reason'] ?? '');
  return action === 'changed-audit-configuration' && /removed|off|detached/.test(reason) ? AUDIT_LESS : null;
}

// su and sudo: who tries again and again to become another.
function localGuesses(notables: readonly Noted[], citer: Citer): Finding[] {
  const groups = new Map<string, { failures: Noted[]; right: boolean }>();
  for (const noted of notables) {
    const { fields, address } = noted;
    if (address !== '' || !has(fields, 'event.category', 'authentication') || !has(fields, 'event.type', 'start'))
      continue;
    const key = `${noted.host} ${fields['event.action']} ${fields['user.name']} ${fields['user.effective.name'] ?? fields['user.target.name']}`;
    const known = groups.get(key) ?? { failures: [], right: false };
    if (fields['event.outcome'] === 'failure') known.failures.push(noted);
    else if (known.failures.length >= LOCAL_GUESSES) known.right = true;
    groups.set(key, known);
  }
  return [...groups.values()]
    .filter(({ failures }) => failures.reduce((sum, { count }) => sum + count, 0) >= LOCAL_GUESSES)
    .map(({ failures, right }) => {
      const [{ fields }] = failures as [Noted];
      const detail = `${fields['user.name'] ?? 'somebody'} to ${fields['user.effective.name'] ?? fields['user.target.name'] ?? 'root'} by ${fields['event.action']}`;
      return findingOf(right ? GUESSED_RIGHT : GUESSED, failures, detail, citer);
    });
}
