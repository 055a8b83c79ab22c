import type { EcsFields } from '../../core/event.ts';
import { judgeRequest, type Verdict } from '../hostile/judge.ts';
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

/** The event fields of a request (docs/design/events.md, "a web request"), with its verdict where it is hostile. */
export function requestFields(logged: LoggedRequest): EcsFields {
  const { peer, status } = logged;
  const request = unescapeLogged(logged.request);
  const { method, target, version } = splitRequest(request);
  const { path, query, extension } = splitTarget(target ?? '');
  const referrer = unescapeLogged(logged.referrer === '-' ? '' : logged.referrer);
  const userAgent = unescapeLogged(logged.userAgent === '-' ? '' : logged.userAgent);
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
  const verdict = judgeRequest({
    request,
    method: method ?? '',
    target: target ?? '',
    version: version ?? '',
    status: status ?? 0,
    referrer,
    userAgent,
  });
  return verdict === null ? fields : { ...fields, ...verdictFields(verdict) };
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
