import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { METRICS_TYPE } from '../../core/metrics.ts';
import type { ServerView } from '../view.ts';

const eventsQuery = z.strictObject({
  q: z.string().max(500).default(''),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const sourceEventsQuery = z.strictObject({
  stream: z.string().min(1).max(500).optional(),
  kind: z.enum(['first_seen', 'silence', 'format_drift', 'sequence_gap', 'cut_connection', 'clock_step']).optional(),
  open: z.stringbool().default(false),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

const OPEN = { config: { open: 'asked by what watches over processes, which has no account' } };
const STATUS = { config: { needs: 'status' } } as const;

/** What can be read: /healthz, /readyz, /metrics, /api/v1/status, /api/v1/sources, /api/v1/source-events, /api/v1/events. */
export function registerReading(app: FastifyInstance, view: ServerView): void {
  app.get('/healthz', OPEN, async (_, reply) => {
    const { tampered } = view.status().ledger;
    return reply
      .code(tampered === null ? 200 : 503)
      .send({ ok: tampered === null, ...(tampered !== null && { tampered }) });
  });
  app.get('/readyz', OPEN, async (_, reply) => {
    const waiting = view
      .status()
      .parts.filter(({ state }) => state !== 'running')
      .map(({ name }) => name);
    return reply.code(waiting.length === 0 ? 200 : 503).send({ ok: waiting.length === 0, waiting });
  });
  app.get('/metrics', STATUS, async (_, reply) => reply.type(METRICS_TYPE).send(view.metrics()));
  app.get('/api/v1/status', STATUS, async () => view.status());
  app.get('/api/v1/sources', STATUS, async () => ({ sources: await view.sources() }));
  app.get('/api/v1/source-events', STATUS, async (request) => {
    const asked = sourceEventsQuery.safeParse(request.query);
    if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
    return { events: await view.sourceEvents(asked.data) };
  });
  app.get('/api/v1/events', { config: { needs: 'search' } }, async (request) => {
    const asked = eventsQuery.safeParse(request.query);
    if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
    const events = await view.events({ words: asked.data.q, limit: asked.data.limit });
    return { events, horizon: view.status().index.horizon };
  });
}
