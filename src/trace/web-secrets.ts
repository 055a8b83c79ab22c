import { type EcsFields, has } from '../core/event.ts';
import { grouped } from '../core/grouped.ts';
import { isBlockable } from '../core/ip.ts';
import { findingOf, requested } from './finding-of.ts';
import type { Citer, Noted } from './noted.ts';
import type { Finding } from './story.ts';
import { LEAKED } from './web-kinds.ts';

/** Paths that are named in a finding. */
const MOST_NAMED = 4;
/** Objects of a repository that were fetched: all of it. */
const OBJECTS = 10;
const OBJECT = /\/\.git\/objects\/[\da-f]{2}\/[\da-f]{38}$/i;
/** Files of a site that hold passwords, keys, or all of its data or code. */
const SECRET =
  /\/(?:\.env(?:\.(?!html?$)\w{1,20}){0,2}|\.git\/(?:config|index|head|logs\/head|packed-refs|objects\/.{3,80})|\.svn\/(?:wc\.db|entries)|\.aws\/credentials|\.ssh\/[\w.-]{1,40}|\.htpasswd|\.npmrc|\.netrc|\.pgpass|\.my\.cnf|\.docker\/config\.json|\.bash_history|id_(?:rsa|dsa|ecdsa|ed25519)|credentials\.json|wp-config\.(?:php[.~_-]?\w{0,10}|bak|old|txt)|(?:config|configuration|settings|database|secrets)\.(?:php|inc|ya?ml|json|py)[.~_]\w{0,8}|[\w.-]{1,60}\.(?:sql|sqlite3?|dump|bak|pem|key|ppk|kdbx)(?:\.(?:gz|zip|bz2|xz|7z))?|(?:backup|www|site|html|web|public_html|dump|db|database)[\w.-]{0,40}\.(?:zip|tar|tgz|tar\.gz|rar|7z))$/i;
const SCRIPT = /\.php$/i;

/** What a judgement calls a look for such a file. */
const LOOKED_FOR =
  /^(?:hidden file \.|file left behind |path (?:id_|credentials|wp-config|[\w.-]{0,60}\.(?:sql|zip|gz|tgz|bak|old|txt)))/;

/** May this request have asked for one, by what was found in it? Its path is looked at later. */
export function looksForSecrets(fields: EcsFields): boolean {
  const names = fields['rule.name'];
  return Array.isArray(names) && names.some((name) => LOOKED_FOR.test(String(name)));
}

/** Is this a file that nobody outside should be handed? */
function isSecret(path: unknown): boolean {
  return typeof path === 'string' && SECRET.test(path.slice(-300)) && !SCRIPT.test(path);
}

/** Files with secrets that were there, and were given to who looked for them. A page that is given for whatever is asked has one length. */
export function handedOut(notables: readonly Noted[], citer: Citer): Finding[] {
  const given = notables.filter(
    ({ fields, address }) =>
      has(fields, 'event.category', 'web') && isSecret(fields['url.path']) && isWhole(fields) && isBlockable(address),
  );
  const alike = grouped(given, lengthOf);
  const different = given.filter((one) => pathsOf(alike.get(lengthOf(one)) ?? []).length === 1 || isObject(one));
  return [...grouped(different, ({ host, address }) => `${host} ${address}`).values()]
    .filter((events) => !isJob(events))
    .map((events) => tell(events, citer));
}

const JOBS = 3;
const LEAST_GAP_MS = 1_800_000;

/** Fetched at even times, of which one may be left out: one's own backup. */
function isJob(events: readonly Noted[]): boolean {
  const gaps = events.slice(1).map(({ time }, at) => time - (events[at] as Noted).time);
  const least = gaps.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return events.length >= JOBS && least >= LEAST_GAP_MS && gaps.every((gap) => gap <= 2.2 * least);
}

function tell(events: readonly Noted[], citer: Citer): Finding {
  const objects = events.filter(isObject).length;
  const files = pathsOf(events.filter((one) => !isObject(one)));
  const repository = objects >= OBJECTS ? [`${objects.toLocaleString('en')} objects of a repository`] : [];
  const named = [...files.slice(0, MOST_NAMED), ...repository].join(', ');
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : '';
  const detail = `${(events[0] as Noted).address} was given ${named || pathsOf(events)[0]}${more}`;
  return { ...findingOf(LEAKED, events, detail, citer), request: requested(events) };
}

const isObject = ({ fields }: Noted) => OBJECT.test(String(fields['url.path']));
const pathsOf = (events: readonly Noted[]) => [...new Set(events.map(({ fields }) => String(fields['url.path'])))];
/** A page, which may tell the time or hold a token. */
const PAGE_BYTES = 1500;
const CHANGING = 128;

function lengthOf({ host, fields }: Noted): string {
  const bytes = Number(fields['http.response.body.bytes']);
  return `${host} ${bytes < PAGE_BYTES ? bytes : `about ${Math.round(bytes / CHANGING)}`}`;
}

function isWhole(fields: Noted['fields']): boolean {
  const bytes = fields['http.response.body.bytes'];
  return (
    (fields['http.response.status_code'] === 200 || fields['http.response.status_code'] === 206) &&
    typeof bytes === 'number' &&
    bytes > 0 &&
    fields['http.request.method'] !== 'HEAD' &&
    fields['http.request.referrer'] === undefined && // a link led there
    ['-', undefined].includes(fields['user.name'] as string | undefined) // who signs in may have it
  );
}
