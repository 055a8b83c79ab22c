import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { VKEY } from '../ledger/folder-check.ts';

/** The data folder where nobody named one: of the system when we are root, else of the person. */
export function defaultDataFolder(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  if (env['SPOOR_DATA']) return env['SPOOR_DATA'];
  if (uid === 0) return '/var/lib/spoor';
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'spoor');
}

/** The ledger of that number in a data folder: the first, or one that succeeded one that was tampered with. */
export function ledgerFolder(data: string, nth: number): string {
  return join(data, nth === 1 ? 'ledger' : `ledger-${nth}`);
}

/** The last of a data folder's ledgers: the one that is written to. */
function lastLedger(data: string): number {
  let nth = 1;
  while (existsSync(join(ledgerFolder(data, nth + 1), VKEY))) nth += 1;
  return nth;
}

/** What is where in a data folder. */
export function layout(data: string) {
  const nth = lastLedger(data);
  return {
    data,
    config: join(data, 'spoor.yml'),
    /** Number of the ledger that is written to, from 1, and its folder. */
    ledgerNumber: nth,
    ledger: ledgerFolder(data, nth),
    index: join(data, 'index'),
    state: join(data, 'state'),
    /** How far the index is with that ledger. */
    pipeline: join(data, nth === 1 ? 'pipeline' : `pipeline-${nth}`),
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
