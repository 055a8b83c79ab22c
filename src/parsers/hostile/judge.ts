import { headerRules, type RuleGroup, targetRules } from './catalogue.ts';
import { decodeBase64Values, decodeDeep, decodeTarget, MAX_TEXT } from './decode.ts';
import { featuresOf, isPlainTarget } from './features.ts';
import { findPath } from './probe.ts';
import { judgeProtocol } from './protocol.ts';
import { AGENT, type HttpRequest, REFERRER, type Rule, TARGET, VALUE, type View } from './rule.ts';
import { judgeAgent } from './scanner.ts';
import { ENCODED_CLIMB, HIDING_ESCAPE } from './traversal.ts';

export type { HttpRequest } from './rule.ts';

/** What a request is, as far as its own text says. */
export interface Verdict {
  /** True: hostile by its text. False: only of a kind worth counting, such as a login. */
  readonly alert: boolean;
  /** `rule.category`. */
  readonly categories: readonly string[];
  /** `rule.name`. */
  readonly names: readonly string[];
  /** ATT&CK techniques. */
  readonly techniques: readonly string[];
}

/** One reason to take a request for hostile. */
export interface Finding {
  readonly category: string;
  readonly name: string;
  readonly technique: string;
}

const MAX_FINDINGS = 8;
/** Answers of a server that does not have what was asked for; nginx's 444 closes without one. */
const MISSING = new Set([0, 400, 404, 410, 444]);
/** Where a link of one's own may have led: a picture or a style sheet that is gone is nobody's attack. */
const STATIC = /\.(?:js|mjs|css|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|map|txt|pdf|mp[34]|webm|xml|json)$/i;

/** Judges a request by its line, its referrer and its user agent. Null: nothing to say about it. */
export function judgeRequest(request: HttpRequest): Verdict | null {
  const { target, userAgent, referrer } = request;
  let found: Finding[] | null = null;
  const protocol = judgeProtocol(request);
  if (protocol !== null) found = [protocol];
  const kind = target === '' ? null : kindOfPath(request);
  if (kind !== null && kind.alert) found = add(found, kind.finding);
  if (!isPlainTarget(target)) found = inspectTarget(target, found);
  const agent = userAgent === '' ? null : judgeAgentDeep(userAgent);
  if (agent !== null) for (const finding of agent) found = add(found, finding);
  const from = referrer.length > 1 ? judgeReferrer(referrer) : null;
  if (from !== null) for (const finding of from) found = add(found, finding);
  if (found !== null) return verdictOf(found);
  return kind === null ? null : { alert: false, categories: [kind.finding.category], names: [], techniques: [] };
}

function add(found: Finding[] | null, finding: Finding): Finding[] {
  if (found === null) return [finding];
  if (found.length < MAX_FINDINGS) found.push(finding);
  return found;
}

function verdictOf(found: readonly Finding[]): Verdict {
  return {
    alert: true,
    categories: [...new Set(found.map(({ category }) => category))],
    names: [...new Set(found.map(({ name }) => name))],
    techniques: [...new Set(found.map(({ technique }) => technique))],
  };
}

function kindOfPath({ target, method, status, referrer }: HttpRequest): { finding: Finding; alert: boolean } | null {
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const finding = findPath(path);
  if (finding === null) return null;
  if (finding.grade === 'always') return { finding, alert: true };
  if (finding.grade === 'missing')
    return MISSING.has(status) && referrer === '' && !STATIC.test(path) ? { finding, alert: true } : null;
  return method === 'POST' ? { finding, alert: false } : null;
}

function inspectTarget(target: string, before: Finding[] | null): Finding[] | null {
  let found = before;
  const bounded = target.slice(0, MAX_TEXT);
  if (ENCODED_CLIMB.test(bounded))
    found = add(found, { category: 'traversal', name: 'encoded climb', technique: 'T1190' });
  if (HIDING_ESCAPE.test(bounded))
    found = add(found, { category: 'protocol', name: 'hiding escape', technique: 'T1190' });
  const decoded = decodeTarget(bounded);
  for (const rule of matches(decoded, TARGET, targetRules)) found = add(found, rule);
  const inner = bounded.includes('=') ? decodeBase64Values(bounded) : '';
  if (inner !== '') for (const rule of matches(inner, TARGET, targetRules)) found = add(found, rule);
  return found;
}

const agents = new Map<string, readonly Finding[] | null>();
const MAX_CACHED = 4096;

