import { targetRules } from './catalogue.ts';
import { decodeBase64Values, decodeTarget, MAX_TEXT, mayHoldBase64 } from './decode.ts';
import { isPlainTarget } from './features.ts';
import { findInAgent, findInReferrer } from './headers.ts';
import { type Finding, MAX_FINDINGS, matches } from './match.ts';
import { findPath, inspectPath } from './probe.ts';
import { judgeProtocol } from './protocol.ts';
import { type HttpRequest, TARGET } from './rule.ts';
import { ENCODED_CLIMB, HIDING_ESCAPE } from './traversal.ts';
import { findUploaded, isAmongFiles } from './uploaded.ts';

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

/** Answers of a server that does not have what was asked for; nginx's 444 closes without one. */
const MISSING = new Set([0, 400, 404, 410, 444]);
/** Where a link of one's own may have led: a picture or a style sheet that is gone is nobody's attack. */
const STATIC = /\.(?:js|mjs|css|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|map|txt|pdf|mp[34]|webm|xml|json)$/i;

/** A login tried: worth counting, no attack of its own. */
const LOGIN_VERDICT: Verdict = { alert: false, categories: ['login'], names: [], techniques: [] };
/** A page that asked who is there (401): programs that look whether a server lives are told so day after day. */
const CHALLENGE_VERDICT: Verdict = { alert: false, categories: ['challenge'], names: [], techniques: [] };

/** An administration page that is there, and that anybody who came without a link saw: no attack, but telling of the site. */
const PANEL_VERDICT: Verdict = { alert: false, categories: ['panel'], names: [], techniques: [] };
const PANEL =
  /^\/(?:[\w.-]{1,40}\/){0,2}(?:phpmyadmin|pma|myadmin|adminer\.php|adminer|phppgadmin|pgadmin|wp-login\.php|wp-admin\/?$|administrator\/?(?:index\.php)?$|admin\.php|webmin|plesk|cpanel|jenkins|host-manager|jmx-console|kibana|grafana|solr|portainer|rancher|server-status|phpinfo\.php|info\.php|actuator|heapdump|_cat)(?:\/|$)/i;

/** The rules that a target of plain characters can match. */
const TELLING_WORD =
  /class\.(?:module|classloader)|=\.[a-z]|=(?:\w{1,12},)?\d{1,12}=\d|\de-308|\?-[a-z](?:&|$)|=-?\d{1,12}--(?:&|$)|__construct|document\.|location\.|\.(?:inner|outer|parent)|mysql\.|sys(?:obj|col)|msysacc|pg_(?:user|shadow)|localstorage|rO0A[BC]|H4sIAAAA|aced0005|__proto__|constructor|child_process|process\.|information_schema|sqlite_master|pg_catalog|xp_[a-z]|sp_(?:password|exec|oa)|java|org\.apache|com\.sun|ognl|getruntime|ysoserial|base64_|file_[gp]|shell_e|proc_o|call_user|php_uname|array_map|=(?:whoami|ipconfig|ifconfig|systeminfo|tasklist|uname|netstat|printenv|--|get-|set-)|(?:cmd|exec|command|execute|shell|run|syscmd|ping)=|type=rau/i;

/** Has the request line nothing to say of it, whatever the answer was and the headers are? For lines that are new. */
export function isOrdinary(request: HttpRequest): boolean {
  const { target } = request;
  if (target.charCodeAt(0) !== 0x2f || judgeProtocol({ ...request, status: 0 }) !== null) return false;
  const path = pathOf(target);
  return inspectPath(path) === null && !isAmongFiles(path) && findInTarget(target) === null;
}

/** What is to say of an ordinary request whose headers are as well, by its answer. */
export function judgeOrdinary(status: number): Verdict | null {
  return status === 401 ? CHALLENGE_VERDICT : null;
}

/** Judges a request by its line, its referrer and its user agent. Null: nothing to say about it. */
export function judgeRequest(request: HttpRequest): Verdict | null {
  const { target } = request;
  const protocol = judgeProtocol(request);
  let found = protocol === null ? null : [protocol];
  const kind = target === '' ? null : kindOfPath(request);
  if (kind?.alert) found = add(found, kind.finding);
  found = addAll(found, findUploaded(request, pathOf(target)));
  found = addAll(found, findInTarget(target));
  found = addAll(found, findInAgent(request.userAgent));
  found = addAll(found, findInReferrer(request.referrer));
  if (found !== null) return verdictOf(found);
  if (kind !== null) return LOGIN_VERDICT;
  return isPanel(request) ? PANEL_VERDICT : judgeOrdinary(request.status);
}

