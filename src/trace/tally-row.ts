// What is counted of each address: cells of a row. What every failed login touches stands in the first 64 bytes, what every
// request touches besides in the next.

export const LAST = 0;
export const FAILURES = 1;
/** The entry of the last slot of five minutes. */
export const SLOT_AT = 2;
/** The host seen last, by its number. */
export const HOST = 3;
/** The entry of the name seen last. */
export const NAME_AT = 4;
/** How many times of failures are kept. */
export const TIMES = 5;
export const FIRST_FAILURE = 6;
/** How many failures were in the task that the last one was in: `LINES_A_TASK` times that task, and their number. */
export const TASK_FAILURES = 7;
export const REQUESTS = 8;
/** Requests as browsers make them: with a referrer, or for what a page is made of. */
export const VISITS = 9;
/** Which paths were asked for: a bit for each of 32 classes. */
export const PATHS = 10;
export const REFUSED = 11;
/** Four signs of the client, by their numbers; 0: free. */
export const SIGNS = 12;
export const FIRST = 16;
/** How often a server asked who is there (401) and was told no name, since it last let somebody in by name. */
export const CHALLENGES = 17;
export const INVALID_NAMES = 18;
export const PROBES = 19;
/** How many names are kept, and slots. */
export const NAMES = 20;
export const SLOTS = 21;
export const OFFERS = 22;
/** The latest slot of five minutes. */
export const NEWEST_SLOT = 23;
export const SUCCESSES = 24;
export const HOSTILE = 25;
export const WEB_FAILURES = 26;
export const BLOCKED = 27;
export const FIRST_SUCCESS = 28;
export const LAST_SUCCESS = 29;
/** The number of its first event's reference. */
export const FIRST_REF = 30;
/** How many of its failures are cited. */
export const CITATIONS = 31;
/** Cells in a row. */
export const ROW = 32;

/** A row before anything was counted. */
export const EMPTY_ROW = Float64Array.from({ length: ROW }, (_, cell) => {
  if (cell === FIRST || cell === FIRST_FAILURE || cell === FIRST_SUCCESS) return Number.POSITIVE_INFINITY;
  if (cell === LAST || cell === LAST_SUCCESS || cell === NEWEST_SLOT) return Number.NEGATIVE_INFINITY;
  return cell === SLOT_AT || cell === NAME_AT || cell === HOST ? -1 : 0;
});

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
