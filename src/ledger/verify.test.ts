import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  appendSample,
  openSample,
  SAMPLE_ORIGIN,
  type SampleLedger,
  sampleLedger,
  sampleRecord,
  shortRecord,
} from '../../test/ledger-sample.ts';
import { formatCheckpoint } from '../core/tlog/checkpoint.ts';
import { formatNote, parseSecret, signText } from '../core/tlog/note.ts';
import { PACK_RECORDS, packPath } from './pack.ts';
import { type Expected, policyOf, type Verdict } from './verdict.ts';
import { verifyFolder } from './verify-folder.ts';
import { walPath } from './wal.ts';

const FULL = process.env['SPOOR_FULL'] === '1';
/** Bits of a file that are tried one by one: whole records of every kind. Of the bytes behind them one bit each. */
const EACH_BIT = 2048 * 8;
let base = '';
let sample: SampleLedger;
let expected: Expected;

/** What is wrong with a folder, whether it was found on the way or there was nothing to verify against. */
async function faults(folder: string, how: Expected = expected): Promise<string[]> {
  const verdict = await verifyFolder(folder, how).catch((error: Error & { code?: string }) => {
    if (error.code === undefined) throw error;
    return { problems: [{ where: error.code, what: error.message }] };
  });
  return verdict.problems.map(({ where, what }) => `${where}: ${what}`);
}

const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

