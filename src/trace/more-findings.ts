import { has } from '../core/event.ts';
import { grouped } from '../core/grouped.ts';
import { type FindingKind, findingOf, requested } from './finding-of.ts';
import type { Citer, Noted } from './noted.ts';
import { isAnswered, PROBING } from './role.ts';
import type { Finding } from './story.ts';
import { ANSWERED, SHELL } from './web-kinds.ts';
import { typedInto } from './web-typed.ts';

/** A person who mistypes the password of su or sudo stops before; and who is right at last begins anew. */
const LOCAL_GUESSES = 10;
/** Within which so many are guesses. Who mistypes once a day, or a job without its right that runs each hour, is no guesser. */
const LOCAL_GUESSING_MS = 1_800_000;
/** Sudo's words where no password was tried. */
const NO_TRY = /^(?:command not allowed|a password is required|user NOT in sudoers|no tty present)/i;
/** So many addresses are no one's: a shell is its owner's. */
const MANY = 10;
/** So many different paths answered with the same bytes are one page, which the server gives whatever is asked for. */
const SAME_PAGE = 3;
// A script where only what visitors send should lie.
const SHELL_PATH =
  /\/(?:uploads?|files?|images?|img|media|tmp|temp|cache|avatars?|attachments?|static)\/[^?]{0,300}\.(?:php\d?|phtml|phar|jspx?|aspx?|cgi|pl)$/i;

const FORGED: FindingKind = { title: 'Log lines forged by another program', level: 'high', techniques: ['T1565.001'] };
const AUDIT_LESS: FindingKind = {
  title: 'Audit rules removed or auditing switched off',
  level: 'high',
  techniques: ['T1562.012'],
};
const GUESSED: FindingKind = { title: 'Password guessed from inside', level: 'high', techniques: ['T1110.001'] };
export const GUESSED_RIGHT: FindingKind = {
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
  const answers = notables.filter(
    ({ fields }) => has(fields, 'event.category', 'web') && isAttack(fields) && isAnswered(fields),
  );
  const pages = samePages(answers);
  const fed = fedOften(answers);
  const typed = typedInto(answers, placeFed);
  for (const noted of answers) {
    if (pages.has(pageOf(noted)) && !typed.has(placeFed(noted))) continue;
    const path = String(noted.fields['url.path'] ?? '');
    const isRun = has(noted.fields, 'rule.category', 'rce') && SHELL_PATH.test(path);
    const isShell = isRun || fed.has(placeFed(noted));
    const kind = typed.get(placeFed(noted)) ?? (isShell ? SHELL : ANSWERED);
    const key = `${noted.host} ${noted.address} ${kind.title}`;
    const known = groups.get(key);
    if (known) known.events.push(noted);
    else groups.set(key, { kind, events: [noted] });
  }
  return [...groups.values()].map(({ kind, events }) => {
    const [first] = events as [Noted];
    const detail = `${first.address}: ${String(first.fields['url.original'] ?? first.fields['url.path'] ?? '').slice(0, 300)}`;
    return { ...findingOf(kind, events, detail, citer), request: requested(events) };
  });
}

function isAttack(fields: Noted['fields']): boolean {
  const categories = fields['rule.category'];
  return fields['event.kind'] === 'alert' && Array.isArray(categories) && categories.some((one) => !PROBING.has(one));
}

/**
 * Scripts among uploads that one address sent something, and that gave it different answers: a page that is always given is no shell. What many
 * send something is a part of the site.
 */
function fedOften(answers: readonly Noted[]): Set<string> {
  const scripts = grouped(
    answers.filter(({ fields }) => has(fields, 'rule.category', 'webshell')),
    ({ host, fields }) => `${host} ${fields['url.path']}`,
  );
  const fed = [...scripts.values()].flatMap((events) =>
    new Set(events.map(({ address }) => address)).size < MANY ? events : [],
  );
  const answersOf = [...grouped(fed, placeFed)].map(([place, events]) => ({
    place,
    lengths: new Set(events.map(({ fields }) => fields['http.response.body.bytes'])),
  }));
  return new Set(answersOf.filter(({ lengths }) => lengths.size > 1).map(({ place }) => place));
}

