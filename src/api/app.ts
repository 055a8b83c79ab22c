import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import { page } from './page.ts';
import { registerHosts } from './routes/hosts.ts';
import { registerIngest } from './routes/ingest.ts';
import { registerLedger } from './routes/ledger.ts';
import { registerReading } from './routes/reading.ts';
import { registerReindex } from './routes/reindex.ts';
import { registerSearch } from './routes/search.ts';
import type { ServerView } from './view.ts';

const MAX_BODY = 1 << 20;

/** How an app is reached. */
export interface AppOptions {
  /** On a unix socket that only the owner can open: what changes something is there, too. */
  readonly local: boolean;
}

/** The page and the API of one server. */
export function createApp(view: ServerView, { local }: AppOptions): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: MAX_BODY, forceCloseConnections: true, exposeHeadRoutes: false });
  app.setErrorHandler(problem);
  app.setNotFoundHandler((_, reply) => say(reply, 404, 'there is nothing at this address'));
  app.addHook('onRequest', async (request, reply) => {
    harden(reply);
    if (!local && !isLoopbackName(request.headers.host ?? ''))
      await say(reply, 421, 'this server is asked for by its loopback address only');
  });
  app.get('/', async (_, reply) => {
    const [sources, told, events] = await Promise.all([
      view.sources().catch(() => null),
      view.sourceEvents({ open: false, limit: 20 }).catch(() => null),
      view.events({ words: '', limit: 50 }).catch(() => null),
    ]);
    return reply.type('text/html; charset=utf-8').send(page(view.status(), sources, told, events));
  });
  registerReading(app, view);
  registerSearch(app, view.asking);
  registerLedger(app, view);
  if (local) registerIngest(app, view);
  registerReindex(app, view, local);
  if (local) registerHosts(app, view);
  if (local) app.get('/api/v1/doctor', async () => ({ lines: await view.doctor() })); // it sends lines: not for a page of another site
  return app;
}

function harden(reply: FastifyReply): void {
  reply.headers({
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
}

/** A name that a page of another site cannot make its own: no DNS record of theirs may lead here. */
function isLoopbackName(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/.test(host);
}

/** RFC 9457. */
function say(reply: FastifyReply, status: number, detail: string): FastifyReply {
  return reply.code(status).type('application/problem+json').send({ type: 'about:blank', status, detail });
}

function problem(error: FastifyError | AppError, _: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof AppError) return say(reply, error.status, error.message);
  const status = error.statusCode ?? 500;
  if (status < 500) return say(reply, status, error.message);
  process.stderr.write(`spoor: this is a bug: ${error.stack ?? error.message}\n`);
  return say(reply, 500, 'something went wrong here; the server’s log says what');
}
