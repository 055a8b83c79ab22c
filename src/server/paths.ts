import { homedir } from 'node:os';
import { join } from 'node:path';

/** The data folder where nobody named one: of the system when we are root, else of the person. */
export function defaultDataFolder(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  if (env['SPOOR_DATA']) return env['SPOOR_DATA'];
  if (uid === 0) return '/var/lib/spoor';
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'spoor');
}

/** What is where in a data folder. */
export function layout(data: string) {
  return {
    data,
    config: join(data, 'spoor.yml'),
    ledger: join(data, 'ledger'),
    index: join(data, 'index'),
    state: join(data, 'state'),
    pipeline: join(data, 'pipeline'),
    sources: join(data, 'sources'),
    /** Last good copies of lists. */
    intel: join(data, 'intel'),
    tls: join(data, 'tls'),
    run: join(data, 'run'),
    /** What the commands of this machine ask the server through. */
    socket: join(data, 'run', 'api.sock'),
    engineSocket: join(data, 'run', 'engine', 'engine.sock'),
  };
}

export type Layout = ReturnType<typeof layout>;
