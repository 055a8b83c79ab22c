// What is counted of each address: cells of a row. What every failed login touches stands in the first 64 bytes, what every
// request touches besides in the next. Cells are numbers of 64 bits; those of `SmallCells` are whole ones of 32 that stand among them,
// counted in halves of a cell, and mean something only to the table that they stand in.

export const LAST = 0;
export const FAILURES = 1;
/** How many failures were in the task that the last one was in: `LINES_A_TASK` times that task, and their number. */
export const TASK_FAILURES = 2;
/** Small: the entry of the last slot of five minutes. */
export const SLOT_AT = 6;
/** Small: the latest slot of five minutes. */
export const NEWEST_SLOT = 7;
/** Small: how many slots are kept, and names. */
export const SLOTS = 8;
export const NAMES = 9;
/** Small: the host seen last, by its number. */
export const HOST = 10;
/** Small: the name seen last, by its number, and its entry. */
export const NAME = 11;
export const NAME_AT = 12;
/** Small: how many times of failures are kept. */
export const TIMES = 13;
/** Small: how many failures are cited. */
export const CITATIONS = 14;
export const REQUESTS = 8;
/** Visits: requests as browsers make them, with a referrer, or for what a page is made of. */
export const VISITS = 9;
/** Which paths were asked for: a bit for each of 32 classes. */
export const PATHS = 10;
export const REFUSED = 11;
/** Four signs of the client, by their numbers; 0: free. */
export const SIGNS = 12;
export const FIRST = 16;
/** How often a server asked who is there (401) and was told no name, since it last let somebody in by name; with its task, see web-logins.ts. */
export const CHALLENGES = 17;
export const INVALID_NAMES = 18;
export const PROBES = 19;
export const OFFERS = 20;
export const SUCCESSES = 21;
export const HOSTILE = 22;
export const WEB_FAILURES = 23;
export const BLOCKED = 24;
export const FIRST_FAILURE = 25;
export const FIRST_SUCCESS = 26;
export const LAST_SUCCESS = 27;
/** The number of its first event's reference. */
export const FIRST_REF = 28;
/** How often a server asked who is there and was told no name, but for those that somebody was let in after. */
export const CHALLENGED = 29;
/** The last login may have succeeded: a number of its path; else 0. With its task. */
export const OPEN_LOGIN = 30;
/** How long the last answer of WordPress's XML-RPC was. With its task. */
export const XMLRPC_BYTES = 31;
/** Cells in a row: whole lines of a processor's cache. */
export const ROW = 32;

/** A row before anything was counted. */
export const EMPTY_ROW = emptyRow();

function emptyRow(): Float64Array {
  const cells = new Float64Array(ROW);
  const small = new Int32Array(cells.buffer);
  for (const cell of [FIRST, FIRST_FAILURE, FIRST_SUCCESS]) cells[cell] = Number.POSITIVE_INFINITY;
  for (const cell of [LAST, LAST_SUCCESS]) cells[cell] = Number.NEGATIVE_INFINITY;
  for (const cell of [SLOT_AT, NAME_AT, HOST, NAME]) small[cell] = -1;
  small[NEWEST_SLOT] = -0x80000000;
  return cells;
}

export const SLOT_MS = 300_000;
/** Names kept of one address; further ones are only counted. */
export const MAX_NAMES = 256;
/** Times of failures kept of one address: while all are, `failuresUntil` is exact. */
export const MAX_TIMES = 64;
export const MAX_TARGETS = 64;
/** Hostile requests of one address that are cited; so for failures. */
export const MAX_REFS = 4;
/** Which failures are cited, counted within each piece of the evidence: then it matters not which thread read it. */
export const isCited = (failure: number): boolean =>
  failure === 1 || failure === 4 || failure === 32 || failure === 256;
export const MAX_SIGNS = 4;
