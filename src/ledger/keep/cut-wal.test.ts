import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AGED_TRUST,
  AGED_US,
  type AgedDisks,
  asFolder,
  copied,
  DAY_US,
  openAged,
  prunedAged,
  verifiedAged,
} from '../../../test/aged-ledger.ts';
import { freshDisks, grow, linesOn, markedRecord, pruning, STRICT } from '../../../test/small-ledger.ts';
import { realDisk } from '../disk.ts';
import { LedgerReader } from '../reader.ts';
import { parseRecord } from '../record.ts';
import { verifyFolder } from '../verify-folder.ts';

const FULL = process.env['SPOOR_FULL'] === '1';
let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-cut-wal-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const verified = (disks: AgedDisks, name: string) => verifiedAged(disks, join(base, name));

/** A ledger of 700 records of long ago. */
async function aged(): Promise<AgedDisks & { readonly nowUs: number }> {
  const disks = freshDisks();
  const ledger = await openAged(disks, () => AGED_US, STRICT);
  await grow(ledger, 0, 700, AGED_US);
  await ledger.note('anchor', { kind: 'file', size: '300' });
  await ledger.seal();
  await ledger.close();
  return { ...disks, nowUs: AGED_US + 40 * DAY_US };
}

/** Prunes while records come in, until all is done or something fails. Resolves with the records that were acknowledged. */
async function prunedUnderLoad(disks: AgedDisks, nowUs: number): Promise<number[]> {
  const acknowledged: number[] = [];
  const ledger = await openAged(disks, () => nowUs).catch(() => null);
  if (ledger === null) return [];
  const appending = (async () => {
    for (let nth = 2000; nth < 2060; nth += 1) {
      await ledger.append([markedRecord(nth, nowUs)]);
      acknowledged.push(nth);
    }
  })();
  await Promise.allSettled([pruning(ledger, disks, nowUs), appending]);
  return acknowledged;
}

/** The first `sure` bits of the log file, and some of each file. */
function bitsToTry(folder: string, files: readonly string[], sure: number): { path: string; bit: number }[] {
  const tries = Array.from({ length: sure }, (_, bit) => ({ path: 'wal/0000000000000000.wal', bit }));
  let seed = 5;
  for (const path of files)
    for (let nth = 0; nth < (path.endsWith('.wal') ? 60 : 6) * (FULL ? 20 : 1); nth += 1) {
      seed = (seed * 48_271) % 2_147_483_647;
      tries.push({ path, bit: seed % (statSync(join(folder, path)).size * 8) });
    }
  return tries;
}

