import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import type { ServerView } from '../view.ts';

const wishQuery = z.strictObject({
  since: z.string().min(1).max(60).optional(),
  parser: z.string().min(1).max(100).optional(),
});

/** GET /api/v1/reindex: the one that is under way, or the last one. POST begins one. */
export function registerReindex(app: FastifyInstance, view: ServerView): void {
  app.get('/api/v1/reindex', { config: { needs: 'status' } }, async () => ({ reindex: view.status().index.reindex }));
  app.post('/api/v1/reindex', { config: { needs: 'operate' } }, async (request) => {
    const asked = wishQuery.safeParse(request.query);
    if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
    const { since = null, parser = null } = asked.data;
    return { reindex: await view.reindex({ since, parser }) };
  });
}
