import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { AppError } from '../core/errors.ts';
import { type Layout, layout } from '../server/paths.ts';
import { askServer } from './server-client.ts';

/** Where the server is reached that writes to this ledger's folder; null when none does. */
export async function holdingServer(folder: string): Promise<Layout | null> {
  const whole = resolve(folder);
  const places = layout(dirname(whole));
  if (basename(whole) !== basename(places.ledger) || !existsSync(places.socket)) return null;
  return askServer(places, 'GET', '/healthz').then(
    () => places,
    (error: unknown) => (error instanceof AppError && error.code === 'E_UNAVAILABLE' ? null : places),
  );
}
