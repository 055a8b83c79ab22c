import { join } from 'node:path';
import type { OidcSettings } from '../src/access/oidc-config.ts';
import { createApp } from '../src/api/app.ts';
import { UNWATCHED } from '../src/api/fixtures/unwatched.ts';
import type { ServerView, Status } from '../src/api/view.ts';
import { Accounts } from '../src/server/accounts/accounts.ts';
import { openState, type State } from '../src/state/open.ts';
import { freePort } from './free-port.ts';
import { passableFolder } from './state-folder.ts';

/** What was done, as the ledger is told. */
export interface Act {
  readonly who: string;
  readonly what: string;
  readonly about: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Accounts with a real PostgreSQL behind real HTTP on loopback, and nothing else of a server. */
export interface PeopleServer {
  /** `http://localhost:40123` */
  readonly url: string;
  readonly state: State;
  readonly acts: Act[];
  /** Makes the account of an admin by a link. Gives its person's id. */
  addPerson(name: string, password: string): Promise<number>;
  /** A later time, for all that follows. */
  pass(ms: number): void;
  stop(): Promise<void>;
}

/** Starts one. `oidc` is told the address first. */
export async function startPeopleServer(
  oidc: (url: string) => Promise<readonly OidcSettings[]> | readonly OidcSettings[] = () => [],
): Promise<PeopleServer> {
  const folder = passableFolder('spoor-people-');
  const state = await openState({ folder: join(folder.path, 'state') });
  const acts: Act[] = [];
  let passedMs = 0;
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const accounts = new Accounts({
    state: () => state,
    act: async (who, what, about, detail) => void acts.push({ who, what, about, detail }),
    nowMs: () => Date.now() + passedMs,
    url: () => url,
    isLoopback: true,
    onError: () => {},
    oidc: await oidc(url),
  });
  const app = createApp(viewWith(accounts), { local: false });
  await app.listen({ host: '127.0.0.1', port });
  const from = { address: '127.0.0.1', agent: 'test' };
  return {
    url,
    state,
    acts,
    async addPerson(name, password) {
      const link = await accounts.view.people.link('test', null);
      const token = new URL(link.url).pathname.split('/').at(-1) ?? '';
      return (await accounts.view.links.use(token, name, password, from)).personId;
    },
    pass: (ms) => {
      passedMs += ms;
    },
    async stop() {
      await app.close();
      await accounts.stop();
      await state.close();
      folder.remove();
    },
  };
}

/** Of the rest of a server, the page shows that there is nothing. */
function viewWith(accounts: Accounts): ServerView {
  const status = (): Partial<Status> => ({
    version: 'test',
    startedAt: '2026-01-01T00:00:00Z',
    ledger: { origin: 'test/spoor', tampered: null, size: 0, sealed: 0 } as unknown as Status['ledger'],
    index: { indexed: 0, lag: 0, reindex: null, outdated: null, horizon: null } as unknown as Status['index'],
    lists: [],
    parts: [],
    unprotected: [],
    troubles: [],
  });
  const none = async () => [];
  const sources = async () => ({ sources: [], total: 0, next: null });
  const shown = { sources, sourceEvents: none, events: none } satisfies Partial<ServerView>;
  const view = { ...shown, access: accounts.view, watched: UNWATCHED, status };
  return { ...view, hosts: {}, asking: {}, investigating: {}, summaries: {}, sql: {} } as unknown as ServerView;
}
