import type { FastifyInstance } from 'fastify';
import { endpoint } from '../endpoint.ts';
import { backupQuery } from '../schemas/server.ts';
import type { ServerView } from '../view.ts';

/** GET /api/v1/backup: everything that cannot be made anew, as a tar in the clear. On the local socket only: `spoor backup` encrypts it. */
export function registerBackup(app: FastifyInstance, view: ServerView): void {
  endpoint(
    app,
    'GET /api/v1/backup',
    {
      needs: 'operate',
      about: 'Everything that cannot be made anew.',
      query: backupQuery,
      answer: null,
      gives: { 'application/x-tar': 'A tar, in the clear: `spoor backup` encrypts it.' },
    },
    async ({ query: { who } }, _, reply) => reply.type('application/x-tar').send(await view.backUp(who)),
  );
}
