/** Where a JSON log keeps what: for each part the spellings in use, dotted where objects nest, the best first. */
export interface JsonKeys {
  readonly peer: readonly string[];
  readonly port: readonly string[];
  readonly request: readonly string[];
  readonly method: readonly string[];
  readonly uri: readonly string[];
  readonly query: readonly string[];
  readonly protocol: readonly string[];
  readonly status: readonly string[];
  readonly bytes: readonly string[];
  readonly referrer: readonly string[];
  readonly userAgent: readonly string[];
  readonly user: readonly string[];
  readonly host: readonly string[];
  readonly time: readonly string[];
}

/** nginx's variables, Apache's usual names, Caddy (`request.…`) and Traefik (`ClientHost`, `RequestPath`). */
export const PLAIN_KEYS: JsonKeys = {
  // Caddy's client_ip honours forwarded addresses from trusted proxies alone
  peer: [
    'remote_addr',
    'request.client_ip',
    'request.remote_ip',
    'ClientHost',
    'ClientAddr',
    'remote_ip',
    'remoteIP',
    'remoteAddr',
    'remote_host',
    'remoteHost',
    'client_ip',
    'clientip',
    'clientIp',
    'client',
    'ip',
  ],
  port: ['remote_port', 'request.remote_port', 'ClientPort'],
  request: ['request', 'request_line', 'requestLine'],
  method: ['request_method', 'request.method', 'RequestMethod', 'method', 'verb'],
  uri: ['request_uri', 'request.uri', 'RequestPath', 'uri', 'url', 'path', 'uri_path'],
  query: ['query_string', 'args', 'query', 'queryString'],
  protocol: ['server_protocol', 'request.proto', 'RequestProtocol', 'protocol', 'http_version', 'httpversion'],
  status: ['status', 'response_status', 'DownstreamStatus', 'statusCode', 'status_code', 'response', 'code'],
  bytes: ['body_bytes_sent', 'bytes_sent', 'size', 'DownstreamContentSize', 'bytes', 'response_size', 'bytesSent'],
  referrer: ['http_referrer', 'http_referer', 'request.headers.Referer', 'request_Referer', 'referrer', 'referer'],
  userAgent: [
    'http_user_agent',
    'request.headers.User-Agent',
    'request_User-Agent',
    'user_agent',
    'userAgent',
    'useragent',
    'agent',
  ],
  user: ['remote_user', 'user_id', 'ClientUsername', 'user', 'remoteUser'],
  host: ['http_host', 'request.host', 'RequestHost', 'host', 'vhost', 'server_name', 'domain'],
  time: ['time_iso8601', '@timestamp', 'timestamp', 'time', 'time_local', 'ts', 'msec', 'StartUTC', 'date', 'datetime'],
};

/** Elastic Common Schema 8, nested or with dotted keys. */
export const ECS_KEYS: JsonKeys = {
  peer: ['source.ip', 'source.address', 'client.ip', 'client.address'],
  port: ['source.port', 'client.port'],
  request: [],
  method: ['http.request.method'],
  uri: ['url.original', 'url.path'],
  query: ['url.query'],
  protocol: ['http.version'],
  status: ['http.response.status_code'],
  bytes: ['http.response.body.bytes', 'http.response.bytes'],
  referrer: ['http.request.referrer'],
  userAgent: ['user_agent.original'],
  user: ['user.name'],
  host: ['url.domain', 'destination.domain'],
  time: ['@timestamp'],
};

/** The first of these keys that the document holds; a list gives its first item. */
export function valueIn(document: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  for (const name of names) {
    const found = memberOf(document, name) ?? nested(document, name);
    const value: unknown = Array.isArray(found) ? found[0] : found;
    if (value !== undefined && value !== null && value !== '' && typeof value !== 'object') return value;
  }
  return undefined;
}

// "http.request.method" as { http: { request: { method } } }.
function nested(document: unknown, name: string): unknown {
  const dot = name.indexOf('.');
  if (dot === -1) return undefined;
  const inner = memberOf(document, name.slice(0, dot));
  if (inner === undefined) return undefined; // most names are not there
  const rest = name.slice(dot + 1);
  return nested(inner, rest) ?? memberOf(inner, rest);
}

function memberOf(place: unknown, name: string): unknown {
  const isHolder = typeof place === 'object' && place !== null && Object.hasOwn(place, name);
  return isHolder ? (place as Record<string, unknown>)[name] : undefined;
}
