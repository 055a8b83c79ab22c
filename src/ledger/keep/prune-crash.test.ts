import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AGED_US,
  type AgedDisks,
  copied,
  DAY_US,
  openAged,
  prunedAged,
  verifiedAged,
} from '../../../test/aged-ledger.ts';
import { freshDisks, grow, linesOn, markedRecord, pruning, STRICT } from '../../../test/small-ledger.ts';
import { PACK_RECORDS } from '../pack.ts';

const FULL = process.env['SPOOR_FULL'] === '1';
let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-prune-crash-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const verified = (disks: AgedDisks, name: string) => verifiedAged(disks, join(base, name));

test('a cut of packs and of the log file behind them, whenever the writer dies', async () => {
  const made = freshDisks();
  const begun = await openAged(made, () => AGED_US, STRICT);
  await grow(begun, 0, PACK_RECORDS + 900, AGED_US, 1000);
  await begun.pack();
  await begun.close();
  const nowUs = AGED_US + 31 * DAY_US;
  const calls: string[] = [];
  const counted = (call: string) => !/^(?:read|open|mkdir)/.test(call);
  await prunedAged(
    copied(made, (call) => void (counted(call) && calls.push(call))),
    nowUs,
  );
  const telling = calls.flatMap((call, nth) => (/^(?:rename|remove|syncdir) (?:pack|wal)/.test(call) ? [nth] : []));
  const minima = new Set<number>();
  for (const death of FULL ? calls.keys() : telling.slice(-5)) {
    let count = 0;
    const disks = copied(made, (call) => {
      if (counted(call) && count++ >= death) throw new Error('power is gone');
    });
    await expect(prunedAged(disks, nowUs)).rejects.toThrow();
    const after = { disk: disks.disk.crash(() => 0.55), own: disks.own.crash(() => 0.55) };
    const verdict = await verified(after, 'crossing');
    expect([calls[death], verdict.problems]).toEqual([calls[death], []]);
    minima.add(verdict.minimum);
    await prunedAged(after, nowUs);
    const last = await verified(after, 'crossing');
    expect([calls[death], last.problems, await linesOn(after, 100)]).toEqual([calls[death], [], []]);
  }
  expect([...minima].some((minimum) => minimum === PACK_RECORDS)).toBe(true);
});

/** One life of a writer: what it receives, whether it prunes, and at which call to the disk it dies. */
const life = fc.record({
  days: fc.nat(40),
  batches: fc.array(fc.nat(300), { maxLength: 3 }),
  deathAt: fc.nat(120),
  power: fc.boolean(),
});

test('lives of a ledger that is pruned and dies, one after the other: what was acknowledged and is not old is there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      async (lives, picks) => {
        const acknowledged = new Map<number, number>();
        let [disks, nowUs, next] = [freshDisks(), AGED_US, 0];
        for (const { days, batches, deathAt, power } of lives) {
          nowUs += days * DAY_US;
          let calls = 0;
          const mortal = copied(disks, () => {
            calls += 1;
            if (calls > deathAt * 10) throw new Error('power is gone');
          });
          await lived(mortal, { batches, nowUs, next, acknowledged }).catch((error: Error) => {
            if (!/power is gone/.test(error.message)) throw error;
          });
          next += 1000;
          const pick = () => picks.next().value as number;
          disks = power
            ? { disk: mortal.disk.crash(pick), own: mortal.own.crash(pick) }
            : { disk: mortal.disk.killed(), own: mortal.own.killed() };
        }
        const last = await openAged(disks, () => nowUs, STRICT); // whatever the last one left
        await last.seal();
        await pruning(last, disks, nowUs);
        await last.close();
        expect((await verified(disks, 'lives')).problems).toEqual([]);
        const left = new Set(await linesOn(disks, next));
        const young = [...acknowledged].filter(([, receivedUs]) => receivedUs >= nowUs - 30 * DAY_US);
        expect(young.filter(([nth]) => !left.has(nth))).toEqual([]);
      },
    ),
    { numRuns: FULL ? 1000 : 30 },
  );
});

async function lived(
  disks: AgedDisks,
  {
    batches,
    nowUs,
    next,
    acknowledged,
  }: {
    readonly batches: readonly number[];
    readonly nowUs: number;
    readonly next: number;
    readonly acknowledged: Map<number, number>;
  },
): Promise<void> {
  const ledger = await openAged(disks, () => nowUs, STRICT);
  let at = next;
  for (const count of batches) {
    const records = Array.from({ length: count }, (_, nth) => markedRecord(at + nth, nowUs));
    if (count > 0) await ledger.append(records);
    for (let nth = 0; nth < count; nth += 1) acknowledged.set(at + nth, nowUs);
    at += count;
    await pruning(ledger, disks, nowUs);
  }
  await ledger.close();
}
