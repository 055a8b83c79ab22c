import { describe, expect, test } from 'vitest';
import type { CosignStanding } from '../ledger/cosign.ts';
import type { LedgerKeeper } from '../pipeline/ledger-keeper.ts';
import { cosignedOf, isWitnessed, witnessesMissing } from './witnessing.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const well: CosignStanding = {
  witnesses: ['w1'],
  isDemanded: true,
  met: { size: 90, atMs: NOW - 5000 },
  missingSinceMs: null,
  troubles: [],
};

const serverWith = (cosigning: CosignStanding | null) => ({
  keeper: { size: 100, cosigning } as unknown as LedgerKeeper,
});

describe('witnesses of a server', () => {
  test('protect while they cosign', () => {
    const server = serverWith(well);
    expect(isWitnessed(server)).toBe(true);
    expect(witnessesMissing(server, NOW)).toBeNull();
    expect(cosignedOf(server)).toEqual({ size: 90, at: '2026-11-22T11:59:55.000Z' });
  });

  test('are missed after a minute, with what is not cosigned and why', () => {
    const troubles = [{ witness: 'w1', words: 'no answer' }];
    const server = serverWith({ ...well, missingSinceMs: NOW - 60_000, troubles });
    expect(witnessesMissing(server, NOW - 1)).toBeNull();
    expect(witnessesMissing(server, NOW)).toBe(
      'no checkpoint had enough witnesses since 2026-11-22T11:59:00Z, and 10 records are not cosigned (w1: no answer): whoever holds the ledger’s key could still rewrite these',
    );
    expect(isWitnessed(server)).toBe(true);
  });

  test('are none where no policy demands one', () => {
    for (const cosigning of [null, { ...well, isDemanded: false, missingSinceMs: 0 }]) {
      expect(isWitnessed(serverWith(cosigning))).toBe(false);
      expect(witnessesMissing(serverWith(cosigning), NOW)).toBeNull();
    }
    expect(cosignedOf(serverWith(null))).toBeNull();
  });
});
