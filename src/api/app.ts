import { fastifyCookie } from '@fastify/cookie';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import { declared } from './caller.ts';
import { takeForms } from './form.ts';
import { answerFrameworkError, answerNoRequest } from './framework-errors.ts';
import { type GuardOptions, guard } from './guard.ts';
import { page } from './page.ts';
import { say } from './problem.ts';
import { registerAccount } from './routes/account.ts';
import { registerBackup } from './routes/backup.ts';
import { registerHosts } from './routes/hosts.ts';
import { registerIngest } from './routes/ingest.ts';
import { registerInvestigate } from './routes/investigate.ts';
import { registerLedger } from './routes/ledger.ts';
import { registerOidc } from './routes/oidc.ts';
import { registerPasskeys } from './routes/passkeys.ts';
import { registerPeople, registerPeoplePage } from './routes/people.ts';
import { registerReading } from './routes/reading.ts';
import { registerReindex } from './routes/reindex.ts';
import { registerSearch } from './routes/search.ts';
import { registerSignIn } from './routes/sign-in.ts';
import { registerSql } from './routes/sql.ts';
import { registerSummaries } from './routes/summaries.ts';
import { registerTokens } from './routes/tokens.ts';
import { HalfSignIns } from './sign-in-ways.ts';
import type { ServerView } from './view.ts';

const MAX_BODY = 1 << 20;
/** For a request to come in wholly. */
const REQUEST_MS = 60_000;
const RECHECK_MS = 30_000;

/** How an app is reached. */
export type AppOptions =
  /** By a unix socket that only the owner can open: there he may do all, and what others may not is there alone. */
  | { readonly local: true }
  /** By TCP: `tls` is a certificate and its key; `trustProxy` are proxies that say who asks. */
  | {
      readonly local: false;
      readonly tls?: { readonly cert: string; readonly key: string } | null;
      readonly trustProxy?: readonly string[];
      readonly guard?: Partial<Omit<GuardOptions, 'access'>>;
    };

/** The page and the API of one server. Throws for a route that does not say who may use it. */
export function createApp(view: ServerView, options: AppOptions): FastifyInstance {
  const { local } = options;
  const app = newApp(options);
  declared(app);
  if (!local) app.register(fastifyCookie, { hook: false });
  app.setErrorHandler(problem);
  app.setNotFoundHandler((_, reply) => say(reply, 404, 'there is nothing at this address'));
  guard(
    app,
    local
      ? 'local'
      : { names: new Set(), strictTransport: false, recheckMs: RECHECK_MS, ...options.guard, access: view.access },
  );
  app.get('/', { config: { needs: 'status' } }, async ({ caller }, reply) => {
    const [sources, told, events] = await Promise.all([
      view.sources().catch(() => null),
      view.sourceEvents({ open: false, limit: 20 }).catch(() => null),
      view.events({ words: '', limit: 50 }).catch(() => null),
    ]);
    return reply.type('text/html; charset=utf-8').send(page(view.status(), sources, told, events, caller));
  });
  registerReading(app, view);
  registerSearch(app, view.asking);
  registerSql(app, view.sql);
  registerSummaries(app, view.summaries);
  registerInvestigate(app, view.investigating);
  registerLedger(app, view);
  if (local) registerIngest(app, view);
  registerReindex(app, view);
  registerHosts(app, view);
  registerPeople(app, view.access);
  if (!local) registerPages(app, view.access);
  if (local) registerBackup(app, view);
  if (local) app.get('/api/v1/doctor', { config: { needs: 'operate' } }, async () => ({ lines: await view.doctor() })); // it sends lines: not for a page of another site
  return app;
}

/** What people do on pages: sign in, and tend their accounts. */
function registerPages(app: FastifyInstance, access: ServerView['access']): void {
  takeForms(app);
  const halves = new HalfSignIns();
  registerSignIn(app, access, halves);
  registerPasskeys(app, access, halves);
  registerOidc(app, access);
  registerAccount(app, access);
  registerTokens(app, access);
  registerPeoplePage(app, access);
}

function newApp(options: AppOptions): FastifyInstance {
  const all = {
    logger: false,
    bodyLimit: MAX_BODY,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerNoRequest,
  } as const;
  if (options.local) return Fastify(all);
  const { tls = null, trustProxy = [] } = options;
  const reached = { ...all, requestTimeout: REQUEST_MS, trustProxy: trustProxy.length > 0 && [...trustProxy] };
  if (tls === null) return Fastify(reached);
  return Fastify({ ...reached, https: { ...tls, minVersion: 'TLSv1.2' } }) as unknown as FastifyInstance;
}

function problem(error: FastifyError | AppError, _: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof AppError) return say(reply, error.status, error.message);
  const status = error.statusCode ?? 500;
  if (status < 500) return say(reply, status, error.message);
  process.stderr.write(`spoor: this is a bug: ${error.stack ?? error.message}\n`);
  return say(reply, 500, 'something went wrong here; the server’s log says what');
}
