import { type EcsFields, withFields } from '../core/event.ts';
import type { LineContext, LineParser, Parsed } from '../core/stages.ts';
import { StampReader } from '../core/stamp.ts';
import { type ErrorSource, errorFields, loginFields, quotedRequestFields, sourceFields } from './web/error-event.ts';

// ngx_log_error_core() in nginx's src/core/ngx_log.c: "2012/04/09 11:53:29 [error] 2865#0: *66647 text".
const HEAD =
  /^(?:\S{1,255} nginx(?:\[\d{1,10}\])?: )?(?<stamp>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) \[(?<level>[a-z]{3,8})\] (?<pid>\d{1,10})#(?<tid>\d{1,10}): (?:\*(?<connection>\d{1,20}) )?/;
// ngx_http_log_error_handler() in src/http/ngx_http_request.c appends these. Only `server` is never the client's to choose.
const CLIENT = /, client: (?<ip>[^\s,]{1,64})(?=, server: |$)/g;
const TAIL =
  /^(?:, server: (?<server>[^,"]{0,255})(?:, request: "(?<request>[^\s"]{1,64}(?: [^\s"]{0,8192})?(?: HTTP\/[\d.]{1,5})?)")?(?:, (?:subrequest|upstream): "[^"]{0,8192}"){0,3}(?:, host: "(?<host>[^"\s]{0,255})")?(?:, referrer: "(?<referrer>.*)")?)?$/s;
const LOOSE_REQUEST = /, request: "(?<request>[^"]{0,8192})"/;
const LOGIN =
  /^user "(?<user>.*)"(?:: (?<mismatch>password mismatch)| (?<missing>was not found in "[^"]{1,1024}"))$|^PAM: user '(?<pam>.*)' - (?<reason>not authenticated: .*)$/s;
const FILE = /^(?:open\(\)|[a-z_]{2,20}\(\)) "(?<file>[^"]{1,4096})" failed/;
const MAX_MESSAGE = 65_536;

/** nginx's error log, in a file or wrapped by syslog or the journal. */
export default {
  kind: 'line',
  name: 'nginx-error',
  programs: ['nginx', 'openresty', 'angie', 'tengine'],
  parse(line: string, context: LineContext): Parsed | null {
    const head = HEAD.exec(line.slice(0, 400));
    const parts = head?.groups;
    if (!head || !parts) return null;
    const text = line.slice(head[0].length, head[0].length + MAX_MESSAGE);
    const stamp = new StampReader(context.zone, context.year);
    if (stamp.read((parts['stamp'] as string).replace(/\//g, '-'), 0) === -1) return null;
    const { time, certainty } = stamp;
    const tid = parts['tid'] === '0' ? undefined : Number(parts['tid']);
    const fields: EcsFields = withFields(errorFields(parts['level'] as string), {
      'process.thread.id': tid,
      'nginx.error.connection_id': parts['connection'] === undefined ? undefined : Number(parts['connection']),
      ...clientFields(text),
    });
    return { time, certainty, pid: Number(parts['pid']), process: 'nginx', message: text, fields };
  },
} satisfies LineParser;

interface Reading {
  readonly text: string;
  readonly source: ErrorSource;
  readonly tail: Readonly<Record<string, string | undefined>>;
}

/**
 * The ways to read a line. The text before `, client: ` may hold a user's name or a path, and the referrer behind it is
 * free text: both can forge a client. A reading counts only if all that follows is as nginx writes it.
 */
function readings(text: string): Reading[] {
  const found: Reading[] = [];
  for (const match of text.matchAll(CLIENT)) {
    const tail = TAIL.exec(text.slice(match.index + match[0].length));
    const address = match.groups?.['ip'];
    if (found.length >= 16) break;
    if (tail)
      found.push({ text: text.slice(0, match.index), source: { address, port: undefined }, tail: tail.groups ?? {} });
  }
  return found;
}

function clientFields(text: string): EcsFields {
  const found = readings(text);
  const first = found[0];
  const agreed = found.every((reading) => reading.source.address === first?.source.address);
  if (first !== undefined && agreed) return readingFields(found.at(-1) as Reading);
  if (first !== undefined) return {}; // two clients, either of them perhaps made up: none is named
  const clients = new Set([...text.matchAll(CLIENT)].map((match) => match.groups?.['ip']));
  const request = LOOSE_REQUEST.exec(text)?.groups?.['request']; // blanks in the target, as nginx before 1.21 let through
  return withFields(
    clients.size === 1 ? sourceFields({ address: [...clients][0], port: undefined }) : {},
    request === undefined ? {} : quotedRequestFields(request, '', 0),
  );
}

function readingFields({ text, source, tail }: Reading): EcsFields {
  const host = tail['host'];
  const server = tail['server'];
  const request = tail['request'];
  return withFields(sourceFields(source), {
    'url.domain': host === undefined || host === '' ? undefined : host,
    'server.address': server === undefined || server === '' ? undefined : server,
    'file.path': FILE.exec(text)?.groups?.['file'],
    ...(request === undefined ? {} : quotedRequestFields(request, tail['referrer'] ?? '', FILE.test(text) ? 404 : 0)),
    ...loginOf(text),
    ...limitOf(text),
  });
}

function loginOf(text: string): EcsFields {
  const login = LOGIN.exec(text)?.groups;
  if (!login) return {};
  const reason = login['mismatch'] ?? login['missing']?.replace(/ in ".*$/s, '') ?? login['reason'] ?? '';
  return loginFields(login['user'] ?? login['pam'], 'password', reason);
}

// ngx_http_limit_req_module and ngx_http_access_module
function limitOf(text: string): EcsFields {
  if (/^(?:limiting|delaying) (?:requests|connections)/.test(text))
    return { 'event.reason': 'rate limit', 'rule.category': ['flood'] };
  if (/^access forbidden by rule/.test(text)) return { 'event.reason': 'access forbidden by rule' };
  return {};
}