describe('a log file that is cut', () => {
  test('whenever the writer dies, what is there is verified, and the next prune ends the work', async () => {
    const made = await aged();
    const calls: string[] = [];
    await prunedUnderLoad(
      copied(made, (call) => void (/^(?:read|open|mkdir)/.test(call) || calls.push(call))),
      made.nowUs,
    );
    expect(calls).toContain('rename wal/0000000000000000.wal.new');
    const minima = new Set<number>();
    const ends = [0, calls.length - 1].map((death): [number, boolean, fc.Stream<number>] => [
      death,
      true,
      fc.Stream.nil(),
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(calls.length - 1),
        fc.boolean(),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        async (death, killed, picks) => {
          let count = 0;
          const disks = copied(made, (call) => {
            if (/^(?:read|open|mkdir)/.test(call)) return;
            if (count >= death) throw new Error('power is gone');
            count += 1;
          });
          const acknowledged = await prunedUnderLoad(disks, made.nowUs);
          const pick = () => picks.next().value as number;
          const after = killed
            ? { disk: disks.disk.killed(), own: disks.own.killed() }
            : { disk: disks.disk.crash(pick), own: disks.own.crash(pick) };
          const verdict = await verified(after, 'crashed');
          const torn = verdict.problems.filter(({ what }) => !/a crash left it/.test(what));
          expect([calls[death], torn]).toEqual([calls[death], []]);
          minima.add(verdict.minimum);
          await prunedAged(after, made.nowUs + 29 * DAY_US);
          const last = await verified(after, 'crashed');
          const left = await linesOn(after, 2060);
          expect([calls[death], last.problems, left.filter((nth) => nth < 500)]).toEqual([calls[death], [], []]);
          expect([calls[death], left.filter((nth) => acknowledged.includes(nth))]).toEqual([
            calls[death],
            acknowledged,
          ]);
        },
      ),
      { numRuns: FULL ? 2000 : 30, examples: ends },
    );
    expect([...minima].length).toBeGreaterThan(1);
  });

  test('whatever is changed in it is found', async () => {
    const made = await aged();
    await prunedAged(made, made.nowUs);
    const [whole, folder] = [join(base, 'whole'), join(base, 'flipped')];
    await asFolder(made, whole);
    cpSync(whole, folder, { recursive: true });
    const files = readdirSync(whole, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(whole.length + 1));
    expect(files).toContain('tile/0/001'); // the anchored size ends there
    const wal = readFileSync(join(whole, 'wal/0000000000000000.wal'));
    const headBytes = 40 + wal.readUInt32LE(32) * 32 + wal.readUInt32LE(36) + 4;
    const tries = bitsToTry(whole, files, FULL ? headBytes * 8 : 0);
    const missed: string[] = [];
    const tryBit = async (path: string, bit: number) => {
      const bytes = readFileSync(join(whole, path));
      const { mode } = statSync(join(whole, path));
      const put = (content: Buffer) => {
        chmodSync(join(folder, path), 0o600);
        writeFileSync(join(folder, path), content);
        chmodSync(join(folder, path), mode);
      };
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      put(changed);
      const found = await verifyFolder(folder, { policy: AGED_TRUST, remembered: [], pauseMs: 0 }).catch((error) => {
        if (error.code === undefined) throw error;
        return { problems: [error] };
      });
      if (found.problems.length === 0) missed.push(`${path} bit ${bit}`);
      put(bytes);
    };
    for (const { path, bit } of tries) await tryBit(path, bit);
    expect(missed).toEqual([]);
  });

  test('no head that somebody made passes for one of the ledger', async () => {
    const made = await aged();
    const other = copied(made);
    await prunedAged(made, made.nowUs);
    await prunedAged(other, made.nowUs); // the same, with another salt: no record here states its digest
    const folder = join(base, 'forged');
    await asFolder(made, folder);
    await asFolder(other, join(base, 'forger'));
    cpSync(join(base, 'forger/wal'), join(folder, 'wal'), { recursive: true });
    const verdict = await verifyFolder(folder, { policy: AGED_TRUST, remembered: [], pauseMs: 0 });
    expect(verdict.problems.length).toBeGreaterThan(0);
  });

  test('is read whole by others while it is cut, again and again', async () => {
    const folder = join(base, 'read');
    await asFolder(await aged(), folder);
    const disks = { disk: realDisk(folder), own: realDisk(join(folder, 'signer')) };
    let nowUs = AGED_US + 40 * DAY_US;
    const ledger = await openAged(disks, () => nowUs, STRICT);
    const reader = await LedgerReader.open(disks.disk);
    let going = true;
    const reading = (async () => {
      let bundles = 0;
      for (; going; bundles += 1) {
        const size = reader.size;
        const n = Math.floor((size - 1) / 256);
        const entries = await reader.bundle(n, size - n * 256).catch((error) => {
          expect(error).toMatchObject({ code: 'E_NOT_FOUND' }); // given up meanwhile
          return [];
        });
        for (const entry of entries) parseRecord(entry);
        await reader.refresh();
      }
      return bundles;
    })();
    let total = 0;
    for (let round = 0; round < 8; round += 1) {
      total += (await pruning(ledger, disks, nowUs)).gone;
      nowUs += 31 * DAY_US;
      await grow(ledger, 1000 + round * 600, 1600 + round * 600, nowUs);
    }
    going = false;
    expect([total > 3000, (await reading) > 8]).toEqual([true, true]);
    await ledger.close();
    await reader.close();
    const verdict = await verifyFolder(folder, { policy: AGED_TRUST, remembered: [], pauseMs: 0 });
    expect(verdict.problems).toEqual([]);
  });
});
