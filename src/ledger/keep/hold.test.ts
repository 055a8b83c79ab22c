import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AGED,
  AGED_TRUST,
  type AgedDisks,
  agedPacks,
  copied,
  DAY_US,
  openAged,
  prunedAged,
  verifiedAged,
} from '../../../test/aged-ledger.ts';
import { cosign } from '../../core/tlog/checkpoint.ts';
import {
  COSIGNATURE,
  formatNote,
  formatSecret,
  formatVerifierKey,
  parseSecret,
  rawPublic,
  splitNote,
  verifierKey,
} from '../../core/tlog/note.ts';
import { parsePolicy } from '../../core/tlog/policy.ts';
import { readWhole, writeWhole } from '../disk.ts';
import { PACK_RECORDS } from '../pack.ts';
import { changeRetention, placeHold, releaseHold, standingHolds } from './hold.ts';
import { planOf } from './prune.ts';

let base = '';
let made: Awaited<ReturnType<typeof agedPacks>>;
let nowUs = 0;
let expectedMinimum = 0;
const verified = (disks: AgedDisks, name: string) => verifiedAged(disks, join(base, name));

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spoor-prune-'));
  made = await agedPacks();
  nowUs = made.lastUs;
  expectedMinimum = made.expectedMinimum;
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('a hold', () => {
  const writing = async <T>(disks: AgedDisks, work: (ledger: Awaited<ReturnType<typeof openAged>>) => Promise<T>) => {
    const ledger = await openAged(disks, () => nowUs);
    try {
      return await work(ledger);
    } finally {
      await ledger.close();
    }
  };

  test('keeps a range, a stream, or the rest; and what it kept goes once it is released', async () => {
    const disks = copied(made);
    const folder = { disk: disks.disk, trust: AGED_TRUST };
    const placed = await writing(disks, async (ledger) => {
      await placeHold(folder, ledger, { id: 'case-17', reason: 'court order', range: { first: 70_000, last: 70_010 } });
      await placeHold(folder, ledger, {
        id: 'case-18',
        reason: 'court order',
        stream: 'rare',
        range: { first: 69_000, last: 140_000 },
      });
      await expect(placeHold(folder, ledger, { id: 'case-17', reason: 'again' })).rejects.toThrow(/stands already/);
      return standingHolds(folder);
    });
    expect(placed.map(({ id }) => id)).toEqual(['case-17', 'case-18']);
    const plan = await planOf(folder, nowUs);
    expect([plan.minimum, plan.byAge, plan.heldBy.map(({ id }) => id)]).toEqual([
      69_000 - (69_000 % 256),
      expectedMinimum,
      ['case-17', 'case-18'],
    ]);
    expect((await prunedAged(disks, nowUs)).gone).toBe(plan.minimum);
    await writing(disks, (ledger) => releaseHold(folder, ledger, 'case-18'));
    expect((await planOf(folder, nowUs)).minimum).toBe(70_000 - (70_000 % 256));
    await writing(disks, (ledger) => releaseHold(folder, ledger, 'case-17'));
    await writing(disks, (ledger) =>
      expect(releaseHold(folder, ledger, 'case-17')).rejects.toMatchObject({ code: 'E_NOT_FOUND' }),
    );
    await writing(disks, (ledger) =>
      expect(
        placeHold(folder, ledger, { id: 'late', reason: 'x', range: { first: 5, last: 9 } }),
      ).rejects.toMatchObject({ code: 'E_NOT_FOUND' }),
    );
    expect((await prunedAged(disks, nowUs)).plan.minimum).toBe(expectedMinimum);
    const verdict = await verified(disks, 'held');
    expect([verdict.problems, verdict.minimum]).toEqual([[], expectedMinimum]);
  });

  test('a prune record that breaks one is found by everybody', async () => {
    const disks = copied(made);
    await writing(disks, async (ledger) => {
      await placeHold({ disk: disks.disk, trust: AGED_TRUST }, ledger, {
        id: 'case',
        reason: 'r',
        range: { first: 9, last: 9 },
      });
      await ledger.note('prune', { minimum: '512', policy: 'retention=P1D', who: 'mallory' });
      await ledger.seal();
    });
    const verdict = await verified(disks, 'broken');
    expect(verdict.problems.map(({ what }) => what)).toEqual([
      'it gives up records before 512, which the hold "case" keeps',
    ]);
  });

  test('a longer or a shorter duty holds what is there until it has the longer age', async () => {
    const disks = copied(made);
    const folder = { disk: disks.disk, trust: AGED_TRUST };
    await writing(disks, (ledger) => changeRetention(folder, ledger, { retention: 'P100D', maximum: null }));
    const longer = await planOf(folder, nowUs);
    expect(longer.minimum).toBeLessThan(expectedMinimum - 60_000 + 256);
    await writing(disks, (ledger) => changeRetention(folder, ledger, { retention: 'P10D', maximum: 'P20D' }));
    const shorter = await planOf(folder, nowUs);
    expect([shorter.minimum, shorter.heldBy.length]).toEqual([longer.minimum, 2]);
    expect(shorter.overdue).toBeGreaterThan(0);
    expect((await planOf(folder, nowUs + 101 * DAY_US)).minimum).toBe(2 * PACK_RECORDS + 256); // all of the packs, and the bundle that was filled
  });
});

describe('with witnesses', () => {
  test('waits for their cosignatures and for seven days', async () => {
    const disks = copied(made);
    const witness = parseSecret(formatSecret('w.example', Buffer.alloc(32, 4)));
    const cosigner = verifierKey('w.example', COSIGNATURE, rawPublic(witness.secret));
    const policy = parsePolicy(
      `log ${formatVerifierKey(AGED.key)}\nwitness w ${formatVerifierKey(cosigner)}\nquorum w\n`,
    );
    const at = (us: number) => prunedAged(disks, us, policy);
    const first = await at(nowUs);
    expect([first.gone, first.waits]).toEqual([0, expect.stringMatching(/too few witnesses have cosigned record/)]);
    expect((await verified(disks, 'waiting')).remarks.join()).toContain('may be given up, and are still there');
    const note = splitNote((await readWhole(disks.disk, 'checkpoint')).toString());
    const signature = cosign(note.text, 1_800_000_000n, cosigner, witness.secret);
    await writeWhole(disks.disk, 'cosigned', [
      Buffer.from(formatNote({ text: note.text, signatures: [...note.signatures, signature] })),
    ]);
    expect((await at(nowUs + 6 * DAY_US)).waits).toMatch(/until \d{4}-\S+, so that witnesses may object/);
    const last = await at(nowUs + 7 * DAY_US);
    expect(last.gone).toBe(expectedMinimum); // what was stated then, not what is old enough now
  });
});
