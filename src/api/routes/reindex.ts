import type { FastifyInstance } from 'fastify';
import { callerOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { reindexAnswer, reindexWish } from '../schemas/server.ts';
import type { ServerView } from '../view.ts';

/** GET /api/v1/reindex: the one that is under way, or the last one. POST begins one. */
export function registerReindex(app: FastifyInstance, view: ServerView): void {
  endpoint(
    app,
    'GET /api/v1/reindex',
    { needs: 'status', about: 'The reindex that is under way, or the last one.', answer: reindexAnswer },
    () => ({ reindex: view.status().index.reindex }),
  );
  endpoint(
    app,
    'POST /api/v1/reindex',
    {
      needs: 'operate',
      about: 'Begins to make the events of whole days anew from the ledger.',
      query: reindexWish,
      answer: reindexAnswer,
    },
    async ({ query: { since = null, parser = null } }, request) => {
      await view.act(callerOf(request).name, 'reindex', '', { since, parser });
      return { reindex: await view.reindex({ since, parser }) };
    },
  );
}
