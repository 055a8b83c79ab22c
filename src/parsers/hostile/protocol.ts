import type { HttpRequest } from './rule.ts';

// What breaks HTTP itself: other protocols, binary, versions and methods that no browser sends.

interface ProtocolFinding {
  readonly category: string;
  readonly name: string;
  readonly technique: string;
}

const METHODS = new Set(
  'GET HEAD POST PUT DELETE OPTIONS PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH MKCALENDAR ACL PRI QUERY PURGE BAN CHECKOUT CHECKIN MERGE MKACTIVITY VERSION-CONTROL LINK UNLINK BIND REBIND UNBIND UNCHECKOUT UPDATE LABEL BASELINE-CONTROL MKWORKSPACE ORDERPATCH NOTIFY SUBSCRIBE UNSUBSCRIBE M-SEARCH MKREDIRECTREF UPDATEREDIRECTREF BPROPFIND BPROPPATCH BCOPY BMOVE BDELETE POLL RPC_IN_DATA RPC_OUT_DATA BITS_POST CCM_POST SOURCE'.split(
    ' ',
  ),
);
// Frameworks let a form say PUT, PATCH or DELETE so; these two no form needs.
const OVERRIDE = /[?&]_method=(?:trace|track|connect|debug)(?:&|$)/i;
const VERSIONS = new Set(['', '0.9', '1.0', '1.1', '2', '2.0', '3', '3.0']);
/** Matches a text that begins with this byte, or holds that word. */
function starting(byte: number, word?: string): RegExp {
  const begin = `^${String.fromCharCode(byte)}`;
  return new RegExp(word === undefined ? begin : `${begin}|${word}`);
}

const PROBES: readonly (readonly [RegExp, string])[] = [
  [starting(3, 'mstshash='), 'RDP probe'],
  [starting(22), 'TLS where none is spoken'],
  [/^SSH-\d/, 'SSH probe'],
  [/Gh0st/, 'Gh0st probe'],
  [/\|'\|'\|/, 'njRAT probe'],
  [/^(?:EHLO|HELO|MAIL|RCPT|AUTH|STARTTLS|HELP|QUIT)\b/i, 'mail probe'],
  [/^(?:OPTIONS|REGISTER|INVITE) sips?:/i, 'SIP probe'],
  [/^(?:\*1\r|CONFIG (?:SET|GET)|INFO\b|SLAVEOF|FLUSHALL)/i, 'Redis probe'],
  [/^\{"(?:id|jsonrpc|method|params)"/, 'mining probe'],
  [/^(?:JDWP|NICK|USER|PASS|stats\b|version\b|GIOP|JRMI|AMQP)/, 'probe for another service'],
  [starting(4), 'SOCKS probe'],
  [starting(5), 'SOCKS probe'],
];

/** The finding over a request's form, or null. */
export function judgeProtocol({ request, method, target, version, status }: HttpRequest): ProtocolFinding | null {
  if (method === '') return judgeMalformed(request);
  if (!METHODS.has(method)) return judgeMethod(method, status);
  if (!VERSIONS.has(version)) return { category: 'protocol', name: 'HTTP version', technique: 'T1595' };
  const at = target.indexOf('_method=');
  if (at > 0 && OVERRIDE.test(target)) return { category: 'protocol', name: 'method override', technique: 'T1190' };
  const first = target.charCodeAt(0);
  if (first === 0x2f || first === 0x2a) return null;
  return judgeForm(target, status);
}

function judgeMalformed(request: string): ProtocolFinding | null {
  if (request === '' || request === '-') return null; // a peer that came and said nothing: browsers do
  const name = PROBES.find(([pattern]) => pattern.test(request))?.[1] ?? 'not HTTP';
  return { category: 'protocol', name, technique: 'T1595' };
}

function judgeMethod(method: string, status: number): ProtocolFinding | null {
  if (method === 'CONNECT' && status < 400 && status > 0) return null; // a proxy that does its work
  if (method === 'CONNECT') return { category: 'proxy', name: 'open proxy probe', technique: 'T1595' };
  return { category: 'protocol', name: `method ${method}`, technique: 'T1595' };
}

/** A target in absolute form is for a proxy (RFC 9112 §3.2.2); one of another host is a search for an open one. */
function judgeForm(target: string, status: number): ProtocolFinding | null {
  if (/^https?:\/\//i.test(target))
    return status >= 400 ? { category: 'proxy', name: 'open proxy probe', technique: 'T1595' } : null;
  return { category: 'protocol', name: 'request target', technique: 'T1595' };
}