function copy(name: string, from = sample.folder): string {
  const folder = join(base, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(from, folder, { recursive: true });
  return folder;
}

function put(folder: string, path: string, bytes: Uint8Array): void {
  const at = join(folder, path);
  const { mode } = statSync(at);
  chmodSync(at, 0o600);
  writeFileSync(at, bytes);
  chmodSync(at, mode);
}

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'spoor-verify-'));
  sample = await sampleLedger(join(base, 'sample'));
  const lines = Array.from({ length: 599 }, (_, nth) => shortRecord(nth));
  await sample.ledger.append(lines.slice(0, 200));
  await sample.ledger.seal();
  await sample.ledger.append(lines.slice(200));
  await sample.ledger.seal();
  await sample.ledger.close();
  expected = { policy: policyOf([sample.key]), remembered: [], pauseMs: 0 };
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A small generator of our own: the same flips in each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe('a ledger of 600 records', () => {
  test('is found whole', async () => {
    const verdict = (await verifyFolder(sample.folder, expected)) as Verdict;
    expect(verdict).toMatchObject({
      origin: SAMPLE_ORIGIN,
      size: 600,
      unsealed: 0,
      problems: [],
      remarks: [],
      streams: 2,
    });
  });

  test('no bit of any file can be changed unnoticed', async () => {
    const random = randomOf(1);
    const lanes = Array.from({ length: 4 }, (_, lane) => copy(`flips-${lane}`));
    const paths = filesIn(sample.folder);
    for (const path of paths) {
      const bits = readFileSync(join(sample.folder, path)).length * 8;
      const picks = FULL
        ? [...Array(bits).keys()].filter((bit) => bit < EACH_BIT || bit % 8 === (bit >> 3) % 8)
        : Array.from({ length: 40 }, () => Math.floor(random() * bits));
      await Promise.all(
        lanes.map((folder, lane) =>
          flip(
            folder,
            path,
            picks.filter((_, at) => at % lanes.length === lane),
          ),
        ),
      );
    }
    expect(paths).toHaveLength(6);
    for (const folder of lanes) expect(await faults(folder)).toEqual([]);
  });

  async function flip(folder: string, path: string, bits: readonly number[]): Promise<void> {
    const bytes = readFileSync(join(folder, path));
    for (const bit of bits) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      put(folder, path, changed);
      if ((await faults(folder)).length === 0) expect.fail(`bit ${bit} of ${path} can be changed unnoticed`);
    }
    put(folder, path, bytes);
  }

  test('no file can be deleted, cut, lengthened or replaced unnoticed', async () => {
    const paths = filesIn(sample.folder);
    expect(paths).toEqual(['checkpoint', 'head', 'log.vkey', 'signer/key', 'signer/signed', walPath(0)]);
    for (const path of paths) {
      const bytes = readFileSync(join(sample.folder, path));
      const changes: Record<string, (folder: string) => void> = {
        delete: (folder) => rmSync(join(folder, path)),
        empty: (folder) => put(folder, path, Buffer.alloc(0)),
        truncate: (folder) => put(folder, path, bytes.subarray(0, bytes.length - 1)),
        'cut in half': (folder) => put(folder, path, bytes.subarray(0, bytes.length >> 1)),
        append: (folder) => put(folder, path, Buffer.concat([bytes, Buffer.from('x')])),
        'append a line feed': (folder) => put(folder, path, Buffer.concat([bytes, Buffer.from('\n')])),
        'append a zero': (folder) => put(folder, path, Buffer.concat([bytes, Buffer.alloc(1)])),
        'swap with another': (folder) => {
          const other = paths[(paths.indexOf(path) + 1) % paths.length] as string;
          put(folder, path, readFileSync(join(sample.folder, other)));
          put(folder, other, bytes);
        },
      };
      for (const [what, change] of Object.entries(changes)) {
        const folder = copy('changed');
        change(folder);
        expect((await faults(folder)).length, `${what}: ${path}`).toBeGreaterThan(0);
      }
    }
  });

  test('a file that does not belong there is told', async () => {
    const folder = copy('strange');
    mkdirSync(join(folder, 'tile/0'), { recursive: true });
    writeFileSync(join(folder, 'tile/0/000'), Buffer.alloc(8192));
    writeFileSync(join(folder, 'wal/notes'), '');
    expect(await faults(folder)).toEqual([
      'wal/notes: it does not belong to a ledger',
      'tile/0/000: it does not belong to a ledger',
    ]);
  });

  test('an older state of the whole folder is told by a remembered checkpoint, and so is another history', async () => {
    const old = await sampleLedger(join(base, 'old'));
    await appendSample(old.ledger, 10);
    await old.ledger.seal();
    const rolledBack = copy('rolled-back', old.folder);
    await appendSample(old.ledger, 10, 10);
    const note = (await old.ledger.seal()) as string;
    await old.ledger.close();
    const remembering = { ...expected, remembered: [{ name: 'the checkpoint of Monday', note }] };
    expect(await faults(old.folder, remembering)).toEqual([]);
    expect(await faults(rolledBack, remembering)).toEqual([
      'the checkpoint of Monday: the log had 21 records then, and has 11 now: it was cut or rolled back',
    ]);
    const other = await sampleLedger(join(base, 'other'));
    await appendSample(other.ledger, 30, 500);
    await other.ledger.seal();
    await other.ledger.close();
    expect(await faults(other.folder, remembering)).toEqual([
      'the checkpoint of Monday: the first 21 records are not those of then: the log’s history was rewritten'.replace(
        '’',
        "'",
      ),
    ]);
  });

  test('records behind the checkpoint are counted, and are no fault', async () => {
    const folder = copy('unsealed');
    const ledger = await openSample(folder);
    await ledger.append([sampleRecord(1), sampleRecord(2)]);
    const verdict = await verifyFolder(folder, expected);
    expect([verdict.size, verdict.unsealed, verdict.problems]).toEqual([600, 2, []]);
    await ledger.close();
  });

  test('a checkpoint with a good signature, of another tree, is told', async () => {
    const folder = copy('signed');
    const { key, secret } = parseSecret(sample.secret);
    const text = formatCheckpoint({ origin: SAMPLE_ORIGIN, size: 3n, root: Buffer.alloc(32, 1), extensions: [] });
    put(folder, 'checkpoint', Buffer.from(formatNote({ text, signatures: [signText(text, key, secret)] })));
    expect((await faults(folder)).join('\n')).toContain('its 3 records do not give the root that was signed');
  });
});

