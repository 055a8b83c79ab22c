import { type EcsFields, withFields } from '../../core/event.ts';
import { addTo } from '../../core/grouped.ts';
import { loginFields, missingFileFields, quotedRequestFields } from './error-event.ts';
import { unescapeLogged } from './quoted.ts';

type Reader = (groups: Readonly<Record<string, string | undefined>>) => EcsFields;

const REFERRER = /, referer: (?<referrer>\S{1,8192})$/;
const NUMBER = /^AH\d{5}: /;

// The texts of mod_auth_basic, mod_auth_digest, mod_authz_*, core and the scripts' handlers, without their AH number.
const TEXTS: readonly (readonly [RegExp, Reader])[] = [
  [
    /^user (?<user>.*): authentication failure for "[^"]*": (?<reason>Password Mismatch)/s,
    ({ user, reason }) => loginFields(user, 'password', reason ?? ''),
  ],
  [
    /^user (?<user>.*): authorization failure for "[^"]*":/s, // who it is was known
    ({ user }) => ({ 'user.name': user, 'event.reason': 'authorization failure' }),
  ],
  [
    /^user `(?<user>.*)' in realm `[^']{0,500}' (?<reason>not found|denied by provider)/s,
    ({ user, reason }) => loginFields(user, 'digest', reason ?? ''),
  ],
  [/^user (?<user>.*?) not found(?:: \/[^\s,]*)?/s, ({ user }) => loginFields(user, 'password', 'user not found')],
  [/^user (?<user>.*) in realm [^']{0,500} not found/s, ({ user }) => loginFields(user, 'digest', 'user not found')],
  [
    /^Digest: user [`'](?<user>.*)' in realm [`'][^']{0,500}' (?<reason>not found|denied by provider)/s,
    ({ user, reason }) => loginFields(user, 'digest', reason ?? ''),
  ],
  [
    /^Digest: user [`']?(?<user>.*?)'?: password mismatch/s,
    ({ user }) => loginFields(user, 'digest', 'password mismatch'),
  ],
  [
    /^user [`'](?<user>.*)' in realm [`'][^']{0,500}' denied by provider/s,
    ({ user }) => loginFields(user, 'digest', 'denied by provider'),
  ],
  [
    /^(?:Digest: )?(?<reason>(?:unknown algorithm|invalid qop|realm mismatch|invalid nonce|client used wrong authentication scheme)\b[^:]{0,80})/,
    ({ reason }) => loginFields(undefined, 'digest', reason?.trim() ?? ''),
  ],
  [
    /^auth_ldap authenticate: user (?<user>.*) authentication failed/s,
    ({ user }) => loginFields(user, 'ldap', 'authentication failed'),
  ],
  [
    /^PHP message: user (?<user>.*) authentication failure/s,
    ({ user }) => loginFields(user, 'password', 'authentication failure'),
  ],
  [
    /^Got error 'PHP message: user (?<user>.*?) authentication failure/s,
    ({ user }) => loginFields(user, 'password', 'authentication failure'),
  ],
  [
    /^(?:File does not exist|script not found or unable to stat|attempt to invoke directory as script|Directory index forbidden[^:]{0,60}): (?<file>\/.*?)(?:, referer: .*)?$/s,
    ({ file }) => missing(file),
  ],
  [/^script '(?<file>\/[^']*)' not found or unable to stat/, ({ file }) => missing(file)],
  [
    /^client denied by server configuration: (?<file>.*?)(?:, referer: .*)?$/s,
    ({ file }) => ({ 'file.path': file, 'event.reason': 'client denied by server configuration' }),
  ],
  [
    /^(?:Invalid URI in request|request failed: (?:URI|erroneous characters after protocol string:|error reading the headers)) ?(?<request>.*)$/s,
    ({ request }) => quotedRequestFields(request?.trim() ?? '', '', 400),
  ],
];

function missing(file: string | undefined): EcsFields {
  return { 'file.path': file, 'event.reason': 'file does not exist', ...missingFileFields(file ?? '') };
}

/** What Apache's modules say in the error log: logins refused, files asked for in vain, mod_security's findings. */
export function apacheMessageFields(message: string): EcsFields {
  const text = message.replace(NUMBER, '').slice(0, 16_384);
  const referrer = REFERRER.exec(text)?.groups?.['referrer'];
  const fields: EcsFields = referrer === undefined ? {} : { 'http.request.referrer': referrer };
  if (/^ModSecurity: /.test(text)) return withFields(fields, modSecurityFields(text));
  for (const [pattern, read] of TEXTS) {
    const groups = pattern.exec(text)?.groups;
    if (groups) return withFields(fields, read(groups));
  }
  return fields;
}

const TAGGED = /\[(?<key>id|msg|severity|hostname|uri|unique_id|tag) "(?<value>(?:[^"\\]|\\.)*)"\]/g;
const ATTACKS: readonly (readonly [RegExp, string, string])[] = [
  [/sqli|sql_injection/i, 'sqli', 'T1190'],
  [/xss/i, 'xss', 'T1190'],
  [/lfi|traversal|file_injection/i, 'traversal', 'T1190'],
  [/rfi/i, 'rfi', 'T1190'],
  [/rce|command_injection|php|java/i, 'rce', 'T1190'],
  [/scanner|reputation|automation|bad_robots/i, 'scanner', 'T1595.002'],
];

// mod_security writes [key "value"] pairs behind its own text; `data` and `match` hold what the client sent.
function modSecurityFields(text: string): EcsFields {
  const found = new Map<string, string[]>();
  for (const { groups } of text.matchAll(TAGGED)) {
    const key = groups?.['key'] as string;
    addTo(found, key, unescapeLogged(groups?.['value'] as string));
  }
  const one = (key: string) => found.get(key)?.[0];
  const words = [...(found.get('tag') ?? []), one('msg') ?? ''].join(' ');
  const kinds = ATTACKS.filter(([pattern]) => pattern.test(words));
  const denied = /^ModSecurity: +Access denied/.test(text);
  return {
    'event.kind': 'alert',
    'event.reason': denied ? 'access denied' : undefined,
    'rule.id': one('id'),
    'rule.name': [one('msg') ?? 'ModSecurity'],
    'rule.category': kinds.length === 0 ? ['waf'] : kinds.map(([, category]) => category),
    'threat.technique.id': kinds.length === 0 ? undefined : [...new Set(kinds.map(([, , technique]) => technique))],
    'url.domain': one('hostname'),
    'url.original': one('uri'),
    'event.id': one('unique_id'),
  };
}
