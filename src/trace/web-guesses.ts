import { type Event, settled } from '../core/event.ts';
import { grouped } from '../core/grouped.ts';
import { isBlockable } from '../core/ip.ts';
import { findingOf, requested } from './finding-of.ts';
import { COMMON_NAMES } from './guesses.ts';
import type { Citer, Noted } from './noted.ts';
import type { Finding } from './story.ts';
import { isPart, type WebFacts } from './web-facts.ts';
import { GUESSED_LOGIN } from './web-kinds.ts';
import { FIRST_PAGE } from './web-logins.ts';

/** Wrong answers in a row. People ask for a new password long before. */
const LEAST_WRONG = 20;
/** From one to the next, on the average: a person who types, and a program that guesses. */
const PACE_MS = 60_000;
/** A program that asks over HTTP itself (RFC 9110 §11) with an old password does so at its own pace, for one account. */
const PACE_OF_PROGRAMS_MS = 3000;
const NAMES_OF_GUESSERS = 3;
/** Whoever stops for so long begins a new row. */
const PAUSE_MS = 600_000;
/** Answers unlike those before that come again: the server sends guessers elsewhere. */
const MOST_UNLIKE = 2;
/** Addresses whose rows are kept at a time. */
const MOST_ROWS = 10_000;
const MOST_NAMES = 8;
/** Pages that send on whoever is right, and nobody else. */
const SENDS_ON = /\/(?:wp-login\.php|(?:php-?my-?admin|pma|myadmin)[\w.-]{0,20}\/index\.php)$/i;
/** What is done there besides, and answered alike: a lost password, a page with a password of its own. */
const BESIDES = /(?:^|&)action=(?!login\b)/;
/** Where guessers are sent, and whoever is to try again. */
const OUTSIDE =
  /lock|block|ban|captcha|challenge|denied|forbidden|error|fail|limit|too-?many|forgot|reset|log-?[io]n|sign-?in|auth/i;
/** Accounts of servers for applications, beside those that are tried everywhere. */
const WEB_NAMES: ReadonlySet<string> = new Set(
  'tomcat manager both role1 webmaster jenkins operator cisco demo'.split(' '),
);
/** What a server says to who may not, where it says so by its status (RFC 9110 §15.5.2, RFC 4918 §11.2). */
const REFUSED = new Set([401, 422]);
const GUESSES = 'spoor.web.guesses';
const GUESSED_AT = 'spoor.web.login';

/** Wrong answers of one address to one page, one after the other. */
interface Row {
  readonly path: string;
  /** How the page says no. */
  readonly status: number;
  /** By a question of HTTP itself, not by a form. */
  readonly asked: boolean;
  wrong: number;
  readonly from: number;
  last: number;
  readonly names: Set<string>;
  /** Answers unlike the others, one after the other: the last may have let somebody in. */
  unlike: number;
  /** The first of them, where it sent the guesser on, and nothing was asked since. */
  sent: Event | null;
}

/** Finds who was let in by a web page after many wrong answers in a row, within one piece of the evidence. */
export class WebGuesses {
  readonly #rows = new Map<string, Row>();

  /** The event, with what came before it, where it shows that a guesser is in; else null. */
  see(event: Event, facts: WebFacts): Event | null {
    const { categories, status = 0 } = facts;
    const isTry = categories?.includes('login') === true;
    const isAsked = status === 401 && !isTry;
    if (this.#rows.size === 0 && !isTry && !isAsked) return null;
    const known = this.#rows.get(event.address);
    const isElsewhere = isTry && known?.path !== facts.path && (known?.wrong ?? 0) < LEAST_WRONG;
    if (known === undefined || isElsewhere || event.time - known.last > PAUSE_MS) {
      if (isTry || isAsked) this.#begin(event, facts, isAsked);
      else this.#rows.delete(event.address);
      return known === undefined ? null : stopped(known);
    }
    return this.#goOn(known, event, facts);
  }

  /** Those that the evidence ends with. */
  end(): Event[] {
    return [...this.#rows.values()].map(stopped).filter((event) => event !== null);
  }

  #begin(event: Event, { path = '', status = 0 }: WebFacts, asked: boolean): void {
    const isRight = status >= 300 && status <= 399; // or one that sends everybody on
    if (!Number.isFinite(event.time) || event.address === '' || isRight) return;
    if (this.#rows.size >= MOST_ROWS) this.#rows.delete(this.#rows.keys().next().value as string);
    const row = { path, status, asked, wrong: 0, from: event.time, last: event.time, unlike: 0, sent: null };
    const begun: Row = { ...row, names: new Set() };
    this.#rows.delete(event.address);
    this.#rows.set(event.address, begun);
    wrong(begun, event);
  }

  #goOn(row: Row, event: Event, facts: WebFacts): Event | null {
    const { status = 0, path = '' } = facts;
    const isAnswer = row.asked ? isOfQuestion(row, facts) : isPost(event) && path === row.path;
    if (isAnswer && status === row.status) wrong(row, event);
    else if (isAnswer) return this.#unlike(row, event, status);
    else if (!row.asked && isInside(row, facts)) return this.#shown(row, event);
    else if (status === 200 && (path === row.path || OUTSIDE.test(path))) again(row);
    return null;
  }

  #unlike(row: Row, event: Event, status: number): Event | null {
    if (status === 0 || status >= 400) return null;
    if (row.asked || REFUSED.has(row.status)) return this.#letIn(row, event);
    row.unlike += 1;
    if (status === 302 && SENDS_ON.test(row.path)) return this.#sentOn(row, event);
    row.sent = row.unlike === 1 && (status === 302 || status === 303) ? settled(event) : null;
    if (row.unlike > MOST_UNLIKE) this.#rows.delete(event.address);
    return null;
  }

