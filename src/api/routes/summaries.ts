import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { read } from '../form.ts';
import { unlessLeft } from '../leaving.ts';
import type { SummariesView } from '../summaries.ts';

const time = z.string().min(1).max(60).optional();
const limit = z.coerce.number().int().min(1).max(1000).default(100);
const cursor = z.string().min(1).max(1000).optional();

const sessionsQuery = z.strictObject({
  person: z.string().min(1).max(1000).optional(),
  host: z.string().min(1).max(255).optional(),
  since: time,
  until: time,
  limit,
  cursor,
});
const attackersQuery = z.strictObject({
  by: z.enum(['address', 'network']).default('address'),
  since: time,
  until: time,
  limit,
  cursor,
});
const addressParams = z.strictObject({ address: z.string().min(2).max(100) });
const addressQuery = z.strictObject({ since: time, until: time, limit });
const newAccessQuery = z.strictObject({ since: time, limit });
const histogramQuery = z.strictObject({
  q: z.string().max(4000).default(''),
  since: time,
  until: time,
  step: z.string().min(2).max(10).optional(),
});

const SEARCH = { config: { needs: 'search' } } as const;

/** /api/v1/sessions, /api/v1/attackers, /api/v1/attackers/ADDRESS, /api/v1/new-access, /api/v1/histogram. */
export function registerSummaries(app: FastifyInstance, summaries: SummariesView): void {
  app.get('/api/v1/sessions', SEARCH, async (request, reply) => {
    const asked = read(sessionsQuery, request.query);
    return unlessLeft(reply, (signal) => summaries.sessions(asked, signal));
  });
  app.get('/api/v1/attackers', SEARCH, async (request, reply) => {
    const asked = read(attackersQuery, request.query);
    return unlessLeft(reply, (signal) => summaries.attackers(asked, signal));
  });
  app.get('/api/v1/attackers/:address', SEARCH, async (request, reply) => {
    const { address } = read(addressParams, request.params);
    const asked = read(addressQuery, request.query);
    return unlessLeft(reply, (signal) => summaries.address(address, asked, signal));
  });
  app.get('/api/v1/new-access', SEARCH, async (request, reply) => {
    const asked = read(newAccessQuery, request.query);
    return unlessLeft(reply, (signal) => summaries.newAccess(asked, signal));
  });
  app.get('/api/v1/histogram', SEARCH, async (request, reply) => {
    const asked = read(histogramQuery, request.query);
    return unlessLeft(reply, (signal) => summaries.histogram(asked, signal));
  });
}
