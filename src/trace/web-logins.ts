import type { Event } from '../core/event.ts';
import { hashOf } from './sign.ts';
import * as row from './tally-row.ts';
import { isPart, type WebFacts } from './web-facts.ts';

// Hot path: once per request.

/** What was noted of an address holds within one piece of the evidence: then it matters not which thread read it. */
const PIECE = 2 ** 34;

const noted = (cells: Float64Array, cell: number, task: number): number => {
  const held = cells[cell] as number;
  return Math.floor(held / PIECE) === task ? held % PIECE : 0;
};

const note = (cells: Float64Array, cell: number, task: number, value: number): void => {
  cells[cell] = task * PIECE + value;
};

const add = (cells: Float64Array, cell: number, count: number): void => {
  cells[cell] = (cells[cell] as number) + count;
};

/** Counts what a request says of logins to web pages: tries, refusals, and that somebody was let in. `at`: where its address's row begins. */
export function countLogin(cells: Float64Array, at: number, event: Event, facts: WebFacts, task: number): void {
  const { categories, named } = facts;
  if (named) answered(cells, at, facts, task);
  if (categories === undefined) {
    if (cells[at + row.OPEN_LOGIN] !== 0) entered(cells, at, facts, task);
  } else if (categories.includes('login')) tried(cells, at, facts, event, task);
  else if (facts.status === 401 && named) add(cells, at + row.WEB_FAILURES, event.count);
  else if (categories.includes('challenge')) {
    note(cells, at + row.CHALLENGES, task, noted(cells, at + row.CHALLENGES, task) + event.count);
    add(cells, at + row.CHALLENGED, event.count);
  }
}

const WORDPRESS = /\/(?:wp-login|xmlrpc)\.php$/i;
const XMLRPC = /\/xmlrpc\.php$/i;
/** Answers to who may log in, and to who may not: of many pages both are alike. */
const OPEN = new Set([200, 302, 303]);
/** Wrong passwords are answered alike, but for the name in it. */
const ALIKE_BYTES = 64;

// A login that nobody can tell from its answer is one that failed, unless what comes next shows that somebody is in.
function tried(cells: Float64Array, at: number, { status = 0, path = '' }: WebFacts, event: Event, task: number): void {
  const isOpen = OPEN.has(status) && !WORDPRESS.test(path);
  note(cells, at + row.OPEN_LOGIN, task, isOpen ? signOfPath(path) : 0);
  const isOfAnApp = status === 200 && XMLRPC.test(path) && isAnother(cells, at, event, task);
  if (!isOfAnApp) add(cells, at + row.WEB_FAILURES, event.count);
}

// What an app asks for over XML-RPC is answered in many lengths.
function isAnother(cells: Float64Array, at: number, { fields }: Event, task: number): boolean {
  const bytes = Math.min(Number(fields['http.response.body.bytes'] ?? 0), PIECE - 1);
  const last = noted(cells, at + row.XMLRPC_BYTES, task);
  note(cells, at + row.XMLRPC_BYTES, task, bytes);
  return last !== 0 && Math.abs(bytes - last) > ALIKE_BYTES;
}

const signOfPath = (path: string): number => 1 + (hashOf(path) >>> 0);

/** A site's first page, where its form may stand. */
export const FIRST_PAGE = /^\/?$|^\/(?:[^/]{1,60}\/)?(?:index|default|home)\.?\w{0,5}$/i;

// A page of its own that comes after a login, before any other: somebody was let in.
function entered(cells: Float64Array, at: number, { status = 0, path = '' }: WebFacts, task: number): void {
  if (status < 200 || status > 299 || isPart(path) || FIRST_PAGE.test(path)) return;
  const open = noted(cells, at + row.OPEN_LOGIN, task);
  if (open === 0 || open === signOfPath(path)) return;
  note(cells, at + row.OPEN_LOGIN, task, 0);
  add(cells, at + row.WEB_FAILURES, -1);
}

/** How often a client may be asked who it is before it says so: git, WebDAV and package managers do for each thing they fetch (RFC 9110 §11.1). */
const ASKED_FIRST = 2;

// Whoever is let in right after the question has guessed nothing: it is no failure.
function answered(cells: Float64Array, at: number, { status = 0 }: WebFacts, task: number): void {
  if (status === 0 || status >= 400) return;
  const asked = noted(cells, at + row.CHALLENGES, task);
  note(cells, at + row.CHALLENGES, task, 0);
  if (asked <= ASKED_FIRST) add(cells, at + row.CHALLENGED, -asked);
}

/** From one refusal to the next, on the average of all. */
const RUSH_MS = 10_000;
/** Within ten minutes: more than a program that looks now and then. */
const AT_ONCE = 60;

/** What is asked of an address's counts. */
interface Asking {
  readonly first: number;
  readonly last: number;
  /** A bit for each of 32 classes of paths. */
  readonly pathClasses: number;
  peaksAt(least: number): boolean;
}

/**
 * Was somebody who was asked so often who is there, and whose name no log tells, guessing? A look whether a server lives, and a page
 * whose parts all ask, are told from it by the rush and by the paths.
 */
export function isRush(asking: Asking, challenged: number): boolean {
  const isRapid = asking.last - asking.first <= challenged * RUSH_MS;
  return (isRapid && isOfTwo(asking.pathClasses)) || (challenged >= AT_ONCE && asking.peaksAt(AT_ONCE));
}

/** Are at most two bits set? */
function isOfTwo(bits: number): boolean {
  const butOne = bits & (bits - 1);
  return (butOne & (butOne - 1)) === 0;
}
