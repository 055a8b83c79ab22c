import { isBlockable } from '../../core/ip.ts';
import type { Judged } from '../attackers.ts';

/** Of this many addresses, the worst, it is looked up what exactly they tried: names and paths cost time. */
export const MOST_LOOKED_AT = 1000;
/** In 10 minutes; what limits tries lets fewer through: fail2ban five, sshd's own penalties about twenty. */
export const UNLIMITED = 30;

/** Addresses that have something in common. */
export class Group {
  /** How many. */
  total = 0;
  /** Their tries, requests or packets, all together. */
  sum = 0;
  /** The worst of them, at most `MOST_LOOKED_AT`. */
  readonly worst: Judged[] = [];

  add(one: Judged, count: number): void {
    this.total += 1;
    this.sum += count;
    if (this.worst.length < MOST_LOOKED_AT) this.worst.push(one);
  }

  get isCut(): boolean {
    return this.total > this.worst.length;
  }
}

/** All that attacked, by what they did: told apart in one pass, for there may be a hundred thousand. */
export class Crowd {
  /** How many there are, those from inside that only look not counted: they are monitors. */
  total = 0;
  /** Guessed passwords or names. */
  readonly guessers = new Group();
  /** The same from outside, and nothing else. */
  readonly outside = new Group();
  /** Tried passwords from outside, three or more. */
  readonly passwords = new Group();
  /** Tried as fast as they liked, from outside. */
  readonly fast = new Group();
  /** Looked for holes in web applications. */
  readonly web = new Group();
  /** Asked a web server for anything, from outside. */
  readonly visitors = new Group();
  /** Scanned ports. */
  readonly ports = new Group();
  /** From outside, and nobody got in from there. */
  readonly others = new Group();
  /** Requests of `visitors` that were answered with 4xx. */
  refused = 0;
  readonly #paths = new Map<Judged, readonly string[]>();

  /** `judged`: worst first. `inside`: addresses from which an intruder came in. */
  constructor(judged: readonly Judged[], inside: ReadonlySet<string>) {
    for (const one of judged) this.#add(one, inside);
  }

  #add(one: Judged, inside: ReadonlySet<string>): void {
    const { address, tally, kinds } = one;
    const outside = isBlockable(address);
    if (!outside && kinds.every((kind) => kind === 'scanner')) return;
    this.total += 1;
    const { guesses, invalidNames, requests } = tally;
    const tries = Math.max(guesses, invalidNames);
    if (tries > 0) this.guessers.add(one, tries);
    if (outside && requests === 0) this.#addLogin(one, guesses, tries);
    if (kinds.some((kind) => kind.startsWith('web_'))) this.web.add(one, Math.max(tally.hostile, tally.webFailures));
    if (kinds.includes('port_scan')) this.ports.add(one, tally.blocked);
    if (outside && !inside.has(address)) this.others.add(one, 0);
    if (!outside || requests === 0) return;
    this.visitors.add(one, requests);
    this.refused += tally.refused;
  }

  #addLogin(one: Judged, guesses: number, tries: number): void {
    if (tries > 0) this.outside.add(one, tries);
    if (guesses >= 3) this.passwords.add(one, guesses);
    if (guesses >= UNLIMITED && one.tally.peaksAt(UNLIMITED * Math.max(1, one.tally.hosts.length)))
      this.fast.add(one, guesses);
  }

  /** Paths that an address asked for, and ports; looked up once. */
  pathsOf(one: Judged): readonly string[] {
    let paths = this.#paths.get(one);
    if (paths === undefined) {
      paths = one.tally.paths;
      this.#paths.set(one, paths);
    }
    return paths;
  }
}
