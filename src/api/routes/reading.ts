import type { FastifyInstance } from 'fastify';
import { METRICS_TYPE } from '../../core/metrics.ts';
import { endpoint } from '../endpoint.ts';
import { unlessLeft } from '../leaving.ts';
import { eventsAnswer, eventsQuery } from '../schemas/events.ts';
import {
  health,
  readiness,
  sourceEvents,
  sourceEventsQuery,
  sources,
  sourcesQuery,
  status,
} from '../schemas/server.ts';
import type { ServerView } from '../view.ts';
import { mustBeClear, onRecord, seer } from '../watched.ts';

const OPEN = { open: 'asked by what watches over processes, which has no account' };

/** What can be read: /healthz, /readyz, /metrics, /api/v1/status, /api/v1/sources, /api/v1/source-events, /api/v1/events. */
export function registerReading(app: FastifyInstance, view: ServerView): void {
  registerHealth(app, view);
  endpoint(app, 'GET /api/v1/status', { needs: 'status', about: 'How the server is.', answer: status }, () =>
    view.status(),
  );
  endpoint(
    app,
    'GET /api/v1/sources',
    { needs: 'status', about: 'Who sends, and how, by stream.', query: sourcesQuery, answer: sources },
    ({ query }) => view.sources(query),
  );
  endpoint(
    app,
    'GET /api/v1/source-events',
    {
      needs: 'status',
      about: 'What was told of a source against its own past, the newest first.',
      query: sourceEventsQuery,
      answer: sourceEvents,
    },
    async ({ query }) => ({ events: await view.sourceEvents(query) }),
  );
  endpoint(
    app,
    'GET /api/v1/events',
    {
      needs: 'search',
      about: 'Lines of events that hold all words, the newest first; /api/v1/search finds by more.',
      query: eventsQuery,
      answer: eventsAnswer,
    },
    async ({ query: { q, limit } }, request, reply) => {
      const who = seer(view.watched, request);
      const { sight } = who;
      const events = await onRecord(
        view.watched,
        who,
        { what: 'search', detail: { words: q, limit } },
        {
          ask: async () => {
            if (q.trim() !== '') mustBeClear(sight, 'the text of events');
            return unlessLeft(reply, (signal) => view.events({ words: q, limit, sight }, signal));
          },
          count: (found) => found.length,
        },
      );
      return { events, horizon: view.status().index.horizon };
    },
  );
}

function registerHealth(app: FastifyInstance, view: ServerView): void {
  endpoint(
    app,
    'GET /healthz',
    { ...OPEN, about: 'Whether the ledger is as it was signed.', answer: health, statuses: [200, 503] },
    (_, __, reply) => {
      const { tampered } = view.status().ledger;
      void reply.code(tampered === null ? 200 : 503);
      return { ok: tampered === null, ...(tampered !== null && { tampered }) };
    },
  );
  endpoint(
    app,
    'GET /readyz',
    { ...OPEN, about: 'Whether all parts run.', answer: readiness, statuses: [200, 503] },
    (_, __, reply) => {
      const waiting = view
        .status()
        .parts.filter(({ state }) => state !== 'running')
        .map(({ name }) => name);
      void reply.code(waiting.length === 0 ? 200 : 503);
      return { ok: waiting.length === 0, waiting };
    },
  );
  endpoint(
    app,
    'GET /metrics',
    {
      needs: 'status',
      about: 'Measures, for Prometheus.',
      answer: null,
      gives: { 'text/plain': 'Prometheus text exposition format 0.0.4.' },
    },
    async (_, __, reply) => reply.type(METRICS_TYPE).send(view.metrics()),
  );
}
