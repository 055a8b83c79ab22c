import { isBlockable } from '../core/ip.ts';
import type { Citer } from './noted.ts';
import { instant } from './noted.ts';
import { PROBING } from './role.ts';
import type { Attacker, AttackerKind, Citation, Place } from './story.ts';
import type { Ref, Tally } from './tally.ts';
import { isSilentGuesser, LEAST_GUESSERS } from './web-crowd.ts';
import { isPart } from './web-facts.ts';

const MAX_NAMES = 64;
/** A person who cannot get in tries this often before asking somebody. */
const MISTYPED = 5;
/** One or two failures under one real name are anybody's. */
const STRAY = 2;
/** Tries for each name that got in at last. */
const FORGOTTEN = 9;
/** Failures within ten minutes that are no longer those of people at their keyboards. */
const AT_ONCE = 10;
/** Dead icons and old links of a site stay below. */
const SCAN_TARGETS = 30;
const SCAN_PORTS = 8;
/** Login tries of a browser that got it wrong stay below; of a client whose whole business they are, this few tell. */
const WEB_GUESSES = 20;
const WEB_GUESSES_ALONE = 6;
/** Requests that a server limited, or that were made so that no cache answers. */
const LIMITED = 6;
const CACHE_BYPASSES = 30;
/** Keys refused to one that never got in. */
const OFFERS = 3;
const FLOOD_PEAK = 3000;
const HOUR_MS = 3_600_000;
/** A job comes again so often, and not sooner than after so long. */
const JOBS = 3;
const JOB_MS = HOUR_MS / 2;
/** Whoever looks for so long, each hour, whether a host answers, watches over it: from inside, and from elsewhere. */
const MONITORING_MS = HOUR_MS;
const WATCHING_MS = 24 * HOUR_MS;

/** The kinds of attack that an address's counts show; none for a visitor, or a user who mistyped. */
function kindsOf(tally: Tally, address: string): AttackerKind[] {
  const kinds: AttackerKind[] = []; // one list, which each adds to: there may be a hundred thousand addresses
  addLoginKinds(kinds, tally, address);
  addWebKinds(kinds, tally);
  addNetworkKinds(kinds, tally, address);
  return kinds;
}

function addLoginKinds(kinds: AttackerKind[], tally: Tally, address: string): void {
  const tries = Math.max(tally.guesses, tally.invalidNames);
  const stray = tries <= STRAY && tally.namesTotal <= 1 && tally.invalidNames === 0;
  const job = tally.successes > 0 && !isBlockable(address) && tally.namesFailed === 0; // inside, with an old password
  if (tries === 0 || stray || job || isMistyped(tally) || isOfHere(tally)) {
    const key = !isBlockable(address) && tally.namesTotal <= 1; // inside, with a key that was taken away
    if (tally.offers >= OFFERS && tally.successes === 0 && !key) kinds.push('password_guessing');
    return;
  }
  const names = tally.namesTotal;
  const triesAName = tries / Math.max(names, 1);
  if (tally.invalidNames >= 3 && names >= 3 && tally.invalidNames * 2 >= tries) kinds.push('name_guessing');
  if (names >= 5 && triesAName < 3 && kinds.length === 0) kinds.push('password_spraying');
  if (triesAName >= 3 || kinds.length === 0) kinds.push('password_guessing');
}

/** Somebody who belongs here: logs in, few failures, under one or two names, and does nothing else that is odd. */
export function isMistyped(tally: Tally): boolean {
  if (tally.successes === 0 || tally.hostile > 0) return false;
  const { invalidNames } = tally;
  if (invalidNames > MISTYPED || (invalidNames > 2 && strangeNames(tally) > 1)) return false; // one may be that of one's own machine
  const all = tally.namesFailed === 0; // everybody who failed got in: many people behind one address
  return (
    (tally.guesses <= MISTYPED && tally.namesFailed <= 2) || (all && tally.guesses <= FORGOTTEN * tally.namesTotal)
  );
}

