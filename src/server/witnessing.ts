import type { Status } from '../api/view.ts';
import type { CosignStanding } from '../ledger/cosign.ts';
import type { Server } from './serve.ts';

/** Witnesses answer every ten seconds; one that was started anew is soon back. */
const PATIENCE_MS = 60_000;

/** What the status says of witnesses. */
export function cosignedOf({ keeper }: Pick<Server, 'keeper'>): Status['ledger']['cosigned'] {
  const met = keeper.cosigning?.met ?? null;
  return met === null ? null : { size: met.size, at: new Date(met.atMs).toISOString() };
}

/** Must witnesses cosign the ledger? */
export const isWitnessed = ({ keeper }: Pick<Server, 'keeper'>): boolean => keeper.cosigning?.isDemanded ?? false;

/** What is missing of the witnesses that are set, in words; null where none are, or while enough of them cosign. */
export function witnessesMissing({ keeper }: Pick<Server, 'keeper'>, nowMs: number): string | null {
  const { cosigning: standing, size } = keeper;
  return standing?.isDemanded ? missing(standing, size, nowMs) : null;
}

function missing({ missingSinceMs, met, troubles, witnesses }: CosignStanding, size: number, nowMs: number) {
  if (missingSinceMs === null || nowMs - missingSinceMs < PATIENCE_MS) return null;
  const since = new Date(missingSinceMs).toISOString().slice(0, 19);
  const uncosigned = (size - (met?.size ?? 0)).toLocaleString('en');
  const of = met === null ? 'no record is known to be cosigned' : `${uncosigned} records are not cosigned`;
  const said = troubles.map(({ witness, words }) => (witness === null ? words : `${witness}: ${words}`));
  const why = said.length > 0 ? said.join('; ') : `of ${witnesses.join(', ') || 'none that has an address'}`;
  return `no checkpoint had enough witnesses since ${since}Z, and ${of} (${why}): whoever holds the ledger’s key could still rewrite these`;
}
