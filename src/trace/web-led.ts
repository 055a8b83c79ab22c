import { has } from '../core/event.ts';
import { addTo } from '../core/grouped.ts';
import { canonicalIp, isBlockable } from '../core/ip.ts';
import type { StepDraft } from './draft.ts';
import { type FindingKind, findingOf, requested } from './finding-of.ts';
import { keepLeast } from './habits.ts';
import { lowerBound } from './lower-bound.ts';
import { SHELL } from './more-findings.ts';
import type { Citer, Noted } from './noted.ts';
import { isOfALogin } from './service-accounts.ts';
import type { Finding } from './story.ts';
import { tellsOf } from './techniques.ts';
import { DUMPED } from './web-dump.ts';

/** A server writes a request when it has answered, and what the request made it run may take as long as a download. */
const NEAR_MS = 60_000;
/** A program runs its routine more often, with whatever is asked of it. */
const ROUTINE = 20;
/** Commands beside one request that are looked at: a flood of both stays linear. */
const MOST_BESIDE = 200;
/** A word or two stand in many requests. */
const LEAST_LENGTH = 8;

export const LED: FindingKind = {
  title: 'Command run by a web request',
  level: 'critical',
  techniques: ['T1190', 'T1059'],
};
const REACHED = /(?:\b(?:https?|ftp|tftp|ldaps?|rmi):\/\/|\/dev\/(?:tcp|udp)\/)(?<host>[a-z0-9.-]{4,253})/gi;

/** A finding of somebody who got in through a web server. */
export function isOfWebBreach({ title }: Finding): boolean {
  return title === LED.title || title === DUMPED.title || title === SHELL.title;
}

/** Addresses of those who got in so. */
export function webIntruders(findings: readonly Finding[]): string[] {
  return findings.filter(isOfWebBreach).flatMap(({ request }) => (request ? [request.address] : []));
}

const RUNNERS =
  /^(?:|(?:ba|da|z|k|a)?sh|busybox|curl|wget|fetch|lwp-request|env|nohup|timeout|nc|ncat|netcat|socat|python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|java|node)$/;
const FETCHING = new Set([
  'Program fetched',
  'Program fetched and run',
  'Reverse shell',
  'Connection opened by the shell',
  'Encoded command run',
]);

/** A command, and what a request would have said to make it run. */
interface Ran {
  readonly noted: Noted;
  readonly command: string;
  /** Hosts of which it fetches. */
  readonly reached: readonly string[];
}

/**
 * Attacks that a web server answered with success, and that show in what the kernel saw run: a command that stands in the
 * request, or one that fetches from the host that the request names, or from whoever sent it. What blocks or looks up an
 * attacker's address names it as well, but fetches nothing from it.
 */
export function webCommands(notables: readonly Noted[], loose: readonly StepDraft[], citer: Citer): Finding[] {
  const ran = ranByNobody(loose);
  if (ran.length === 0) return [];
  const first = firstTimes(loose);
  const found = new Map<string, Noted[]>();
  for (const request of notables) {
    if (!has(request.fields, 'event.category', 'web') || Number.isNaN(request.time)) continue;
    const led = ledBy(request, ran, first);
    const key = `${led[0]?.noted.host} ${request.address}`;
    for (const event of led.length > 0 ? [request, ...led.map(({ noted }) => noted)] : []) addTo(found, key, event);
  }
  return [...found.values()].map((events) => {
    const unique = [...new Set(events)];
    const requests = unique.filter(({ fields }) => has(fields, 'event.category', 'web'));
    const asked = requests[0] as Noted;
    const done = unique.filter((one) => !has(one.fields, 'event.category', 'web'));
    const commands = done.map(({ fields }) => String(fields['process.command_line'])).slice(0, 3);
    const detail = `${asked.address}: ${asked.fields['url.original'] ?? ''}`.slice(0, 200);
    const host = (done[0] as Noted).host;
    return {
      ...findingOf(LED, unique, `${detail}, and the server ran ${commands.join('; ')}`.slice(0, 500), citer),
      host,
      request: requested(requests),
    };
  });
}

/** Hosts that a command fetches from, of those that anybody could have. */
function reachedBy(text: string): string[] {
  const named = [...text.slice(0, 4096).matchAll(REACHED)].map(({ groups }) => (groups?.['host'] ?? '').toLowerCase());
  return named.filter((where) => (canonicalIp(where) !== null ? isBlockable(where) : where.includes('.')));
}

/** When each command was first run, and each host first fetched from, by whomever. */
function firstTimes(loose: readonly StepDraft[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { noted, text } of loose)
    if (Number.isFinite(noted.time))
      for (const one of [text.trim(), ...reachedBy(text)]) keepLeast(first, one, noted.time);
  return first;
}

function ranByNobody(loose: readonly StepDraft[]): Ran[] {
  const times = new Map<string, number>();
  for (const { text } of loose) times.set(text, (times.get(text) ?? 0) + 1);
  const isTelling = (step: StepDraft) =>
    step.kind === 'command' &&
    step.noted.parser === 'auditd' &&
    Number.isFinite(step.noted.time) &&
    (times.get(step.text) ?? 0) < ROUTINE &&
    !isOfALogin(step);
  const ran = loose.filter(isTelling).map(({ noted, text }) => ({
    noted,
    command: text.trim(),
    reached: fetches(noted, text) ? reachedBy(text) : [],
  }));
  return ran.sort((a, b) => a.noted.time - b.noted.time);
}

// A program that was handed the attacker's words as its argument, quoted well, fetches nothing.
function fetches({ fields }: Noted, line: string): boolean {
  const program = String(fields['process.executable'] ?? '');
  const runs = RUNNERS.test(program.slice(program.lastIndexOf('/') + 1));
  return runs && tellsOf(line).some(({ title }) => FETCHING.has(title));
}

function ledBy(request: Noted, ran: readonly Ran[], firstTimes: ReadonlyMap<string, number>): Ran[] {
  const from = request.time - NEAR_MS;
  const at = lowerBound(ran, from, ({ noted }) => noted.time);
  const near = ran.slice(at, at + MOST_BESIDE).filter(({ noted }) => noted.time <= request.time + NEAR_MS);
  if (near.length === 0) return near;
  const said = decoded(request);
  // What the server did before anybody asked for it is its own habit.
  const isNew = (one: string) => (firstTimes.get(one) ?? from) >= from;
  return near.filter((one) => isAsked({ ...one, reached: one.reached.filter(isNew) }, request, said, isNew));
}

function isAsked(
  { noted, command, reached }: Ran,
  { host, address }: Noted,
  said: string,
  isNew: (one: string) => boolean,
): boolean {
  if (reached.some((where) => where === address || said.includes(where))) return true;
  const isSaid = command.length >= LEAST_LENGTH && command.includes(' ') && said.includes(command);
  return isSaid && host === noted.host && isNew(command);
}

/** The request as a shell would have it: decoded as often as servers behind servers do it. */
function decoded({ fields }: Noted): string {
  const texts = [fields['url.original'], fields['user_agent.original'], fields['http.request.referrer']];
  let said = texts
    .filter((text) => typeof text === 'string')
    .join('\n')
    .slice(0, 8192)
    .replaceAll('+', ' ');
  for (let times = 0; times < 2; times += 1)
    said = said.replace(/%[0-9a-f]{2}/gi, (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)));
  return said;
}