function judgeAgentDeep(agent: string): readonly Finding[] | null {
  const known = agents.get(agent);
  if (known !== undefined) return known;
  const tool = judgeAgent(agent);
  const found: Finding[] = tool === null ? [] : [{ category: 'scanner', ...tool }];
  found.push(...matches(`${VALUE}${decodeDeep(agent.slice(0, MAX_TEXT))}`, AGENT, headerRules));
  const answer = found.length === 0 ? null : found;
  if (agents.size >= MAX_CACHED) agents.clear();
  agents.set(agent, answer);
  return answer;
}

const PLAIN_REFERRER = /^https?:\/\/[\w.-]{1,255}(?::\d{1,5})?[\w./?&=%+,@~:;#!-]*$/;
const QUIET_ESCAPE = /%(?:2[0-1BCDFbcdf]|3[AaDdFf]|4[0-9A-Fa-f]|5[0-9AaFf]|[89A-Fa-f][0-9A-Fa-f])/g;

const referrers = new Map<string, readonly Finding[] | null>();

function judgeReferrer(referrer: string): readonly Finding[] | null {
  const known = referrers.get(referrer);
  if (known !== undefined) return known;
  const found = inspectReferrer(referrer);
  const answer = found.length === 0 ? null : found;
  if (referrers.size >= MAX_CACHED) referrers.clear();
  if (referrer.length <= 512) referrers.set(referrer, answer);
  return answer;
}

function inspectReferrer(referrer: string): readonly Finding[] {
  const quiet = PLAIN_REFERRER.test(referrer) && !referrer.includes('..');
  if (quiet && (!referrer.includes('%') || !referrer.replace(QUIET_ESCAPE, '').includes('%'))) return [];
  const bounded = referrer.slice(0, MAX_TEXT);
  const decoded = decodeTarget(bounded);
  return matches(/[?]/.test(bounded) ? decoded : `${VALUE}${decoded}`, REFERRER, headerRules);
}

/** The rules that match a decoded text. */
function matches(decoded: string, where: number, groups: readonly RuleGroup[]): readonly Finding[] {
  const features = featuresOf(decoded);
  const views = new Views(decoded);
  let found: Rule[] | null = null;
  for (const group of groups) {
    if ((features & group.needs) !== group.needs || !group.any.test(views.get(group.view))) continue;
    for (const rule of group.rules) if (holds(rule, where, views)) found = found === null ? [rule] : [...found, rule];
    if (found !== null && found.length >= MAX_FINDINGS) break;
  }
  return found ?? NONE;
}

const NONE: readonly Finding[] = [];

function holds(rule: Rule, where: number, views: Views): boolean {
  if ((rule.where & where) === 0 || !rule.pattern.test(views.get(rule.view))) return false;
  return !rule.hidden || !rule.pattern.test(views.get('text').replace(/['"\\^$]+/g, ' ')); // quoted as a whole
}

/** The forms of one text, each made when first asked for. */
class Views {
  readonly #cased: string;
  #text: string | null = null;
  #sql: string | null = null;
  #shell: string | null = null;

  constructor(decoded: string) {
    this.#cased = decoded;
  }

  get(view: View): string {
    if (view === 'cased') return this.#cased;
    this.#text ??= foldBlanks(this.#cased.toLowerCase());
    if (view === 'text') return this.#text;
    if (view === 'sql') this.#sql ??= withoutComments(this.#text);
    else this.#shell ??= asShell(this.#text);
    return (view === 'sql' ? this.#sql : this.#shell) as string;
  }
}

function foldBlanks(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[ \t\v\f\u00a0]+/g, ' ');
}

/** SQL with its comments gone and what MySQL runs inside them left: `/*!50000select*​/` is `select`. */
function withoutComments(text: string): string {
  const flat = text.replace(/\n/g, ' ');
  if (!flat.includes('/*')) return flat.replace(/ {2,}/g, ' ');
  return flat
    .replace(/\/\*[^*!+\uE000]{0,200}\*\//g, '/**/')
    .replace(/(?<![\w)])\/\*\*\/|\/\*\*\/(?![\w(])/g, ' ')
    .replace(/ {2,}/g, ' ');
}

/** What a shell makes of quotes, backslashes, carets and empty expansions: nothing. */
function asShell(text: string): string {
  if (!/['"\\^$]/.test(text)) return text;
  return text
    .replace(/\$\{?ifs\}?(?:\$\d)?|\$\{ifs[^}]{0,20}\}/g, ' ')
    .replace(/\$(?:[@*!?#_-](?!\w)|\{[^}\uE000]{0,20}\}|[x]{2}\b|\((?:echo)?\))/g, '')
    .replace(/\\\n/g, '')
    .replace(/['"\\^]/g, '');
}
