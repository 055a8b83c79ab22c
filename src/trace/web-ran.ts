import { addTo } from '../core/grouped.ts';
import { canonicalIp, isBlockable } from '../core/ip.ts';
import type { StepDraft } from './draft.ts';
import type { Noted } from './noted.ts';
import { isOfALogin } from './service-accounts.ts';
import { tellsOf } from './techniques.ts';

/** Runs of which a habit is made. */
const HABIT = 3;
/** Runs alike that are kept, the first and the last ones. */
const MOST_RUNS = 1000;
const MOST_TEXT = 4096;
/** A URL's host, without the account before it, and its path. */
const URL_PLACE =
  /(?:\b(?:https?|ftp|tftp|ldaps?|rmi):\/\/(?:[^/@\s'"]{0,200}@)?|\/dev\/(?:tcp|udp)\/)(?<host>[a-z0-9.-]{4,253})(?::\d{1,5})?(?<path>\/[^\s'"\x60|;&<>)}]{0,500})?/g;
/** An argument that begins with an address; beside a URL it is data. */
const BARE_ADDRESS = /(?<=^|[\s'"])\d{1,3}(?:\.\d{1,3}){3}(?=[/:\s'"]|$)/g;
const RUNNERS =
  /^(?:|(?:ba|da|z|k|a)?sh|busybox|curl|wget|fetch|lwp-request|env|nohup|timeout|nc|ncat|netcat|socat|python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|java|node)$/;
const SHELL = /^(?:ba|da|z|k|a)?sh$/;
const FETCHING = new Set([
  'Program fetched',
  'Program fetched and run',
  'Reverse shell',
  'Connection opened by the shell',
  'Encoded command run',
]);
const MERELY_FETCHED = 'Program fetched';

/** A command that nobody ran who logged in. */
export interface Ran {
  readonly noted: Noted;
  readonly command: string;
  /** Where it fetches from: addresses; of named hosts `host/path`, for of one host many fetch many things. */
  readonly reached: readonly string[];
  /** Is what it fetches run as well? */
  readonly isRun: boolean;
  readonly isShell: boolean;
  /** Do these words stand in it outside of quotes? */
  runs(words: string): boolean;
}

/** The places that a text names. In lower case. */
export function placesIn(text: string): string[] {
  const named = [...text.slice(0, MOST_TEXT).toLowerCase().matchAll(URL_PLACE)].map(({ groups }) => ({
    host: groups?.['host'] ?? '',
    path: groups?.['path'] ?? '/',
  }));
  return [...new Set(named.flatMap(({ host, path }) => placeOf(host, path)))];
}

function placeOf(host: string, path: string): string[] {
  if (canonicalIp(host) !== null) return isBlockable(host) ? [host] : [];
  return host.includes('.') ? [`${host}${path}`] : [];
}

function bareAddresses(text: string): string[] {
  if (text.includes('://')) return [];
  return [...text.slice(0, MOST_TEXT).matchAll(BARE_ADDRESS)].map(([found]) => found).filter(isBlockable);
}

/** What the kernel saw run of programs that no login runs. */
export function ranByNobody(loose: readonly StepDraft[]): Ran[] {
  const isTelling = (step: StepDraft) =>
    step.kind === 'command' && step.noted.parser === 'auditd' && Number.isFinite(step.noted.time) && !isOfALogin(step);
  const ran = loose.filter(isTelling).map(({ noted, text }) => ranOf(noted, text));
  return ran.sort((a, b) => a.noted.time - b.noted.time);
}

function ranOf(noted: Noted, text: string): Ran {
  const executable = String(noted.fields['process.executable'] ?? '');
  const program = executable.slice(executable.lastIndexOf('/') + 1);
  const tells = RUNNERS.test(program) ? tellsOf(text).filter(({ title }) => FETCHING.has(title)) : [];
  return {
    noted,
    command: text.trim(),
    // A program that was handed the attacker's words as its argument, quoted well, fetches nothing.
    reached: tells.length > 0 ? [...new Set([...placesIn(text), ...bareAddresses(text)])] : [],
    isRun: tells.some(({ title }) => title !== MERELY_FETCHED),
    isShell: SHELL.test(program) && / -\w{0,3}c /.test(text.slice(0, 40)),
    runs: (words) => standsFree(text, words),
  };
}

function standsFree(text: string, words: string): boolean {
  const at = text.indexOf(words);
  if (at === -1) return false;
  const before = text.slice(0, at);
  return isEven(before, "'") && isEven(before, '"');
}

const isEven = (text: string, mark: string) => text.split(mark).length % 2 === 1;

/** Runs by what they say, and by where they fetch from. */
export class Runs {
  readonly shells: readonly Ran[];
  readonly isEmpty: boolean;
  readonly #saying = new Map<string, Ran[]>();
  readonly #reaching = new Map<string, Ran[]>();
  /** When each command was run, and each place fetched from, by whomever; in order. */
  readonly #times = new Map<string, number[]>();
  #first = Number.POSITIVE_INFINITY;

  constructor(ran: readonly Ran[], loose: readonly StepDraft[]) {
    this.isEmpty = ran.length === 0;
    this.shells = ran.filter(({ isShell }) => isShell);
    for (const one of ran) {
      addTo(this.#saying, one.command, one);
      for (const place of one.reached) addTo(this.#reaching, place, one);
    }
    if (!this.isEmpty) this.#knowAll(ran, loose);
  }

  #knowAll(ran: readonly Ran[], loose: readonly StepDraft[]): void {
    for (const { noted, text } of loose) {
      if (noted.parser === 'auditd' && noted.time < this.#first) this.#first = noted.time;
      for (const one of [text.trim(), ...placesIn(text)]) this.#know(one, noted.time);
    }
    // An address alone is a place only to who fetches: others block it, or look it up.
    for (const { noted, command, reached } of ran)
      if (!command.includes('://')) for (const place of reached) this.#know(place, noted.time);
    for (const times of this.#times.values()) times.sort((a, b) => a - b);
  }

  #know(one: string, time: number): void {
    if (!Number.isFinite(time)) return;
    const times = this.#times.get(one) ?? [];
    if (times.length < MOST_RUNS) times.push(time);
    else times[MOST_RUNS - 1] = time;
    this.#times.set(one, times);
  }

  saying(command: string): readonly Ran[] | undefined {
    return this.#saying.get(command);
  }

  reaching(place: string): readonly Ran[] | undefined {
    return this.#reaching.get(place);
  }

  /**
   * Was it run before anybody asked for it? Or would it have been, had anybody looked: what is run again and again, in a log that tells
   * of less than two of its rounds before?
   */
  isHabit(one: string, from: number): boolean {
    const times = this.#times.get(one);
    if (times === undefined) return false;
    const [first = 0] = times;
    if (first < from) return true;
    if (times.length < HABIT) return false;
    const gaps = times.slice(1).map((time, at) => time - (times[at] as number));
    const usual = gaps.sort((a, b) => a - b)[gaps.length >> 1] as number;
    return from - this.#first < 2 * usual;
  }
}