/** Names that never got in from there, tried or only said. */
const strangeNames = (tally: Tally) => tally.namesAstray(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);

/**
 * An office or a customer who got in before failing much, and goes in about as often as failing, or whose account was closed: never many
 * tries at once.
 */
function isOfHere(tally: Tally): boolean {
  const { successes, guesses, hostile, invalidNames } = tally;
  if (successes === 0 || hostile > 0) return false;
  const strange = strangeNames(tally);
  const isUsual = guesses <= successes * 2 && invalidNames <= (strange === 1 ? successes : successes / 4);
  if (!isUsual && strange > 0) return false;
  return tally.failuresUntil(tally.firstSuccess) <= MISTYPED && tally.peak() < AT_ONCE;
}

function addWebKinds(kinds: AttackerKind[], tally: Tally): void {
  const exploits = tally.hostile > 0 && tally.categories.some((category) => !PROBING.has(category));
  if (exploits) kinds.push('web_exploit');
  if (
    (tally.hostile > 0 && !exploits && !isJob(tally)) ||
    (tally.targets >= SCAN_TARGETS &&
      tally.refused * 2 > tally.requests &&
      tally.requests > 0 &&
      !isFollowing(tally.targetTexts))
  )
    kinds.push('web_scan');
  const alone = tally.webFailures >= WEB_GUESSES_ALONE && tally.webFailures * 2 >= tally.requests;
  const many = tally.webFailures >= WEB_GUESSES && tally.webFailures * 4 >= tally.requests; // of who works here, few are
  if (alone || many) kinds.push('web_guessing');
}

/**
 * Now and then, and it was there each time: a job that fetches a backup, by a name that others guess at. Who looks for files asks for
 * many that are not there.
 */
function isJob(tally: Tally): boolean {
  const { hostile, refused, first, last } = tally;
  const isRare = last - first >= (hostile - 1) * JOB_MS;
  return refused === 0 && hostile >= JOBS && isRare && tally.countOf('scanner') === 0;
}

