import fc from 'fast-check';
import { DECOY, hostileText, peer, port } from './hostile-text.ts';
import type { Modelled } from './sshd-model.ts';

/** ngx_http_log_escape_default: quotes, backslashes, controls and all above 126 as \xHH. */
function escapeNginx(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    out += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

const APACHE_ESCAPES = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
]);

/** ap_escape_logitem: C escapes where there are any, else \xhh. */
function escapeApache(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
    out += APACHE_ESCAPES.get(byte) ?? plain;
  }
  return out;
}

/** Everything in a request that the client chooses, as the server writes it. */
interface Chosen {
  readonly ip: string;
  readonly user: string;
  readonly request: string;
  readonly referer: string;
  readonly agent: string;
  readonly forwarded: string;
}

const AT = '[07/Mar/2026:10:00:00 +0000]';

const ACCESS: readonly ((c: Chosen) => string)[] = [
  (c) => `${c.ip} - - ${AT} "${c.request}" 404 153 "${c.referer}" "${c.agent}"`,
  (c) => `${c.ip} - ${c.user} ${AT} "${c.request}" 401 153 "${c.referer}" "${c.agent}"`,
  (c) => `${c.ip} - - ${AT} "${c.request}" 404 153`,
  (c) => `${c.ip} - - ${AT} "${c.request}" 404 153 "${c.referer}" "${c.agent}" "${c.forwarded}"`,
  (c) => `${c.ip} - - ${AT} "${c.request}" 404 153 "${c.referer}" "${c.agent}" 0.002 "${c.forwarded}"`,
  (c) => `shop.example.com:443 ${c.ip} - - ${AT} "${c.request}" 404 153 "${c.referer}" "${c.agent}"`,
  (c) => `shop.example.com ${c.ip} - - ${AT} "${c.request}" 404 153 "${c.referer}" "${c.agent}"`,
  // nginx with $host first: the Host header of a request to the bare address
  (c) => `${DECOY}:443 ${c.ip} - - ${AT} "${c.request}" 404 153 "${c.referer}" "${c.agent}"`,
  (c) => `${DECOY} ${c.ip} - - ${AT} "${c.request}" 404 153 "${c.referer}" "${c.agent}"`,
];

const orDash = (text: string) => (text === '' ? '-' : text);

const chosen = fc.tuple(
  peer,
  hostileText,
  hostileText,
  hostileText,
  hostileText,
  fc.constantFrom(escapeNginx, escapeApache),
);

/** Lines of access logs in the common, combined and vhost formats, and those with a forwarded-for header after them. */
export const accessLine: fc.Arbitrary<Modelled> = fc
  .tuple(fc.constantFrom(...ACCESS), chosen, fc.boolean())
  .map(([form, [ip, user, target, referer, agent, clean], garbage]) => ({
    peer: ip,
    text: form({
      ip,
      user: orDash(clean(user)),
      request: orDash(clean(garbage ? target : `GET /${target} HTTP/1.1`)),
      referer: orDash(clean(referer)),
      agent: orDash(clean(agent)),
      forwarded: DECOY,
    }),
  }));

const JSON_FORMS: readonly ((c: Chosen) => object)[] = [
  (c) => ({
    time_local: '07/Mar/2026:10:00:00 +0000',
    remote_addr: c.ip,
    remote_user: c.user,
    request: c.request,
    status: '404',
    body_bytes_sent: '153',
    http_referer: c.referer,
    http_user_agent: c.agent,
    http_x_forwarded_for: c.forwarded,
  }),
  (c) => ({
    http_user_agent: c.agent,
    http_x_forwarded_for: c.forwarded,
    request_uri: c.request,
    request_method: 'GET',
    status: 404,
    time_iso8601: '2026-03-07T10:00:00+00:00',
    remote_addr: c.ip,
  }),
];

/** Lines of access logs in JSON. */
export const jsonLine: fc.Arbitrary<Modelled> = fc
  .tuple(fc.constantFrom(...JSON_FORMS), chosen)
  .map(([form, [ip, user, request, referer, agent]]) => ({
    peer: ip,
    text: JSON.stringify(form({ ip, user, request: `GET /${request} HTTP/1.1`, referer, agent, forwarded: DECOY })),
  }));

// nginx writes the path as it was decoded into its error log, and the request as it came.
const ERRORS: readonly ((c: Chosen, from: number) => string)[] = [
  (c) =>
    `2026/03/07 10:00:00 [error] 9#9: *1 open() "/srv/www/${c.user}" failed (2: No such file or directory), client: ${c.ip}, server: shop.example.com, request: "${c.request}", host: "${c.agent}"`,
  (c) =>
    `2026/03/07 10:00:00 [error] 9#9: *1 user "${c.user}" was not found in "/etc/nginx/htpasswd", client: ${c.ip}, server: shop.example.com, request: "${c.request}", host: "shop.example.com", referrer: "${c.referer}"`,
  (c) =>
    `2026/03/07 10:00:00 [info] 9#9: *1 client sent invalid method while reading client request line, client: ${c.ip}, server: _, request: "${c.request}"`,
  (c, from) =>
    `[Sat Mar 07 10:00:00.123456 2026] [auth_basic:error] [pid 9:tid 9] [client ${c.ip}:${from}] AH01618: user ${c.user} not found: /${c.referer}`,
  (c, from) =>
    `[Sat Mar 07 10:00:00.123456 2026] [core:error] [pid 9:tid 9] [client ${c.ip}:${from}] AH00126: Invalid URI in request ${c.request}`,
  (c) =>
    `[Sat Mar 07 10:00:00 2026] [error] [client ${c.ip}] File does not exist: /srv/www/${c.user}, referer: ${c.referer}`,
];

const printable = (text: string) => escapeApache(text).replaceAll('\\"', '"');

/** Lines of error logs. */
export const errorLine: fc.Arbitrary<Modelled> = fc
  .tuple(fc.constantFrom(...ERRORS), chosen, port)
  .map(([form, [ip, user, request, referer, agent], from]) => {
    const parts = {
      user: printable(user),
      request: printable(request),
      referer: printable(referer),
      agent: printable(agent),
    };
    return { peer: ip, text: form({ ip, ...parts, forwarded: DECOY }, from) };
  });
