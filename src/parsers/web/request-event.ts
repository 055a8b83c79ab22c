import { type EcsFields, withFields } from '../../core/event.ts';
import { type HttpRequest, judgeRequest, type Verdict } from '../hostile/judge.ts';
import type { Peer } from './peer.ts';
import { unescapeLogged } from './quoted.ts';
import { splitRequest, splitTarget } from './url.ts';

const CATEGORY = ['web'] as const;
const TYPE = ['access'] as const;

/** One request as a server logged it, quoting undone. '' or undefined: not known. */
export interface LoggedRequest {
  readonly peer: Peer;
  /** The request line, still escaped. */
  readonly request: string;
  readonly status: number | undefined;
  readonly bytes: number | undefined;
  /** Still escaped; '' and '-' are absent. */
  readonly referrer: string;
  readonly userAgent: string;
}

/** What the request line says. */
export interface RequestParts {
  /** The request line, quoting undone. */
  readonly request: string;
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly version: string | undefined;
  readonly path: string | undefined;
  readonly query: string | undefined;
  readonly extension: string | undefined;
}

/** Reads a request line as logged. */
export function requestParts(logged: string): RequestParts {
  const request = unescapeLogged(logged);
  const { method, target, version } = splitRequest(request);
  const { path, query, extension } = splitTarget(target ?? '');
  return { request, method, target, version, path, query, extension };
}

/** A header as logged, quoting undone; '' when it was not sent. */
export function headerText(logged: string): string {
  return unescapeLogged(logged === '-' ? '' : logged);
}

/** The event fields of a request (docs/design/events.md, "a web request"), with its verdict where it is hostile. */
export function requestFields(logged: LoggedRequest): EcsFields {
  const { peer, status } = logged;
  const parts = requestParts(logged.request);
  const { method, target, version, path, query, extension } = parts;
  const referrer = headerText(logged.referrer);
  const userAgent = headerText(logged.userAgent);
  const fields: EcsFields = {
    'event.category': CATEGORY,
    'event.type': TYPE,
    'event.action': 'http_request',
    'event.outcome': status === undefined ? undefined : status < 400 ? 'success' : 'failure',
    'source.address': peer.address,
    'source.ip': peer.ip,
    'source.port': peer.port,
    'source.domain': peer.ip === undefined && peer.address !== 'unix:' ? peer.address : undefined,
    'user.name': peer.user,
    'http.request.method': method,
    'url.original': target,
    'url.path': path,
    'url.query': query,
    'url.extension': extension,
    'url.domain': peer.domain,
    'http.version': version,
    'http.response.status_code': status,
    'http.response.body.bytes': logged.bytes,
    'http.request.referrer': referrer === '' ? undefined : referrer,
    'user_agent.original': userAgent === '' ? undefined : userAgent,
  };
  const verdict = judgeRequest(asSent(parts, status ?? 0, referrer, userAgent));
  return verdict === null ? fields : withFields(fields, verdictFields(verdict));
}

/** The request as the judgement takes it. `status`: 0 when it is not known. */
export function asSent(
  { request, method = '', target = '', version = '' }: RequestParts,
  status: number,
  referrer: string,
  userAgent: string,
): HttpRequest {
  return { request, method, target, version, status, referrer, userAgent };
}

/** What a verdict adds to the fields of an event. */
export function verdictFields(verdict: Verdict): EcsFields {
  return {
    'event.kind': verdict.alert ? 'alert' : undefined,
    'rule.category': verdict.categories,
    'rule.name': verdict.names.length === 0 ? undefined : verdict.names,
    'threat.technique.id': verdict.techniques.length === 0 ? undefined : verdict.techniques,
  };
}