describe('a ledger with packs', () => {
  let packed: SampleLedger;

  beforeAll(async () => {
    packed = await sampleLedger(join(base, 'packed'));
    await appendSample(packed.ledger, PACK_RECORDS + 300);
    await packed.ledger.seal();
    expect(await packed.ledger.pack()).toBe(1);
    await packed.ledger.seal();
    await packed.ledger.close();
  });

  test('is found whole', async () => {
    const { problems, remarks } = await verifyFolder(packed.folder, expected);
    expect([problems, remarks]).toEqual([[], []]);
  });

  test('each file of a pack is guarded to the bit', { timeout: 600_000 }, async () => {
    const folder = copy('pack-flips', packed.folder);
    const random = randomOf(2);
    for (const path of filesIn(folder).filter((name) => /^(?:pack|tile)/.test(name))) {
      const bytes = readFileSync(join(folder, path));
      for (let nth = 0; nth < (FULL ? 60 : 3); nth += 1) {
        const bit = nth === 0 ? 40 : Math.floor(random() * bytes.length * 8); // 40: the time in a gzip header, which nothing else sees
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        put(folder, path, changed);
        expect((await faults(folder)).length, `bit ${bit} of ${path}`).toBeGreaterThan(0);
      }
      put(folder, path, bytes);
    }
  });

  test('says which file, and which records', async () => {
    const folder = copy('pack-told', packed.folder);
    rmSync(join(folder, 'tile/1/000'));
    expect(await faults(folder)).toEqual(['tile/1/000: it is missing']);
    const second = copy('pack-told', packed.folder);
    const bytes = readFileSync(join(second, packPath(0)));
    put(
      second,
      packPath(0),
      Buffer.concat([bytes.subarray(0, 100), Buffer.of((bytes[100] as number) ^ 4), bytes.subarray(101)]),
    );
    const told = await faults(second);
    expect(told[0]).toMatch(/^records 0\.\.255: pack\/00000000\.pack: bundle 0 is damaged/);
    expect(told).toContain('pack/00000000.pack: its digest is not the one that a record of the log states');
    const third = copy('pack-told', packed.folder);
    for (const path of filesIn(third).filter((name) => name.startsWith('pack/'))) rmSync(join(third, path));
    expect((await faults(third)).join('\n')).toContain('records 0..65837: they are missing');
  });

  test('appended bytes are seen in every file', async () => {
    for (const path of filesIn(packed.folder)) {
      const folder = copy('pack-appended', packed.folder);
      const { mode } = statSync(join(folder, path));
      chmodSync(join(folder, path), 0o600);
      appendFileSync(join(folder, path), Buffer.alloc(1));
      chmodSync(join(folder, path), mode);
      expect((await faults(folder)).length, path).toBeGreaterThan(0);
    }
  });
});

test('a ledger is found whole at any moment while a writer appends, seals and packs', async () => {
  const { folder, ledger } = await sampleLedger(join(base, 'live'));
  await ledger.seal();
  let done = false;
  const writing = (async () => {
    for (let at = 0; at < 2 * PACK_RECORDS + 5000; at += 5000) {
      await appendSample(ledger, 5000, at);
      await ledger.seal();
      await ledger.pack();
    }
    await ledger.seal();
    done = true;
  })();
  let [runs, last, note] = [0, 0, ''];
  while (!done) {
    const remembered = note === '' ? [] : [{ name: 'before', note }];
    const verdict = await verifyFolder(folder, { ...expected, pauseMs: 50, remembered });
    expect(verdict.problems).toEqual([]);
    expect(verdict.size).toBeGreaterThanOrEqual(last);
    [runs, last, note] = [runs + 1, verdict.size, verdict.checkpoint];
  }
  await writing;
  await ledger.close();
  expect(runs).toBeGreaterThan(1);
  const { problems, size } = await verifyFolder(folder, { ...expected, remembered: [{ name: 'before', note }] });
  expect([problems, size]).toEqual([[], 2 * PACK_RECORDS + 10_000 - ((2 * PACK_RECORDS) % 5000) + 3]);
});
