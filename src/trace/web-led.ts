import { has } from '../core/event.ts';
import { addTo } from '../core/grouped.ts';
import type { StepDraft } from './draft.ts';
import { findingOf, requested } from './finding-of.ts';
import { lowerBound } from './lower-bound.ts';
import type { Citer, Noted } from './noted.ts';
import { isAnswered } from './role.ts';
import type { Finding } from './story.ts';
import { asked, isOfOneHost } from './web-asked.ts';
import { LED } from './web-kinds.ts';
import { type Ran, Runs, ranByNobody } from './web-ran.ts';

/** A server writes a request when it has answered, or when it gave up on what the request made run. */
const BEFORE_MS = 120_000;
const GIVEN_UP_MS = 600_000;
const AFTER_MS = 60_000;
/** Runs of one command, or from one place, beside one request: they say the same. */
const MOST_ALIKE = 3;
/** Shells around one request whose words are looked at: a flood of both stays linear. */
const MOST_SHELLS = 100;

/**
 * Attacks that show in what the kernel saw run: a command that stands in the request, or one that fetches from the place that the
 * request names, or from whoever sent it. What blocks or looks up an attacker's address names it as well, but fetches nothing
 * from it; and what a server runs anyway is no answer.
 */
export function webCommands(notables: readonly Noted[], loose: readonly StepDraft[], citer: Citer): Finding[] {
  const runs = new Runs(ranByNobody(loose), loose);
  if (runs.isEmpty) return [];
  const found = new Map<string, Noted[]>();
  for (const request of notables) {
    if (!has(request.fields, 'event.category', 'web') || Number.isNaN(request.time)) continue;
    const led = ledBy(request, runs);
    const key = `${led[0]?.noted.host} ${request.address}`;
    for (const event of led.length > 0 ? [request, ...led.map(({ noted }) => noted)] : []) addTo(found, key, event);
  }
  return [...found.values()].map((events) => tell([...new Set(events)], citer));
}

function tell(events: readonly Noted[], citer: Citer): Finding {
  const requests = events.filter(({ fields }) => has(fields, 'event.category', 'web'));
  const first = requests[0] as Noted;
  const done = events.filter((one) => !has(one.fields, 'event.category', 'web'));
  const commands = done.map(({ fields }) => String(fields['process.command_line'])).slice(0, 3);
  const detail = `${first.address}: ${first.fields['url.original'] ?? ''}`.slice(0, 200);
  const text = `${detail}, and the server ran ${commands.join('; ')}`.slice(0, 500);
  return { ...findingOf(LED, events, text, citer), host: (done[0] as Noted).host, request: requested(requests) };
}

function ledBy(request: Noted, runs: Runs): Ran[] {
  const from = request.time - (isAnswered(request.fields) ? BEFORE_MS : GIVEN_UP_MS);
  const until = request.time + AFTER_MS;
  const near = (all: readonly Ran[] = []): readonly Ran[] =>
    all.slice(lowerBound(all, from, timeOf), lowerBound(all, until, timeOf));
  const said = asked(request);
  const fetched = [...said.places, request.address].flatMap((place) =>
    runs.isHabit(place, from) ? [] : near(runs.reaching(place)).slice(0, MOST_ALIKE),
  );
  const spoken = said.commands.flatMap((command) =>
    isLookup(request, command) || runs.isHabit(command, from) ? [] : near(runs.saying(command)).slice(0, MOST_ALIKE),
  );
  const shells = said.values.length === 0 ? [] : closest(near(runs.shells), request.time);
  const quoted = shells.filter(
    (ran) => !runs.isHabit(ran.command, from) && said.values.some((value) => ran.runs(value)),
  );
  return [
    // A page that fetches what it is asked for does its work; one that runs it does not.
    ...fetched.filter(({ isRun }) => isRun || !said.isOfUrls),
    ...[...spoken, ...quoted].filter(({ noted }) => isOfOneHost(noted.host, request.host)),
  ];
}

/** What pages of routers and monitors do for whoever looks after them: with a link to the page, and nothing else in the command. */
const LOOKUP = /^(?:ping6?|traceroute6?|tracepath|mtr|nslookup|dig|host|whois)(?: -{0,2}[\w.:-]{1,253}){1,8}$/;

function isLookup({ fields }: Noted, command: string): boolean {
  return fields['http.request.referrer'] !== undefined && LOOKUP.test(command);
}

const timeOf = ({ noted }: Ran) => noted.time;

function closest(shells: readonly Ran[], time: number): readonly Ran[] {
  if (shells.length <= MOST_SHELLS) return shells;
  const apart = ({ noted }: Ran) => Math.abs(noted.time - time);
  return [...shells].sort((a, b) => apart(a) - apart(b)).slice(0, MOST_SHELLS);
}