function addAll(found: Finding[] | null, more: readonly Finding[] | null): Finding[] | null {
  let all = found;
  if (more !== null) for (const finding of more) all = add(all, finding);
  return all;
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

function pathOf(target: string): string {
  const question = target.indexOf('?');
  return question === -1 ? target : target.slice(0, question);
}

function isPanel({ target, status, referrer }: HttpRequest): boolean {
  if (status !== 200 || referrer !== '') return false;
  const path = pathOf(target);
  return findPath(path) !== null && PANEL.test(path);
}

function kindOfPath({ target, method, status, referrer }: HttpRequest): { finding: Finding; alert: boolean } | null {
  const path = pathOf(target);
  const finding = findPath(path);
  if (finding === null) return null;
  if (finding.grade === 'always') return { finding, alert: true };
  const missing = finding.grade === 'missing' && MISSING.has(status) && referrer === '' && !STATIC.test(path);
  if (missing) return { finding, alert: true };
  return finding.login && method === 'POST' && !isLetIn(target, status) ? { finding, alert: false } : null;
}

/** Answers that give a program what it asked for, where a form would say 200 to whoever was wrong. */
const OF_PROGRAMS =
  /^\/(?:[\w.-]{1,80}\/){0,8}(?:(?:api|rest|v\d{1,2})\/(?:[\w.-]{1,80}\/){0,8}[\w.-]{1,80}|(?:token|oauth2?)\/?)$/i;
const WORDPRESS = /\/wp-login\.php$/i;
/** Who is in works at the same script: phpMyAdmin's routes, Joomla's components, Adminer's connections. */
const AT_WORK = /\.php\?(?:[^#]{0,2000}&)?(?:route=(?!(?:%2f|\/)?(?:&|$))|option=(?!com_login\b)|username=)/i;
/** Nextcloud's clients ask, with a token, whether their owner has said yes. */
const FLOW = /\/login\/v2(?:\/poll)?(?:\?|$)/i;
/** What WordPress.com sends to the sites it serves is signed, and asks for no password. */
const SIGNED =
  /\/xmlrpc\.php\?(?=[^#]{0,2000}\bfor=jetpack\b)(?=[^#]{0,2000}\btoken=[^&])(?=[^#]{0,2000}\bsignature=[^&])/i;

/** Did this login succeed, by what is known of who answers so? */
function isLetIn(target: string, status: number): boolean {
  if (status === 201 || status === 204) return true;
  const path = pathOf(target);
  if (WORDPRESS.test(path)) return status === 302;
  return (status === 200 && OF_PROGRAMS.test(path)) || [FLOW, SIGNED, AT_WORK].some((known) => known.test(target));
}

// Attacks come again and again, with the very same target: what was found in it is kept.
const MAX_CACHED = 4096;
const MAX_CACHED_LENGTH = 512;
const targets = new Map<string, readonly Finding[] | null>();

function findInTarget(target: string): readonly Finding[] | null {
  if (isPlainTarget(target) && !(target.includes('?') && (TELLING_WORD.test(target) || mayHoldBase64(target))))
    return null;
  const known = targets.get(target);
  if (known !== undefined) return known;
  const found = inspectTarget(target);
  if (target.length > MAX_CACHED_LENGTH) return found;
  if (targets.size >= MAX_CACHED) targets.clear();
  targets.set(Buffer.from(target, 'utf16le').toString('utf16le'), found); // a copy, which keeps no long line alive
  return found;
}

function inspectTarget(target: string): readonly Finding[] | null {
  let found: Finding[] | null = null;
  const bounded = target.slice(0, MAX_TEXT);
  if (ENCODED_CLIMB.test(bounded)) found = add(found, CLIMB);
  if (HIDING_ESCAPE.test(bounded)) found = add(found, HIDING);
  found = addAll(found, matches(decodeTarget(bounded), TARGET, targetRules));
  const inner = bounded.includes('=') ? decodeBase64Values(bounded) : '';
  return inner === '' ? found : addAll(found, matches(inner, TARGET, targetRules));
}

const CLIMB: Finding = { category: 'traversal', name: 'encoded climb', technique: 'T1190' };
const HIDING: Finding = { category: 'protocol', name: 'hiding escape', technique: 'T1190' };
