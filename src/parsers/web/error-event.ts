import type { EcsFields } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { judgeRequest } from '../hostile/judge.ts';
import { verdictFields } from './request-event.ts';
import { splitRequest, splitTarget } from './url.ts';

/** Who is behind an error line. Absent parts are unknown. */
export interface ErrorSource {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/** `source.*` of an error line's peer. */
export function sourceFields({ address, port }: ErrorSource): EcsFields {
  if (address === undefined || address === '') return {};
  const ip = canonicalIp(address) ?? undefined;
  return {
    'source.address': address,
    'source.ip': ip,
    'source.port': port,
    'source.domain': ip === undefined && !address.startsWith('unix:') ? address : undefined,
  };
}

/** The fields of a web server's error: `docs/design/events.md`, "a web server's error". */
export function errorFields(level: string): EcsFields {
  const quiet = /^(?:info|notice|debug|trace\d?)$/.test(level);
  return {
    'event.category': ['web'],
    'event.type': [quiet ? 'info' : 'error'],
    'event.action': 'http_error',
    'log.level': level,
  };
}

/** The fields of a login that the server itself refused or let through. */
export function loginFields(user: string | undefined, method: string, reason: string): EcsFields {
  return {
    'event.category': ['authentication'],
    'event.type': ['start'],
    'event.action': 'web_login',
    'event.outcome': 'failure',
    'event.reason': reason,
    'user.name': user,
    'spoor.auth.method': method,
  };
}

/** What a request line quoted in an error says, and its verdict. */
export function quotedRequestFields(request: string, referrer: string, status: number): EcsFields {
  const { method, target, version } = splitRequest(request);
  const { path, query, extension } = splitTarget(target ?? '');
  const verdict = judgeRequest({
    request,
    method: method ?? '',
    target: target ?? '',
    version: version ?? '',
    status,
    referrer,
    userAgent: '',
  });
  return {
    'http.request.method': method,
    'http.version': version,
    'http.request.referrer': referrer === '' ? undefined : referrer,
    'url.original': target,
    'url.path': path,
    'url.query': query,
    'url.extension': extension,
    ...(verdict === null ? {} : verdictFields(verdict)),
  };
}

/** The verdict over a file that was asked for and is not there: the URL is not in the line, its last part is. */
export function missingFileFields(file: string): EcsFields {
  const name = file.slice(file.lastIndexOf('/'));
  const target = name.startsWith('/') ? name : `/${name}`;
  const verdict = judgeRequest({
    request: '',
    method: 'GET',
    target,
    version: '1.1',
    status: 404,
    referrer: '',
    userAgent: '',
  });
  return verdict === null ? {} : verdictFields(verdict);
}
