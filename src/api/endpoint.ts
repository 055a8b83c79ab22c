import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { Permission } from '../access/roles.ts';
import type { Described } from './described.ts';
import { read } from './form.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What it needs, or why it is open to all: as every route says (caller.ts). */
type Admission = { readonly needs: Permission } | { readonly open: string };

/** What a request asked for, as the schemas of its route read it. */
export interface Request<Q, P, B> {
  readonly query: Q;
  readonly params: P;
  readonly body: B;
}

/** What a view gives need not be changeable. */
export type Told<T> = T extends readonly (infer U)[]
  ? readonly Told<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Told<T[K]> }
    : T;

type Handler<Q, P, B, A> = (
  asked: Request<Q, P, B>,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<Told<A> | FastifyReply> | Told<A>;

/**
 * A route of the API that the API's document describes: what it says of the route is what the route does, for the schemas are the same.
 * Answers 400 for whatever is not of them. Answers are not checked as they go out: their types are, and test/e2e/api-contract.test.ts does.
 */
export function endpoint<Q = undefined, P = undefined, B = undefined, A = null>(
  app: FastifyInstance,
  route: `${Method} ${string}`,
  {
    options = {},
    ...described
  }: Described<Q, P, B, A> & Admission & { readonly options?: Omit<RouteShorthandOptions, 'config'> },
  handle: Handler<Q, P, B, NoInfer<A>>,
): void {
  const [method = 'GET', url = '/'] = route.split(' ');
  const { query, params, body } = described;
  const admission = 'needs' in described ? { needs: described.needs } : { open: described.open };
  app.route({
    ...options,
    method,
    url,
    config: { ...admission, api: described as Described },
    handler: async (request, reply) => {
      const asked = {
        query: (query === undefined ? undefined : read(query, request.query)) as Q,
        params: (params === undefined ? undefined : read(params, request.params)) as P,
        body: (body === undefined ? undefined : read(body, request.body)) as B,
      };
      return handle(asked, request, reply);
    },
  });
}
