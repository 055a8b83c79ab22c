import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import type { ServerView } from '../view.ts';

const backupQuery = z.strictObject({ who: z.string().min(1).max(200) });

/** GET /api/v1/backup: everything that cannot be made anew, as a tar in the clear. On the local socket only: `spoor backup` encrypts it. */
export function registerBackup(app: FastifyInstance, view: ServerView): void {
  app.get('/api/v1/backup', { config: { needs: 'operate' } }, async (request, reply) => {
    const asked = backupQuery.safeParse(request.query);
    if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
    return reply.type('application/x-tar').send(await view.backUp(asked.data.who));
  });
}