  // Right at once, unless everybody is sent on from then on: then the page was hidden, or the guesser is kept out.
  #sentOn(row: Row, event: Event): Event | null {
    if (row.unlike === 1) return tell(row, event, row.wrong);
    if (row.unlike <= MOST_UNLIKE) return null;
    this.#rows.delete(event.address);
    return tell(row, event, 0);
  }

  // Whoever is shown more after an answer like all the others is in already, as a monitor that logs in.
  #shown(row: Row, event: Event): Event | null {
    const isTold = SENDS_ON.test(row.path);
    if (row.unlike > 0 && !isTold) return this.#letIn(row, event);
    if (row.unlike > 0 || (!REFUSED.has(row.status) && !isTold)) this.#rows.delete(event.address);
    return null;
  }

  #letIn(row: Row, event: Event): Event | null {
    this.#rows.delete(event.address);
    return tell(row, event, row.wrong);
  }
}

/** The event with how many wrong answers came before it; 0: what was told of this row was wrong. */
function tell(row: Row, event: Event, guesses: number): Event | null {
  if (row.wrong < LEAST_WRONG || !isGuessing(row, event)) return null;
  const told = settled(event);
  return { ...told, fields: { ...told.fields, [GUESSES]: guesses, [GUESSED_AT]: row.path } };
}

function wrong(row: Row, event: Event): void {
  row.wrong += event.count;
  row.last = event.time;
  again(row);
  const name = event.fields['user.name'];
  if (typeof name === 'string' && name !== '-' && row.names.size < MOST_NAMES) row.names.add(name);
}

/** The form is shown again, or why it is not. */
function again(row: Row): void {
  row.unlike = 0;
  row.sent = null;
}

/** A guesser goes on until a password is right: the last answer of a row, where it is unlike all before, and the only one. */
function stopped(row: Row): Event | null {
  return row.sent === null ? null : tell(row, row.sent, row.wrong);
}

function isPost({ fields }: Event): boolean {
  return fields['http.request.method'] === 'POST' && !BESIDES.test(String(fields['url.query'] ?? ''));
}

// Of who says a name each page asks; of who says none, only the very page that was asked for again and again counts.
function isOfQuestion(row: Row, { named, path = '', status = 0 }: WebFacts): boolean {
  if (status !== row.status && !named) return false;
  return path === row.path || (named && row.names.size > 0);
}

/** A page of its own that is shown after a login. */
function isInside(row: Row, { status = 0, path = '' }: WebFacts): boolean {
  return (
    status >= 200 &&
    status <= 299 &&
    path !== row.path &&
    !isPart(path) &&
    !FIRST_PAGE.test(path) &&
    !OUTSIDE.test(path)
  );
}

function isGuessing({ asked, wrong: tries, from, last, names }: Row, { fields, address }: Event): boolean {
  const pace = (last - from) / tries;
  if (!asked) return pace <= PACE_MS;
  const user = String(fields['user.name']);
  const isListed = names.size >= NAMES_OF_GUESSERS || COMMON_NAMES.has(user) || WEB_NAMES.has(user) || names.size === 0;
  return pace <= PACE_OF_PROGRAMS_MS && isListed && isBlockable(address);
}

/** Logins to web pages that were guessed. `relays`: addresses of many people, of whom one guesses and another is right. */
export function guessedLogins(notables: readonly Noted[], relays: ReadonlySet<string>, citer: Citer): Finding[] {
  const told = notables.filter(({ fields, address }) => fields[GUESSES] !== undefined && !relays.has(address));
  const rows = grouped(told, ({ host, address, fields }) => `${host} ${address} ${fields[GUESSED_AT]}`);
  return [...rows.values()]
    .filter((events) => events.every(({ fields }) => fields[GUESSES] !== 0))
    .map((events) => found(events, citer));
}

function found(events: readonly Noted[], citer: Citer): Finding {
  const [noted] = events as [Noted];
  const { address, fields } = noted;
  const user = fields['user.name'];
  const who = user === undefined || user === '-' ? 'somebody' : String(user);
  const tries = Number(fields[GUESSES]).toLocaleString('en');
  const detail = `${address}: ${who} let in at ${fields[GUESSED_AT]} after ${tries} wrong answers`;
  const page = { ...noted, fields: { 'url.original': fields[GUESSED_AT] as string } };
  return { ...findingOf(GUESSED_LOGIN, events, detail, citer), request: requested([page]) };
}
