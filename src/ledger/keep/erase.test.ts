import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AGED, AGED_US, type AgedDisks, agedLedger, asFolder, openAged } from '../../../test/aged-ledger.ts';
import { readWhole } from '../disk.ts';
import { LedgerReader } from '../reader.ts';
import { parseRecord } from '../record.ts';
import { detachedOf } from '../source.ts';
import { policyOf } from '../verdict.ts';
import { verifyFolder } from '../verify-folder.ts';
import { blobPath } from './blobs.ts';
import { eraseRecords } from './erase.ts';
import { placeHold } from './hold.ts';

const trust = policyOf([AGED.key]);
let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-erase-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const line = (nth: number) => ({
  stream: 'people',
  bytes: Buffer.from(`Ana Example bought ${nth}`),
  receivedAtUs: AGED_US + 1_000_000_000_000 + nth,
  via: '-',
  peer: '-',
});

async function verified(disks: AgedDisks) {
  const folder = join(base, 'ledger');
  rmSync(folder, { recursive: true, force: true });
  await asFolder(disks, folder);
  return verifyFolder(folder, { policy: trust, remembered: [], pauseMs: 0 });
}

/** A small ledger with four erasable records: their indexes begin at `first`. */
async function people(fail?: (call: string) => void) {
  const made = await agedLedger(20);
  const disks = { disk: made.disk.crash(() => 1, fail), own: made.own.crash(() => 1) };
  const ledger = await openAged(disks, () => made.lastUs);
  const { first } = await ledger.appendErasable([0, 1, 2, 3].map(line));
  await ledger.seal();
  return { disks, ledger, first, folder: { disk: disks.disk, trust } };
}

const payloadAt = async ({ disk }: AgedDisks, index: number) => {
  const reader = await LedgerReader.open(disk);
  const record = parseRecord(await reader.entry(index));
  return (await detachedOf(reader, { index, record }))?.payload.toString() ?? null;
};

describe('erasable records', () => {
  test('are kept beside the log, and go one by one; the tree stands', async () => {
    const { disks, ledger, first, folder } = await people();
    expect(await payloadAt(disks, first + 1)).toBe('Ana Example bought 1');
    expect((await verified(disks)).problems).toEqual([]);
    const order = { first: first - 1, last: first + 1, who: 'dpo', reason: 'asked for it' };
    await eraseRecords(folder, ledger, { ...order, first: first + 1 });
    expect(await eraseRecords(folder, ledger, order)).toEqual({
      erased: 1,
      stays: [
        { first: first - 1, last: first - 1, why: 'its source was not erasable when it came' },
        { first: first + 1, last: first + 1, why: 'it was erased before' },
      ],
    });
    const more = await ledger.appendErasable([line(9)]);
    await ledger.seal();
    expect([
      await payloadAt(disks, first),
      await payloadAt(disks, first + 1),
      await payloadAt(disks, first + 2),
      await payloadAt(disks, more.first),
    ]).toEqual([null, null, 'Ana Example bought 2', 'Ana Example bought 9']);
    expect((await readWhole(disks.disk, blobPath(0))).includes('bought 1')).toBe(false);
    const verdict = await verified(disks);
    expect(verdict.problems).toEqual([]);
    expect(verdict.remarks.join('\n')).toContain('2 records were erased');
    await expect(eraseRecords(folder, ledger, { first: 0, last: 3, who: 'x' })).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: expect.stringMatching(/: 0 \(it is the ledger’s own\), 1\.\.3 \(its source was not erasable/),
    });
  });

  test('that are held are not erased', async () => {
    const { ledger, first, folder } = await people();
    await placeHold(folder, ledger, { id: 'case', reason: 'r', stream: 'people' });
    await expect(eraseRecords(folder, ledger, { first, last: first, who: 'x' })).rejects.toThrow(
      /kept by the hold "case"/,
    );
  });

  test('every bit of a payload’s file is guarded, and a payload that was taken away is told', async () => {
    const { disks, first } = await people();
    const whole = await readWhole(disks.disk, blobPath(0));
    for (let bit = 3; bit < whole.length * 8; bit += 29) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      const file = await disks.disk.open(blobPath(0), 'change');
      await file.write([bytes], 0);
      await file.sync();
      expect([bit, (await verified(disks)).problems.length > 0]).toEqual([bit, true]);
    }
    await disks.disk.remove(blobPath(0));
    expect((await verified(disks)).problems).toContainEqual({
      where: `records ${first}..${first + 3}`,
      what: 'its payload is missing or was changed, and no record says that it was erased',
    });
  });

  test('a crash at any moment loses no payload of an acknowledged record, and an erasure that is in the log is carried out', async () => {
    let finished = 0;
    for (let death = 0; finished === 0; death += 1) {
      let count = -1;
      const made = await people((call) => {
        if (count >= 0 && !/^(?:read|open)/.test(call) && count++ >= death) throw new Error('power is gone');
      });
      count = 0;
      const done = await made.ledger
        .appendErasable([line(7)])
        .then(() => eraseRecords(made.folder, made.ledger, { first: made.first, last: made.first, who: 'x' }))
        .then(
          () => true,
          () => false,
        );
      count = -1;
      const after = { disk: made.disks.disk.crash(() => 0.55), own: made.disks.own.crash(() => 1) };
      const again = await openAged(after, () => AGED_US);
      await again.seal();
      await again.close();
      const verdict = await verified(after);
      expect([death, done, verdict.problems]).toEqual([death, done, []]);
      expect(verdict.remarks.filter((remark) => remark.includes('still there'))).toEqual([]);
      const isErased = verdict.remarks.some((remark) => remark.includes('1 records were erased'));
      expect([isErased, await payloadAt(after, made.first)]).toEqual([
        isErased,
        isErased ? null : 'Ana Example bought 0',
      ]);
      if (done) finished = death;
      expect(after.disk.files()).not.toContain('erasing');
    }
    expect(finished).toBeGreaterThan(14);
  });
});
