import type { Event } from '../core/event.ts';
import { hashOf, type Sign, signOf } from './sign.ts';

const BARE_NUMBER = /^\d{4,32}$/;

/** "/?8890121518": a query that is there only to be new, so that no cache answers. */
export function isBypass(query: string): boolean {
  return BARE_NUMBER.test(query);
}

/** What is counted of a request. */
export interface WebFacts {
  readonly status: number | undefined;
  readonly path: string | undefined;
  /** See `isBypass`. */
  readonly bypass: boolean;
  readonly categories: readonly string[] | undefined;
  readonly alert: boolean;
  /** Somebody signed in, or tried to. */
  readonly named: boolean;
  readonly agent: Sign | null;
  /** As browsers ask: with a referrer, or for what a page is made of. */
  readonly visit: boolean;
  /** One of 32 classes of paths. */
  readonly pathClass: number;
}

/** What is counted of a request, out of its fields. */
export function webFacts({ fields }: Event): WebFacts {
  const path = fields['url.path'];
  const query = fields['url.query'];
  const agent = fields['user_agent.original'];
  return {
    status: fields['http.response.status_code'] as number | undefined,
    path: typeof path === 'string' ? path : undefined,
    bypass: typeof query === 'string' && isBypass(query),
    categories: fields['rule.category'] as readonly string[] | undefined,
    alert: fields['event.kind'] === 'alert',
    named: fields['user.name'] !== undefined && fields['user.name'] !== '-',
    agent: typeof agent === 'string' ? agentSign(agent) : null,
    visit: fields['http.request.referrer'] !== undefined || isPart(String(path)),
    pathClass: classOf(typeof path === 'string' ? path : ''),
  };
}

const PART = /^\.(?:css|js|mjs|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|mp4|webmanifest)$/i;

/** Is it what a page is made of, which only what draws pages asks for? */
export function isPart(path: string): boolean {
  const dot = path.lastIndexOf('.');
  return dot !== -1 && PART.test(path.slice(dot));
}

/** Which of 32 classes a path belongs to. */
export function classOf(path: string): number {
  return hashOf(path) & 31;
}

export function agentSign(agent: string): Sign {
  return signOf(`agent ${agent}`);
}
