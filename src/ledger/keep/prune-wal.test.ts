import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AGED,
  AGED_TRUST,
  AGED_US,
  type AgedDisks,
  asFolder,
  DAY_US,
  openAged,
  prunedAged,
  verifiedAged,
} from '../../../test/aged-ledger.ts';
import { freshDisks, grow, linesOn, markedRecord, pruning, STRICT } from '../../../test/small-ledger.ts';
import { realDisk } from '../disk.ts';
import { PACK_RECORDS } from '../pack.ts';
import { LedgerReader } from '../reader.ts';
import { parseRecord } from '../record.ts';
import { readingDisk, writingDisk } from '../secrecy/at-rest.ts';
import { makeKeyFile, readKeyFile, restKey } from '../secrecy/keyring.ts';
import { verifyFolder } from '../verify-folder.ts';
import { changeRetention, placeHold } from './hold.ts';

// Giving up records that are not packed: a ledger that receives little keeps them in its log file for its whole life.

let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'spoor-prune-wal-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const verified = (disks: AgedDisks, name: string) => verifiedAged(disks, join(base, name));
describe('a ledger that receives little', () => {
  test('of 30 days is rid of each record on the day after, whatever came since; what stays is proved', async () => {
    const disks = freshDisks();
    const perDay = 30;
    let nowUs = AGED_US;
    let sent = 0;
    for (let day = 0; day < 36; day += 1) {
      nowUs = AGED_US + day * DAY_US;
      const ledger = await openAged(disks, () => nowUs, STRICT);
      await grow(ledger, sent, sent + perDay, nowUs);
      sent += perDay;
      await pruning(ledger, disks, nowUs);
      await ledger.close();
    }
    expect(sent).toBeGreaterThan(1000);
    const left = await linesOn(disks, sent);
    expect(left[0]).toBe(sent - 31 * perDay); // today's, and those of 30 days before
    expect(left).toHaveLength(31 * perDay);
    const verdict = await verified(disks, 'daily');
    expect(verdict.problems).toEqual([]);
    expect(verdict.remarks.join('\n')).toContain('were given up under the policy');
    // and nothing came any more
    await prunedAged(disks, nowUs + 31 * DAY_US);
    expect(await linesOn(disks, sent)).toEqual([]);
    expect((await verified(disks, 'idle')).problems).toEqual([]);
  });

  test('all of a thousand at once, by one prune; numbers go on, of a stream that is silent since too', async () => {
    const disks = freshDisks();
    const ledger = await openAged(disks, () => AGED_US, STRICT);
    await grow(ledger, 0, 1000, AGED_US);
    const nowUs = AGED_US + 31 * DAY_US;
    expect((await pruning(ledger, disks, nowUs)).gone).toBe(1024);
    expect(await linesOn(disks, 1000)).toEqual([]);
    const before = await verified(disks, 'at once');
    expect([before.problems, before.minimum]).toEqual([[], 1024]);
    await grow(ledger, 1000, 1300, nowUs); // the same writer and signer go on
    await ledger.close();
    const again = await openAged(disks, () => nowUs, STRICT);
    await again.append([{ ...markedRecord(3, nowUs), stream: 'silent' }]);
    await again.seal();
    const reader = await LedgerReader.open(disks.disk);
    expect(parseRecord(await reader.entry(again.size - 1)).fields).toMatchObject({ stream: 'silent', seq: '1' });
    await reader.close();
    await again.close();
    expect((await verified(disks, 'went on')).problems).toEqual([]);
    expect((await prunedAged(disks, nowUs)).gone).toBe(0);
  });

  test('keeps what a hold names, and a change of the duty lets nothing stay longer than it says', async () => {
    const disks = freshDisks();
    const ledger = await openAged(disks, () => AGED_US, 'retention=P30D\n');
    const folder = { disk: disks.disk, trust: AGED_TRUST };
    await grow(ledger, 0, 900, AGED_US);
    await placeHold(folder, ledger, { id: 'case', reason: 'r', range: { first: 600, last: 610 } });
    await changeRetention(folder, ledger, { retention: 'P10D', maximum: 'P10D' });
    expect(ledger.size % 256).toBeLessThan(10); // records under the new duty begin a bundle
    const result = await pruning(ledger, disks, AGED_US + 31 * DAY_US);
    expect([result.gone, result.plan.heldBy.map(({ id }) => id)]).toEqual([512, ['case']]);
    await ledger.close();
    const left = await linesOn(disks, 900);
    expect([left[0], left.length]).toEqual([510, 390]); // two records of its own stand first
    expect((await verified(disks, 'held')).problems).toEqual([]);
  });

  test('payloads that can be erased go with their records, and none that is on its way', async () => {
    const disks = freshDisks();
    const ledger = await openAged(disks, () => AGED_US, STRICT);
    await ledger.appendErasable(Array.from({ length: 300 }, (_, nth) => markedRecord(nth, AGED_US)));
    await pruning(ledger, disks, AGED_US); // daily: this day's bundle is filled
    const nowUs = AGED_US + 31 * DAY_US;
    const late: Promise<unknown>[] = [];
    const result = pruning(ledger, disks, nowUs);
    for (let nth = 0; nth < 40; nth += 1) {
      late.push(ledger.appendErasable([markedRecord(1000 + nth, nowUs)]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([result, ...late]);
    await ledger.seal();
    await ledger.close();
    expect(await linesOn(disks, 300)).toEqual([]);
    const verdict = await verified(disks, 'erasable');
    expect([verdict.problems, verdict.remarks.filter((text) => text.includes('of no record'))]).toEqual([[], []]);
  });
});

describe('a cut that crosses from packs to the log file', () => {
  test('leaves the last pack empty, the log file is packed without its beginning, and then all goes the usual way', async () => {
    const disks = freshDisks();
    const ledger = await openAged(disks, () => AGED_US, STRICT);
    await grow(ledger, 0, PACK_RECORDS + 5000, AGED_US, 1000);
    await ledger.pack();
    let nowUs = AGED_US + 31 * DAY_US;
    const first = await pruning(ledger, disks, nowUs);
    expect(first.gone).toBe(Math.ceil((PACK_RECORDS + 5002) / 256) * 256);
    expect(disks.disk.files().filter((path) => path.startsWith('pack/'))).toHaveLength(3);
    expect(await linesOn(disks, PACK_RECORDS + 5000)).toEqual([]);
    const cut = await verified(disks, 'crossed');
    expect([cut.problems, cut.minimum]).toEqual([[], first.gone]);
    await grow(ledger, 80_000, 80_000 + PACK_RECORDS, nowUs, 1000); // the cut file is full
    expect(await ledger.pack()).toBe(1);
    await ledger.seal();
    await ledger.close();
    const packed = await verified(disks, 'packed');
    expect([packed.problems, packed.minimum]).toEqual([[], first.gone]);
    const reader = await LedgerReader.open(disks.disk);
    expect((await reader.entry(first.gone)).length).toBeGreaterThan(0);
    await expect(reader.entry(first.gone - 1)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await reader.close();
    nowUs += 31 * DAY_US;
    await prunedAged(disks, nowUs);
    const last = await verified(disks, 'all gone');
    expect([last.problems, last.minimum > 2 * PACK_RECORDS]).toEqual([[], true]);
    expect(await linesOn(disks, 80_000 + PACK_RECORDS)).toEqual([]);
  });

  test('all the same where the folder is encrypted at rest', async () => {
    const folder = join(base, 'sealed');
    await asFolder(freshDisks(), folder);
    const keyFile = join(base, 'keys');
    makeKeyFile(keyFile, folder, restKey(Buffer.alloc(32, 1)));
    const { disk, begun } = await writingDisk(folder, AGED.key.name, { keyFile, begin: true });
    const disks = { disk, own: realDisk(join(folder, 'signer')) };
    let nowUs = AGED_US;
    const ledger = await openAged(disks, () => nowUs, STRICT);
    await begun(ledger);
    await grow(ledger, 0, PACK_RECORDS + 5000, AGED_US, 1000);
    await ledger.pack();
    nowUs += 31 * DAY_US;
    expect((await pruning(ledger, disks, nowUs)).gone).toBeGreaterThan(PACK_RECORDS + 5000);
    await grow(ledger, 80_000, 80_300, nowUs);
    await ledger.close();
    const verdicts = [readKeyFile(keyFile, folder), null].map((keys) =>
      verifyFolder(folder, { policy: AGED_TRUST, remembered: [], pauseMs: 0 }, keys),
    );
    for (const verdict of verdicts) expect((await verdict).problems).toEqual([]);
    const reader = await LedgerReader.open(readingDisk(folder, AGED.key.name, readKeyFile(keyFile, folder)));
    expect((await reader.entry(await reader.minimum())).length).toBeGreaterThan(0);
    await reader.close();
  });
});
