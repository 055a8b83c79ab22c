/** The parts of a request line. All are undefined when it is not HTTP. */
export interface RequestLine {
  readonly method: string | undefined;
  /** Request target as sent (RFC 9112 §3.2). */
  readonly target: string | undefined;
  readonly version: string | undefined;
}

const MALFORMED: RequestLine = { method: undefined, target: undefined, version: undefined };
const METHOD = /^[A-Za-z][A-Za-z_-]{0,31}$/;

/** Splits `GET /path HTTP/1.1`. Blanks inside the target stay in it; without a version it must begin like a target. */
export function splitRequest(request: string): RequestLine {
  const space = request.indexOf(' ');
  if (space < 1) return MALFORMED;
  const last = request.lastIndexOf(' ');
  const method = request.slice(0, space);
  if (last > space && request.startsWith('HTTP/', last + 1)) {
    if (!METHOD.test(method)) return MALFORMED;
    return { method, target: request.slice(space + 1, last), version: request.slice(last + 6) };
  }
  const target = request.slice(space + 1);
  if (!/^[A-Z]{3,20}$/.test(method) || !/^(?:\/|\*|https?:)/.test(target)) return MALFORMED;
  return { method, target, version: undefined };
}

/**
 * Balancers write a target in absolute form, `GET https://host:443/path HTTP/1.1`, where the client sent the path alone. `host`
 * is without its port.
 */
export function splitOrigin(request: string): { request: string; host: string | undefined } {
  const found = /^(?<method>[A-Z-]{1,32} )https?:\/\/(?<origin>[^/?\s]{0,300})(?=[/?])/.exec(request);
  if (!found?.groups) return { request, host: undefined };
  const { method, origin } = found.groups as Record<'method' | 'origin', string>;
  const host = /^(?<host>[\w.-]{1,253})(?::\d{1,5})?$/.exec(origin)?.groups?.['host'];
  return { request: method + request.slice(found[0].length), host };
}

/** `url.*` of a request target. */
export interface TargetParts {
  /** Percent-decoded where that is UTF-8, else as sent. */
  readonly path: string | undefined;
  readonly query: string | undefined;
  readonly extension: string | undefined;
}

const NO_PARTS: TargetParts = { path: undefined, query: undefined, extension: undefined };

/** Path, query and file extension of a target in origin or absolute form; nothing for `*` and `host:port`. */
export function splitTarget(target: string): TargetParts {
  let start = 0;
  if (target.charCodeAt(0) !== 0x2f) {
    const scheme = /^[a-z][a-z0-9+.-]{1,20}:\/\/[^/?]*/i.exec(target);
    if (!scheme) return NO_PARTS;
    start = scheme[0].length;
  }
  const question = target.indexOf('?', start);
  const end = question === -1 ? target.length : question;
  const path = decodePath(start === end ? '/' : target.slice(start, end));
  return { path, query: question === -1 ? undefined : target.slice(question + 1), extension: extensionOf(path) };
}

function decodePath(path: string): string {
  if (path.indexOf('%') === -1) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // not UTF-8: kept as sent
  }
}

function extensionOf(path: string): string | undefined {
  const dot = path.lastIndexOf('.');
  if (dot === -1 || dot === path.length - 1 || path.length - dot > 11 || path.indexOf('/', dot) !== -1)
    return undefined;
  return path.slice(dot + 1);
}
