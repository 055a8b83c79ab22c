import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AGED,
  AGED_TRUST,
  type AgedDisks,
  agedPacks,
  asFolder,
  copied,
  openAged,
  prunedAged,
  verifiedAged,
} from '../../../test/aged-ledger.ts';
import { PACK_RECORDS } from '../pack.ts';
import { AuthenticTree } from '../prove.ts';
import { LedgerReader } from '../reader.ts';
import { staticTree, writeStaticTree } from '../static-tree.ts';
import { verifyServed } from '../verdict.ts';
import { verifyFolder } from '../verify-folder.ts';
import { planOf } from './prune.ts';

const FULL = process.env['SPOOR_FULL'] === '1';
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

describe('pruning', () => {
  test('gives up whole packs and the beginning of one; what stays is verified, and what went is told', async () => {
    const disks = copied(made);
    const plan = await planOf({ disk: disks.disk, trust: AGED_TRUST }, nowUs);
    expect(plan).toMatchObject({ current: 0, minimum: expectedMinimum, byAge: expectedMinimum, heldBy: [] });
    const result = await prunedAged(disks, nowUs);
    expect(result).toMatchObject({ gone: expectedMinimum, waits: null });
    const verdict = await verified(disks, 'pruned');
    expect(verdict.problems).toEqual([]);
    expect(verdict.minimum).toBe(expectedMinimum);
    expect(verdict.remarks.join('\n')).toMatch(
      /were given up under the policy: record \d+ of .* by test: retention=P30D/,
    );
    expect(disks.disk.files().filter((path) => path.startsWith('pack/'))).toEqual([
      'pack/00000001.idx',
      'pack/00000001.json',
      'pack/00000001.pack',
    ]);
    const reader = await LedgerReader.open(disks.disk);
    await expect(reader.entry(expectedMinimum - 1)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: expect.stringMatching(/pruned on \d{4}-\d\d-\d\d by the policy "retention=P30D maximum=P400D"/),
    });
    expect((await reader.entry(expectedMinimum)).toString()).toContain(`l${expectedMinimum - 1}`);
    await expect(reader.tile(0, 0, 256)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect(await prunedAged(disks, nowUs)).toMatchObject({ gone: 0, record: null });
    await writeStaticTree(reader, join(base, 'tree'), [AGED.key]);
    const tree = await verifyServed(staticTree(join(base, 'tree')), { policy: AGED_TRUST, remembered: [] });
    expect([tree.problems, tree.minimum, existsSync(join(base, 'tree/tile/0/000'))]).toEqual([
      [],
      expectedMinimum,
      false,
    ]);
    writeFileSync(join(base, 'tree/minimum'), `${expectedMinimum + 256}\n`);
    const lying = await verifyServed(staticTree(join(base, 'tree')), { policy: AGED_TRUST, remembered: [] });
    expect(lying.problems[0]?.what).toContain('no record says that they were given up');
  });

  test('the tree of a size that was anchored outside can still be compared with', async () => {
    const disks = copied(made);
    const ledger = await openAged(disks, () => nowUs);
    await ledger.note('anchor', { kind: 'file', size: '70001' });
    await ledger.seal();
    await ledger.close();
    const rootsOf = async (sizes: readonly number[]) => {
      const reader = await LedgerReader.open(disks.disk);
      const [, size = '', root = ''] = ((await reader.checkpoint()) ?? '').split('\n');
      const tree = await AuthenticTree.open(reader, Number(size), Buffer.from(root, 'base64'));
      return Promise.all(sizes.map((one) => tree.rootAt(one).then((hash) => hash.toString('hex'))));
    };
    const sizes = [256, 70_001, 65_536, expectedMinimum, expectedMinimum + 77];
    const before = await rootsOf(sizes);
    await prunedAged(disks, nowUs);
    expect(await rootsOf(sizes)).toEqual(before);
    await expect(rootsOf([70_300])).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect((await verified(disks, 'anchored')).problems).toEqual([]);
    expect(disks.disk.files().filter((path) => path.startsWith('tile/0'))).toEqual(['tile/0/273']);
  });

  test('whenever the writer dies, what is there is verified, and the next prune ends the work', async () => {
    const calls: string[] = [];
    await prunedAged(
      copied(made, (call) => void (/^(?:read|open|mkdir)/.test(call) || calls.push(call))),
      nowUs,
    );
    expect(calls.length).toBeGreaterThan(30);
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const minima = new Set<number>();
    const telling = calls.flatMap((call, nth) => (/^(?:remove|rename|syncdir) pack/.test(call) ? [nth] : []));
    for (const death of FULL ? calls.keys() : [...telling.filter((_, nth) => nth % 4 === 0), 9]) {
      let count = 0;
      const disks = copied(made, (call) => {
        if (/^(?:read|open|mkdir)/.test(call)) return;
        if (count >= death) throw new Error('power is gone');
        count += 1;
      });
      await expect(prunedAged(disks, nowUs)).rejects.toThrow();
      const after = { disk: disks.disk.crash(random), own: disks.own.crash(random) };
      const verdict = await verified(after, 'crashed');
      const wrong = verdict.problems.filter(({ what }) => !/a crash left it/.test(what)); // a write that was under way
      expect([calls[death], wrong]).toEqual([calls[death], []]);
      minima.add(verdict.minimum);
      const { gone } = await prunedAged(after, nowUs);
      expect(gone).toBe(expectedMinimum - verdict.minimum);
      if (!FULL) continue;
      const last = await verified(after, 'crashed');
      expect([calls[death], last.problems, last.minimum]).toEqual([calls[death], [], expectedMinimum]);
    }
    if (FULL) expect([...minima].sort((a, b) => a - b)).toEqual([0, PACK_RECORDS, expectedMinimum]);
  });

  test('whatever is changed in a pruned ledger is found', async () => {
    const disks = copied(made);
    await prunedAged(disks, nowUs);
    const whole = join(base, 'whole');
    await asFolder(disks, whole);
    const folder = join(base, 'flipped');
    const files = readdirSync(whole, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(whole.length + 1));
    cpSync(whole, folder, { recursive: true });
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const missed: string[] = [];
    for (const path of files)
      for (let nth = 0; nth < (FULL ? 40 : 3); nth += 1) {
        const bytes = readFileSync(join(whole, path));
        const bit = random(bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        const { mode } = statSync(join(folder, path));
        chmodSync(join(folder, path), 0o600);
        writeFileSync(join(folder, path), bytes);
        chmodSync(join(folder, path), mode);
        const found = await verifyFolder(folder, { policy: AGED_TRUST, remembered: [], pauseMs: 0 }).catch((error) => {
          if (error.code === undefined) throw error;
          return { problems: [error] };
        });
        if (found.problems.length === 0) missed.push(`${path} bit ${bit}`);
        chmodSync(join(folder, path), 0o600);
        writeFileSync(join(folder, path), readFileSync(join(whole, path)));
        chmodSync(join(folder, path), mode);
      }
    expect(missed).toEqual([]);
    rmSync(join(folder, 'tile/1/000'), { force: true });
    const gone = await verifyFolder(folder, { policy: AGED_TRUST, remembered: [], pauseMs: 0 });
    expect(gone.problems.map(({ where }) => where)).toContain('tile/1/000');
  });

  test('records that are missing beyond what was given up are told', async () => {
    const disks = copied(made);
    for (const path of ['pack/00000000.pack', 'pack/00000000.idx', 'pack/00000000.json']) await disks.disk.remove(path);
    const verdict = await verified(disks, 'stolen');
    expect(verdict.problems).toContainEqual({
      where: `records 0..${PACK_RECORDS - 1}`,
      what: 'they are missing, and no record says that they were given up under the policy',
    });
  });
});
