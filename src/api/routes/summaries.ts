import type { FastifyInstance } from 'fastify';
import { endpoint } from '../endpoint.ts';
import { unlessLeft } from '../leaving.ts';
import {
  addressAnswer,
  addressParams,
  addressQuery,
  attackersAnswer,
  attackersQuery,
  histogramAnswer,
  histogramQuery,
  newAccessAnswer,
  newAccessQuery,
  sessionsAnswer,
  sessionsQuery,
} from '../schemas/summaries.ts';
import type { ServerView } from '../view.ts';
import { summariesFor } from '../watched-summaries.ts';

/** /api/v1/sessions, /api/v1/attackers, /api/v1/attackers/ADDRESS, /api/v1/new-access, /api/v1/histogram. */
export function registerSummaries(app: FastifyInstance, view: ServerView): void {
  endpoint(
    app,
    'GET /api/v1/sessions',
    {
      needs: 'search',
      about: 'Sessions of a person, or of everybody, the newest first.',
      query: sessionsQuery,
      answer: sessionsAnswer,
    },
    ({ query }, request, reply) => unlessLeft(reply, (signal) => summariesFor(view, request).sessions(query, signal)),
  );
  endpoint(
    app,
    'GET /api/v1/attackers',
    {
      needs: 'search',
      about: 'Addresses or networks that were refused oftener than they were let in, by how often they tried.',
      query: attackersQuery,
      answer: attackersAnswer,
    },
    ({ query }, request, reply) => unlessLeft(reply, (signal) => summariesFor(view, request).attackers(query, signal)),
  );
  endpoint(
    app,
    'GET /api/v1/attackers/:address',
    {
      needs: 'search',
      about: 'What an address tried, hour by hour, the newest first.',
      params: addressParams,
      query: addressQuery,
      answer: addressAnswer,
    },
    ({ params, query }, request, reply) =>
      unlessLeft(reply, (signal) => summariesFor(view, request).address(params.address, query, signal)),
  );
  endpoint(
    app,
    'GET /api/v1/new-access',
    {
      needs: 'search',
      about: 'Ways in that were never seen before: a person, a network, a key or a host.',
      query: newAccessQuery,
      answer: newAccessAnswer,
    },
    ({ query }, request, reply) => unlessLeft(reply, (signal) => summariesFor(view, request).newAccess(query, signal)),
  );
  endpoint(
    app,
    'GET /api/v1/histogram',
    { needs: 'search', about: 'How many events there are over time.', query: histogramQuery, answer: histogramAnswer },
    ({ query }, request, reply) => unlessLeft(reply, (signal) => summariesFor(view, request).histogram(query, signal)),
  );
}
