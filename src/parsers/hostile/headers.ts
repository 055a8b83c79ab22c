import { headerRules } from './catalogue.ts';
import { decodeDeep, decodeTarget, MAX_TEXT } from './decode.ts';
import { type Finding, matches } from './match.ts';
import { AGENT, REFERRER, VALUE } from './rule.ts';
import { judgeAgent } from './scanner.ts';

// The agents and referrers of a log repeat, so their verdicts are cached.

const NOTHING: readonly Finding[] = [];
const MAX_CACHED = 4096;
const MAX_CACHED_LENGTH = 512;
const agents = new Map<string, readonly Finding[] | null>();
const referrers = new Map<string, readonly Finding[] | null>();

function cached(
  cache: Map<string, readonly Finding[] | null>,
  text: string,
  inspect: (text: string) => readonly Finding[],
): readonly Finding[] | null {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const found = inspect(text.slice(0, MAX_TEXT));
  const answer = found.length === 0 ? null : found;
  if (cache.size >= MAX_CACHED) cache.clear();
  if (text.length <= MAX_CACHED_LENGTH) cache.set(text, answer);
  return answer;
}

/** What a user agent gives away: the name of a tool, or an attack carried in it. Null: nothing. */
export function findInAgent(agent: string): readonly Finding[] | null {
  return agent === '' ? null : cached(agents, agent, inspectAgent);
}

/** The attack that a referrer carries, or null. */
export function findInReferrer(referrer: string): readonly Finding[] | null {
  return referrer === '' ? null : cached(referrers, referrer, inspectReferrer);
}

/** The same for a referrer that is not likely to come again soon. */
export function findInNewReferrer(referrer: string): readonly Finding[] | null {
  const found = referrer === '' ? NOTHING : inspectReferrer(referrer.slice(0, MAX_TEXT));
  return found.length === 0 ? null : found;
}

function inspectAgent(agent: string): readonly Finding[] {
  const tool = judgeAgent(agent);
  const carried = matches(`${VALUE}${decodeDeep(agent)}`, AGENT, headerRules);
  return tool === null ? carried : [{ category: 'scanner', ...tool }, ...carried];
}

const PLAIN_REFERRER = /^https?:\/\/[\w.-]{1,255}(?::\d{1,5})?[\w./?&=%+,@~:;#!-]*$/;
const QUIET_ESCAPE = /%(?:2[0-1BCDFbcdf]|3[AaDdFf]|4[0-9A-Fa-f]|5[0-9AaFf]|[89A-Fa-f][0-9A-Fa-f])/g;

/** A search engine's page of answers. It encodes what was searched for: nobody's attack as long as nothing else stands there. */
const SEARCH_ENGINE =
  /^(?=[\w./?&=%+,@~:;#!*'()-]*$)https?:\/\/(?:[\w-]{1,20}\.){0,2}(?:google|bing|duckduckgo|yandex|baidu|yahoo|ecosia|qwant|startpage|brave|kagi|naver|seznam)\.[a-z]{2,3}(?:\.[a-z]{2})?\/[\w/.-]{0,60}\?(?:[^?#]{0,300}&)?(?:q|query|text|p|wd)=/;

function inspectReferrer(referrer: string): readonly Finding[] {
  if (SEARCH_ENGINE.test(referrer)) return NOTHING;
  const quiet = PLAIN_REFERRER.test(referrer) && !referrer.includes('..');
  if (quiet && (!referrer.includes('%') || !referrer.replace(QUIET_ESCAPE, '').includes('%'))) return NOTHING;
  const decoded = decodeTarget(referrer);
  return matches(referrer.includes('?') ? decoded : `${VALUE}${decoded}`, REFERRER, headerRules);
}
