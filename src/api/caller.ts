import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PERMISSIONS, type Permission, type Role } from '../access/roles.ts';
import { AppError } from '../core/errors.ts';
import type { Described } from './described.ts';

/** Who asks. Every request that reaches a route which needs a permission has one. */
export type Caller =
  /** By the unix socket of the data folder: its owner. */
  | { readonly kind: 'local'; readonly name: string; readonly may: ReadonlySet<Permission> }
  /** Signed in, by the session cookie. */
  | {
      readonly kind: 'person';
      readonly name: string;
      readonly may: ReadonlySet<Permission>;
      readonly personId: number;
      readonly role: Role;
      readonly sessionId: number;
      /** When he proved himself, milliseconds since 1970. */
      readonly provenMs: number;
    }
  /** By `Authorization: Bearer`. */
  | {
      readonly kind: 'token';
      readonly name: string;
      readonly may: ReadonlySet<Permission>;
      readonly personId: number;
      readonly tokenId: number;
    }
  /** On loopback, while nobody has an account yet. */
  | { readonly kind: 'anyone'; readonly name: string; readonly may: ReadonlySet<Permission> };

/** A route, and the permission that it needs; null: open to all. */
export interface Declaration {
  readonly method: string;
  readonly url: string;
  readonly needs: Permission | null;
  /** What the API's document says of it; null: it is no part of the API. */
  readonly api: Described | null;
}

// Every route says in its `config` what it needs: `app.get(url, { config: { needs: 'search' } }, handler)`, or why it is open to all:
// `{ config: { open: 'sign-in' } }`. A route that says neither, or both, stops the server's start (`declared`).
declare module 'fastify' {
  interface FastifyContextConfig {
    /** The permission that a caller must have. */
    needs?: Permission;
    /** Why the route needs none. */
    open?: string;
    /** See `endpoint`. */
    api?: Described;
  }
  interface FastifyInstance {
    /** Every route that was registered. */
    declarations: readonly Declaration[];
  }
  interface FastifyRequest {
    /** Null on routes that are open, for whoever did not sign in. */
    caller: Caller | null;
  }
}

/** Makes every route that is registered from now on say what it needs. Throws for one that does not: it would be open by accident. */
export function declared(app: FastifyInstance): void {
  const declarations: Declaration[] = [];
  app.decorate('declarations', declarations);
  app.decorateRequest('caller', null);
  app.addHook('onRoute', ({ method, url, config }) => {
    const { needs, open, api } = config ?? {};
    const said = (needs !== undefined && Object.hasOwn(PERMISSIONS, needs)) !== (open !== undefined && open !== '');
    if (!said)
      throw new Error(`${String(method)} ${url} must say what it needs, or why it is open (src/api/caller.ts)`);
    for (const one of [method].flat()) declarations.push({ method: one, url, needs: needs ?? null, api: api ?? null });
  });
}

/** Who asks, in a route that needs a permission; `name` is for the ledger. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new AppError('E_UNREADABLE', 'sign in first');
  return caller;
}

const RECENT_MS = 10 * 60_000;

/** Somebody who signed in; throws E_UNREADABLE for any other caller: a token or a socket has no account of its own. */
export function personOf(request: FastifyRequest): Extract<Caller, { kind: 'person' }> {
  const caller = callerOf(request);
  if (caller.kind !== 'person') throw new AppError('E_UNREADABLE', 'this is for somebody who signed in on the page');
  return caller;
}

/** The same, of the last ten minutes: for what changes how he proves himself. Throws E_SIGN_IN when it was longer ago. */
export function recentPersonOf(request: FastifyRequest): Extract<Caller, { kind: 'person' }> {
  const caller = personOf(request);
  if (Date.now() - caller.provenMs > RECENT_MS)
    throw new AppError('E_SIGN_IN', 'you signed in more than ten minutes ago: sign in again to change this');
  return caller;
}

/** Who asks, as the ledger names him. What the local socket says of itself is believed: whoever can open it owns all of this. */
export function askerOf(request: FastifyRequest, said: string | undefined): string {
  const caller = callerOf(request);
  return caller.kind === 'local' ? (said ?? caller.name) : caller.name;
}