function placeFed({ host, address, fields }: Noted): string {
  return `${host} ${address} ${fields['url.path']}`;
}

/** Answers that say nothing: the front page of an application that has its paths in the browser, a page of a blocker. */
function samePages(answers: readonly Noted[]): Set<string> {
  const paths = new Map<string, Set<string>>();
  for (const noted of answers) {
    const page = pageOf(noted);
    if (page === '') continue;
    const known = paths.get(page) ?? new Set();
    known.add(placeOf(String(noted.fields['url.path'] ?? '')));
    paths.set(page, known);
  }
  return new Set([...paths].filter(([, { size }]) => size >= SAME_PAGE).map(([page]) => page));
}

// Copies of one shell say the same beside each other: of scripts where none should lie, only the folders are different places.
function placeOf(path: string): string {
  return SHELL_PATH.test(path) ? path.slice(0, path.lastIndexOf('/') + 1) : path;
}

// A body of no bytes is no page.
function pageOf({ host, fields }: Noted): string {
  const bytes = fields['http.response.body.bytes'];
  return typeof bytes === 'number' && bytes > 0 ? `${host} ${fields['http.response.status_code']} ${bytes}` : '';
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

interface Guessing {
  /** Those without a success since, and within the time. */
  latest: Noted[];
  /** Are these as many as guesses are? */
  long: boolean;
  /** The longest such row. */
  failures: Noted[];
  right: boolean;
}

// su and sudo: who tries again and again to become another.
function localGuesses(notables: readonly Noted[], citer: Citer): Finding[] {
  const groups = new Map<string, Guessing>();
  for (const noted of notables) {
    const { fields, address } = noted;
    if (address !== '' || !has(fields, 'event.category', 'authentication') || !has(fields, 'event.type', 'start'))
      continue;
    if (NO_TRY.test(String(fields['event.reason'] ?? ''))) continue;
    const key = `${noted.host} ${fields['event.action']} ${fields['user.name']} ${fields['user.effective.name'] ?? fields['user.target.name']}`;
    let known = groups.get(key);
    if (known === undefined) {
      known = { latest: [], long: false, failures: [], right: false };
      groups.set(key, known);
    }
    if (fields['event.outcome'] === 'failure') fail(known, noted);
    else succeed(known);
  }
  return [...groups.values()]
    .filter(({ failures }) => many(failures))
    .map(({ failures, right }) => {
      const [{ fields }] = failures as [Noted];
      const detail = `${fields['user.name'] ?? 'somebody'} to ${fields['user.effective.name'] ?? fields['user.target.name'] ?? 'root'} by ${fields['event.action']}`;
      return findingOf(right ? GUESSED_RIGHT : GUESSED, failures, detail, citer);
    });
}

const many = (failures: readonly Noted[]) => failures.reduce((sum, { count }) => sum + count, 0) >= LOCAL_GUESSES;

// A row that is long enough goes on whatever the pace; one that is not is left behind by time.
function fail(guessing: Guessing, noted: Noted): void {
  if (guessing.long) guessing.latest.push(noted);
  else {
    const near = guessing.latest.filter(({ time }) => !(noted.time - time > LOCAL_GUESSING_MS));
    guessing.latest = [...near, noted];
    guessing.long = many(guessing.latest);
  }
  if (guessing.latest.length >= guessing.failures.length && !guessing.right) guessing.failures = guessing.latest;
}

function succeed(guessing: Guessing): void {
  if (guessing.long && !guessing.right) guessing.failures = guessing.latest;
  guessing.right ||= guessing.long;
  guessing.latest = [];
  guessing.long = false;
}
