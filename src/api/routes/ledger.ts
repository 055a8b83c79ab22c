import type { FastifyInstance } from 'fastify';
import type { ServerView } from '../view.ts';

/** GET and HEAD of /ledger/checkpoint, /ledger/tile/…: the log as C2SP tlog-tiles has it; entries only with an auditor's token. */
export function registerLedger(app: FastifyInstance, view: ServerView): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/ledger/*',
    config: {
      open: 'checkpoints and tiles are hashes, made to be shown; entries ask for the auditor’s token themselves',
    },
    handler: async (request, reply) => {
      reply.hijack();
      request.raw.url = (request.raw.url ?? '').replace(/^\/ledger(?=\/)/, '');
      await view.serveLedger(request.raw, reply.raw);
    },
  });
}
