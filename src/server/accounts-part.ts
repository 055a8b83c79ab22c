import { hostname } from 'node:os';
import { createApp } from '../api/app.ts';
import type { ServerView } from '../api/view.ts';
import { isLoopback } from '../core/loopback.ts';
import { Accounts } from './accounts/accounts.ts';
import { actOf } from './act.ts';
import type { Config } from './config-schema.ts';
import { type Listening, listenHttp } from './listening.ts';
import { namesOf, pageTls } from './page-tls.ts';
import type { Server } from './serve.ts';

/** Accounts of a server. */
export function accountsOf(server: Server): Accounts {
  const { config, log } = server.options;
  return new Accounts({
    state: () => server.state.state,
    act: actOf(server),
    nowMs: () => Date.now(),
    url: () => server.address,
    isLoopback: isLoopback(config.http.host) && config.http.trustProxy.length === 0,
    oidc: config.http.oidc,
    onError: (error) => log.say('error', 'accounts', error instanceof Error ? error.message : String(error)),
  });
}

/** Opens the page: with TLS where others can reach it. Its address is what people open. */
export async function openPage({ options }: Server, view: ServerView): Promise<Listening> {
  const { config, paths, log } = options;
  const { http } = config;
  const tls = await pageTls(http, paths.tls, Date.now());
  const app = createApp(view, {
    local: false,
    tls,
    trustProxy: http.trustProxy,
    guard: { names: new Set(namesOf(http)), strictTransport: tls !== null && !tls.isOwn },
  });
  if (tls?.isOwn === true)
    log.say('info', 'page', `its certificate is its own: compare what the browser shows, SHA-256 ${tls.fingerprint}`);
  const { port, close } = await listenHttp(app, http, tls, (why) => log.say('error', 'page', why));
  return { address: addressOf(http, port, tls !== null), close };
}

/** What people type. Behind a proxy with TLS, it is the proxy's name and the usual port. */
function addressOf({ host, names, tls, trustProxy }: Config['http'], port: number, isTls: boolean): string {
  const [name] = names;
  if (name !== undefined && tls === 'off' && trustProxy.length > 0) return `https://${name}`;
  const own = /^(?:0\.0\.0\.0|::)$/.test(host) ? hostname() : host;
  const shown = name ?? own;
  return `${isTls ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
