import { DamageBook, rangeWords } from '../pipeline/damage-book.ts';
import type { ServeOptions, Server } from './serve.ts';

/** Where it is kept which records are not as they were sealed. */
export function damageBookOf({ paths, log }: Pick<ServeOptions, 'paths' | 'log'>): DamageBook {
  return new DamageBook(`${paths.pipeline}/damage.json`, (found) =>
    log.say('error', 'ledger', `${rangeWords(found)}: ${found.why}`),
  );
}

/** What of the ledger is not as it was signed, in words; null while nothing is known to be. */
export function tamperedWords({ keeper, damage, index }: Server): string | null {
  const { trouble } = index;
  return keeper.tampered ?? damage.words ?? (trouble?.isTampered ? trouble.words : null);
}

/** Why nothing is kept, in words; null while records are. */
export function closedWords({ keeper }: Server): string | null {
  return keeper.isClosed
    ? `nothing is kept, because the ledger was tampered with (${keeper.tampered}): keep what you have, and come again`
    : null;
}

/** What to do about it; null while nothing is wrong. */
export function tamperedTodo(server: Server): string | null {
  if (tamperedWords(server) === null) return null;
  const { data, ledger } = server.options.paths;
  const first = `Copy ${data} as it is. Then see what else was changed: spoor verify ${ledger}.`;
  const more = 'docs/guides/ledger.md says more, under "When it was tampered with".';
  if (!server.keeper.isClosed)
    return `${first} Records are kept as ever. Put the damaged files back from a backup, and run spoor reindex once. ${more}`;
  return `NOTHING IS KEPT NOW. Senders that wait for an acknowledgement hold what they have; what others send is lost. ${first} Put the damaged files back from a backup and start the server again; where there is none, "spoor ledger succeed --data ${data}" begins a new ledger beside this one, which stays as it is. ${more}`;
}