/** Of what was not there, so little may be no old page for its asker to be one that follows old links, as search engines do. */
const FOLLOWED = 10;
const PAGE = /\.html?$/;
const TITLE = /^[\p{L}\d_%]{1,60}(?:-[\p{L}\d_%]{1,60}){1,20}$/u;
/** Numbers and hashes by which things are kept: no list of guesses holds them. */
const KEPT_BY = /^(?:[a-z]{1,12}[:_-])?(?:\d{9,24}|[\da-f]{24,128}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i;

/** Old pages, not what one looks for: lists of that hold scripts, hidden files and single words. */
function isFollowing(targets: readonly string[]): boolean {
  return targets.filter((target) => !isOldLink(target)).length * FOLLOWED <= targets.length;
}

// A page by its name, what pages are made of, or deeper in the site a title ("blog/how-we-brew") or what stands for a thing.
function isOldLink(target: string): boolean {
  const parts = target.split('/').filter((part) => part !== '');
  const last = parts.at(-1) ?? '';
  if (parts.some((part) => part.startsWith('.'))) return false;
  return PAGE.test(last) || isPart(last) || (parts.length > 1 && (TITLE.test(last) || KEPT_BY.test(last)));
}

function addNetworkKinds(kinds: AttackerKind[], tally: Tally, address: string): void {
  const looked = tally.probes > 0 && tally.failures === 0 && tally.successes === 0 && tally.invalidNames === 0;
  const span = tally.last - tally.first; // once found, a scan needs no second look
  const monitors = span >= (isBlockable(address) ? WATCHING_MS : MONITORING_MS) && tally.probes * HOUR_MS >= span;
  if (looked && !monitors) kinds.push('scanner');
  if (tally.blocked > 0 && tally.targets >= SCAN_PORTS && tally.requests === 0) kinds.push('port_scan');
  const limited = tally.countOf('flood') >= LIMITED || tally.countOf('cache-bypass') >= CACHE_BYPASSES;
  if (limited || tally.peaksAt(FLOOD_PEAK)) kinds.push('flood');
}

/** A load balancer's or a monitor's checks look like a scanner's; from inside they are no attack to speak of. */
export function isAttack({ address, kinds }: Pick<Judged, 'address' | 'kinds'>): boolean {
  return kinds.some((kind) => kind !== 'scanner') || isBlockable(address); // to read an address takes longer
}

/** How bad: decides the order in which attackers are told. */
function weight(tally: Tally, kinds: readonly AttackerKind[]): number {
  const succeeded = tally.lastSuccess > tally.firstFailure ? 1e12 : 0;
  const exploit = kinds.includes('web_exploit') ? 1e3 : 0;
  return (
    succeeded +
    exploit +
    tally.failures * 3 +
    tally.hostile * 3 +
    tally.invalidNames +
    tally.probes +
    tally.blocked / 10
  );
}

export interface AttackerOptions {
  readonly citer: Citer;
  readonly placeOf: (address: string) => Place;
  readonly citeRef: (ref: Ref) => Citation;
  /** Hosts of lines that name none. */
  readonly hostsOf: (refs: readonly Ref[]) => string[];
  /** How many to tell; the rest is only counted. */
  readonly top: number;
}

export interface Judged {
  readonly address: string;
  readonly tally: Tally;
  readonly kinds: readonly AttackerKind[];
}

const WEB_GUESSING: readonly AttackerKind[] = ['web_guessing'];

/** Addresses that attacked, worst first (equal ones by address, so that two runs agree). */
export function judgeAddresses(tallies: ReadonlyMap<string, Tally>): Judged[] {
  const judged: (Judged & { readonly weight: number })[] = [];
  const silent: [address: string, tally: Tally][] = [];
  for (const [address, tally] of tallies) {
    const kinds = kindsOf(tally, address);
    if (kinds.length > 0) judged.push({ address, tally, kinds, weight: weight(tally, kinds) });
    else if (isSilentGuesser(tally)) silent.push([address, tally]);
  }
  if (silent.length >= LEAST_GUESSERS)
    for (const [address, tally] of silent)
      judged.push({ address, tally, kinds: WEB_GUESSING, weight: weight(tally, WEB_GUESSING) });
  return judged.sort((a, b) => b.weight - a.weight || (a.address < b.address ? -1 : 1));
}

/** Wrong logins to web pages: of an address that is no guesser they are slips. */
const webFailuresOf = ({ tally, kinds }: Judged): number => (kinds.includes('web_guessing') ? tally.webFailures : 0);

/** Hostile requests and wrong logins to web pages of all that attacked. */
export function requestTotals(judged: readonly Judged[]): Pick<Attacker, 'hostileRequests' | 'webFailures'> {
  let hostileRequests = 0;
  let webFailures = 0;
  for (const one of judged) {
    hostileRequests += one.tally.hostile;
    webFailures += webFailuresOf(one);
  }
  return { hostileRequests, webFailures };
}

export function tellAttacker(judged: Judged, options: AttackerOptions): Attacker {
  const { address, tally, kinds } = judged;
  return {
    address,
    place: options.placeOf(address),
    kinds,
    first: tally.first > 0 ? instant(tally.first) : null,
    last: tally.last > 0 ? instant(tally.last) : null,
    failures: tally.failures,
    successes: tally.successes,
    invalidNames: tally.invalidNames,
    probes: tally.probes,
    requests: tally.requests,
    hostileRequests: tally.hostile,
    webFailures: webFailuresOf(judged),
    blockedPackets: tally.blocked,
    peakPer10Minutes: tally.peak(),
    names: tally.names().slice(0, MAX_NAMES),
    namesTotal: tally.namesTotal,
    hosts: tally.hosts.length > 0 ? [...tally.hosts].sort() : options.hostsOf(tally.refs),
    categories: tally.categories.sort(),
    successAfterFailure: tally.lastSuccess > tally.firstFailure,
    evidence: tally.refs.map(options.citeRef),
  };
}
