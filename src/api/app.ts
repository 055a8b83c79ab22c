import { fastifyCookie } from '@fastify/cookie';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import { callerOf, declared } from './caller.ts';
import { bounded, CROWD, type CrowdLimits } from './crowd.ts';
import { takeForms } from './form.ts';
import { answerFrameworkError, answerNoRequest } from './framework-errors.ts';
import { type GuardOptions, guard } from './guard.ts';
import { page } from './page.ts';
import { say, toldOf } from './problem.ts';
import { registerAccount } from './routes/account.ts';
import { registerBackup } from './routes/backup.ts';
import { registerDoctor } from './routes/doctor.ts';
import { registerExport } from './routes/export.ts';
import { registerHosts } from './routes/hosts.ts';
import { registerIngest } from './routes/ingest.ts';
import { registerInvestigate } from './routes/investigate.ts';
import { registerKeeping } from './routes/keeping.ts';
import { registerLedger } from './routes/ledger.ts';
import { registerOidc } from './routes/oidc.ts';
import { registerOpenApi } from './routes/openapi.ts';
import { registerPasskeys } from './routes/passkeys.ts';
import { registerPeople, registerPeoplePage } from './routes/people.ts';
import { registerReading } from './routes/reading.ts';
import { registerReindex } from './routes/reindex.ts';
import { registerSearch } from './routes/search.ts';
import { registerSignIn } from './routes/sign-in.ts';
import { registerSql } from './routes/sql.ts';
import { registerSummaries } from './routes/summaries.ts';
import { registerTokens } from './routes/tokens.ts';
import { registerMaskForms, registerUnmask } from './routes/unmask.ts';
import { HalfSignIns } from './sign-in-ways.ts';
import type { ServerView } from './view.ts';
import { sightOf } from './watched.ts';

const MAX_BODY = 1 << 20;
/** For a request to come in wholly; and its header. How often that is looked at. */
const REQUEST_MS = 60_000;
const HEADERS_MS = 10_000;
const LOOK_MS = 5000;
/** For anything at all to move on a connection: longer than any question takes. */
const IDLE_MS = 300_000;
const MOST_CONNECTIONS = 1000;
const RECHECK_MS = 30_000;
/** On the page: more are found by name. */
const SHOWN_SOURCES = 100;

/** How an app is reached. */
type AppOptions =
  /** By a unix socket that only the owner can open: there he may do all, and what others may not is there alone. */
  | { readonly local: true }
  /** By TCP: `tls` is a certificate and its key; `trustProxy` are proxies that say who asks. */
  | {
      readonly local: false;
      readonly tls?: { readonly cert: string; readonly key: string } | null;
      readonly trustProxy?: readonly string[];
      readonly guard?: Partial<Omit<GuardOptions, 'access'>>;
      readonly crowd?: CrowdLimits;
    };

/** The page and the API of one server. Throws for a route that does not say who may use it. */
export function createApp(view: ServerView, options: AppOptions): FastifyInstance {
  const { local } = options;
  const app = newApp(options);
  declared(app);
  if (!local) app.register(fastifyCookie, { hook: false });
  app.setErrorHandler(problem);
  if (!local) bounded(app, options.crowd ?? CROWD);
  app.setNotFoundHandler((_, reply) => say(reply, 404, 'there is nothing at this address'));
  guard(
    app,
    local
      ? 'local'
      : { names: new Set(), strictTransport: false, recheckMs: RECHECK_MS, ...options.guard, access: view.access },
  );
  app.get('/', { config: { needs: 'status' } }, async (request, reply) => {
    const asker = callerOf(request);
    const q = wordsOf(request.query);
    const sight = sightOf(view.watched, asker);
    const deed = { what: 'page.view', detail: { clear: !sight.isMasked } };
    const latest = async () => {
      if (!asker.may.has('search')) return [];
      await view.watched.didOnce(asker.name, deed);
      return view.events({ words: '', limit: 50, sight });
    };
    const [sources, told, events] = await Promise.all([
      view.sources({ q, limit: SHOWN_SOURCES }).catch(() => null),
      view.sourceEvents({ open: false, limit: 20 }).catch(() => null),
      latest().catch(() => null),
    ]);
    return reply
      .type('text/html; charset=utf-8')
      .send(page(view.status(), sources && { ...sources, q }, told, events, asker, view.watched.unmasked(asker)));
  });
  registerReading(app, view);
  registerSearch(app, view);
  registerSql(app, view);
  registerSummaries(app, view);
  registerInvestigate(app, view);
  registerUnmask(app, view.watched);
  registerExport(app, view.exporting);
  registerLedger(app, view);
  if (local) registerIngest(app, view);
  registerReindex(app, view);
  registerHosts(app, view);
  registerPeople(app, view.access);
  if (!local) registerPages(app, view);
  if (local) registerKeeping(app, view.keeping);
  if (local) registerBackup(app, view);
  if (local) registerDoctor(app, view); // it sends lines: not for a page of another site
  registerOpenApi(app);
  return app;
}

/** What people do on pages: sign in, and tend their accounts. */
function registerPages(app: FastifyInstance, { access, watched }: ServerView): void {
  takeForms(app);
  const halves = new HalfSignIns();
  registerSignIn(app, access, halves);
  registerPasskeys(app, access, halves);
  registerOidc(app, access);
  registerAccount(app, access);
  registerTokens(app, access);
  registerMaskForms(app, watched);
  registerPeoplePage(app, access);
}

/** Of a query string: the sources that are looked for. */
function wordsOf(query: unknown): string {
  const { sources } = query as { readonly sources?: unknown };
  return typeof sources === 'string' ? sources.slice(0, 500) : '';
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
  const slow = { headersTimeout: HEADERS_MS, connectionsCheckingInterval: LOOK_MS, requireHostHeader: false }; // without one: the guard's answer
  const reached = {
    ...all,
    requestTimeout: REQUEST_MS,
    connectionTimeout: IDLE_MS,
    trustProxy: trustProxy.length > 0 && [...trustProxy],
  };
  const app =
    tls === null
      ? Fastify({ ...reached, http: slow })
      : (Fastify({ ...reached, https: { ...tls, ...slow, minVersion: 'TLSv1.2' } }) as unknown as FastifyInstance);
  app.server.maxConnections = MOST_CONNECTIONS;
  return app;
}

function problem(error: FastifyError | AppError, _: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refused = error instanceof AppError ? undefined : error.statusCode; // by the framework
  if (refused !== undefined && refused < 500) return say(reply, refused, error.message);
  const { status, detail, code } = toldOf(error);
  return say(reply, status, detail, code);
}
