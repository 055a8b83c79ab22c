import type { FastifyInstance } from 'fastify';
import { callerOf } from '../caller.ts';
import { endpoint } from '../endpoint.ts';
import { orTell, read, sendPage } from '../form.ts';
import { unmasking, unmaskWish } from '../schemas/unmask.ts';
import { unmaskPage } from '../unmask-page.ts';
import type { WatchedView } from '../watched.ts';

/** /api/v1/unmask: GET whether personal fields are shown; POST shows them for an hour, DELETE masks them again. */
export function registerUnmask(app: FastifyInstance, watched: WatchedView): void {
  endpoint(
    app,
    'GET /api/v1/unmask',
    { needs: 'search', about: 'Whether personal fields are shown to you, why, and until when.', answer: unmasking },
    (_, request) => {
      const caller = callerOf(request);
      return { clear: caller.kind === 'local', reason: null, until: null, ...shown(watched.unmasked(caller)) };
    },
  );
  endpoint(
    app,
    'POST /api/v1/unmask',
    {
      needs: 'unmask',
      about:
        'Shows personal fields for an hour, in this session or to this token alone. It is kept in the ledger first.',
      body: unmaskWish,
      answer: unmasking,
    },
    async ({ body: { reason } }, request) => ({ ...(await watched.unmask(callerOf(request), reason)), clear: true }),
  );
  endpoint(
    app,
    'DELETE /api/v1/unmask',
    { needs: 'unmask', about: 'Masks personal fields again, before the hour ends.', answer: unmasking },
    async (_, request) => {
      await watched.mask(callerOf(request));
      return { clear: false, reason: null, until: null };
    },
  );
}

/** /unmask and /mask: the same, for the page. */
export function registerMaskForms(app: FastifyInstance, watched: WatchedView): void {
  const UNMASK = { config: { needs: 'unmask' } } as const;
  app.get('/unmask', UNMASK, async (request, reply) => sendPage(reply, unmaskPage(callerOf(request), null)));
  app.post('/unmask', UNMASK, async (request, reply) => {
    const caller = callerOf(request);
    const show = async () => {
      const { reason } = read(unmaskWish, request.body);
      await watched.unmask(caller, reason);
      return reply.redirect('/', 303);
    };
    return orTell({ request, reply, next: '/unmask' }, show, (fault) => unmaskPage(caller, fault));
  });
  app.post('/mask', UNMASK, async (request, reply) => {
    await watched.mask(callerOf(request));
    return reply.redirect('/', 303);
  });
}

const shown = (known: ReturnType<WatchedView['unmasked']>) => (known === null ? {} : { ...known, clear: true });
