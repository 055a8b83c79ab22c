import { readFileSync } from 'node:fs';

/** The vectors of a ledger: trees, proofs, notes, tiles and records as other implementations make and read them. */
export const vectors = JSON.parse(readFileSync(new URL('./ledger.json', import.meta.url), 'utf8'));
