import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendSample, type SampleLedger, sampleLedger, shortRecord } from '../../../test/ledger-sample.ts';
import { indexPath, notesPath, PACK_RECORDS, packPath } from '../pack.ts';
import { type Expected, policyOf } from '../verdict.ts';
import { verifyFolder } from '../verify-folder.ts';
import { walPath } from '../wal.ts';
import { type Keyring, makeKeyFile, readKeyFile, restKey } from './keyring.ts';
import { AT_REST } from './marker.ts';
import { CHUNK, SEALED_HEADER, TAG } from './sealed-format.ts';

const FULL = process.env['SPOOR_FULL'] === '1';
const base = mkdtempSync(join(tmpdir(), 'spoor-at-rest-'));
const keyFile = join(base, 'keys');
const otherFile = join(base, 'other-keys');
makeKeyFile(keyFile, join(base, 'none'), restKey(Buffer.alloc(32, 1)));
makeKeyFile(otherFile, join(base, 'none'), restKey(Buffer.alloc(32, 2)));
const keys = readKeyFile(keyFile, join(base, 'none'));
const others = readKeyFile(otherFile, join(base, 'none'));
let small: SampleLedger;
let packed: SampleLedger;
let expected: Expected;
afterAll(() => rmSync(base, { recursive: true, force: true }));

const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

function copy(name: string, { folder: from }: SampleLedger): string {
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

function flipped(bytes: Buffer, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
  return changed;
}

async function verdict(folder: string, ring: Keyring | null) {
  return verifyFolder(folder, expected, ring).catch((error: Error & { code?: string }) => {
    if (error.code === undefined) throw error;
    return { problems: [{ where: error.code, what: error.message }], remarks: [], unchecked: null };
  });
}

/** What is wrong, in lines; what could not be checked is no fault. */
async function faults(folder: string, ring: Keyring | null = keys): Promise<string[]> {
  return (await verdict(folder, ring)).problems.map(({ where, what }) => `${where}: ${what}`);
}

beforeAll(async () => {
  small = await sampleLedger(join(base, 'small'), 7, keyFile);
  await small.ledger.append(
    Array.from({ length: 598 }, (_, nth) => ({ ...shortRecord(nth), bytes: Buffer.from(`sekret${nth}`) })),
  );
  await small.ledger.appendErasable([{ ...shortRecord(600), bytes: Buffer.from('sekret erasable') }]);
  await small.ledger.seal();
  await small.ledger.close();
  expected = { policy: policyOf([small.key]), remembered: [], pauseMs: 0 };
  packed = await sampleLedger(join(base, 'packed'), 7, keyFile);
  await appendSample(packed.ledger, 2 * PACK_RECORDS + 300);
  await packed.ledger.seal();
  expect(await packed.ledger.pack()).toBe(2);
  await packed.ledger.seal();
  await packed.ledger.close();
});

describe('an encrypted ledger of 600 records', () => {
  test('is found whole with its key, and no record or name of a stream stands in it', async () => {
    expect(await verdict(small.folder, keys)).toMatchObject({ size: 601, problems: [], remarks: [], unchecked: null });
    for (const path of filesIn(small.folder)) {
      const text = readFileSync(join(small.folder, path), 'latin1');
      expect(/sekret|stream=|lrec/.test(text), path).toBe(false);
    }
  });

  test('no bit of any file can be changed unnoticed', async () => {
    const folder = copy('flips', small);
    const paths = filesIn(folder);
    expect(paths).toHaveLength(8);
    let state = 1;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    for (const path of paths) {
      const bytes = readFileSync(join(folder, path));
      const bits = bytes.length * 8;
      const each = [...bytes.keys()].map((at) => at * 8 + (at & 7));
      const header = each.slice(0, SEALED_HEADER);
      // What is encrypted is under one sum: which of a byte's bits changes matters in the header at most.
      const picks = FULL
        ? [...Array(Math.min(bits, SEALED_HEADER * 8)).keys(), ...each.slice(SEALED_HEADER)]
        : [
            ...(path.startsWith('wal/') ? header : []),
            ...Array.from({ length: 12 }, () => Math.floor(random() * bits)),
          ];
      for (const bit of picks) {
        put(folder, path, flipped(bytes, bit));
        expect((await faults(folder)).length, `bit ${bit} of ${path}`).toBeGreaterThan(0);
      }
      put(folder, path, bytes);
    }
    expect(await faults(folder)).toEqual([]);
  });

  test('no file can be deleted, cut, lengthened or replaced unnoticed', async () => {
    const paths = filesIn(small.folder);
    for (const [nth, path] of paths.entries()) {
      const bytes = readFileSync(join(small.folder, path));
      const other = paths[(nth + 1) % paths.length] as string;
      const changes: Record<string, (folder: string) => void> = {
        delete: (folder) => rmSync(join(folder, path)),
        empty: (folder) => put(folder, path, Buffer.alloc(0)),
        truncate: (folder) => put(folder, path, bytes.subarray(0, -1)),
        'cut to its header': (folder) => put(folder, path, bytes.subarray(0, SEALED_HEADER)),
        append: (folder) => put(folder, path, Buffer.concat([bytes, Buffer.from('x')])),
        'swap with another': (folder) => {
          put(folder, path, readFileSync(join(small.folder, other)));
          put(folder, other, bytes);
        },
      };
      for (const [what, change] of Object.entries(changes)) {
        if (what === 'cut to its header' && bytes.length <= SEALED_HEADER) continue;
        const folder = copy('changed', small);
        change(folder);
        expect((await faults(folder)).length, `${what}: ${path}`).toBeGreaterThan(0);
      }
    }
  });
});

describe('without its key', () => {
  test('what needs none is checked, and it is said what was not', async () => {
    for (const sample of [small, packed]) {
      const { problems, remarks, unchecked } = await verdict(sample.folder, null);
      expect([problems, remarks]).toEqual([[], []]);
      expect(unchecked).toMatch(
        /^no record was read \(wal\/\d{16}\.wal is encrypted at rest with the key [0-9a-f]{16}: give/,
      );
    }
    const wrong = await verdict(packed.folder, others);
    expect(wrong.problems).toEqual([]);
    expect(wrong.unchecked).toContain(`and the key file has only ${others.newest.id}`);
  });

  test('what can be seen is told', async () => {
    const changes: Record<string, (folder: string) => void> = {
      'tile/1/001: it is missing': (folder) => rmSync(join(folder, 'tile/1/001')),
      'pack/00000000.idx: it is missing': (folder) => rmSync(join(folder, indexPath(0))),
      'pack/00000001.pack: it is not as long as its members': (folder) =>
        put(folder, packPath(1), readFileSync(join(packed.folder, packPath(1))).subarray(0, 5000)),
      'at-rest: it is missing': (folder) => rmSync(join(folder, AT_REST)),
      'pack/x: it does not belong': (folder) => writeFileSync(join(folder, 'pack/x'), ''),
      'wal/0000000000065536.wal: it is missing': (folder) => rmSync(join(folder, packPath(1))),
      'pack/00000001.json: its pack is missing': (folder) => rmSync(join(folder, packPath(1))),
      E_TAMPERED: (folder) =>
        put(folder, 'checkpoint', Buffer.from(readFileSync(join(folder, 'checkpoint'), 'utf8').replace('\n1', '\n2'))),
      'log.vkey: it is not the key': (folder) => put(folder, 'log.vkey', Buffer.from('x')),
      'at-rest: it names the key': (folder) =>
        put(
          folder,
          AT_REST,
          Buffer.from(readFileSync(join(folder, AT_REST), 'utf8').replace(keys.newest.id, others.newest.id)),
        ),
    };
    for (const [told, change] of Object.entries(changes)) {
      const folder = copy('keyless', packed);
      change(folder);
      expect((await faults(folder, null)).join('\n'), told).toContain(told);
    }
  });
});

describe('packs', () => {
  test('are found whole; each kind of byte is guarded', async () => {
    const folder = copy('pack-flips', packed);
    expect(await verdict(folder, keys)).toMatchObject({ problems: [], remarks: [], unchecked: null });
    for (const path of [packPath(0), notesPath(1), indexPath(1)]) {
      const bytes = readFileSync(join(folder, path));
      const ends = [SEALED_HEADER, SEALED_HEADER + CHUNK, bytes.length - 1];
      const all = [7, 8, SEALED_HEADER + CHUNK + TAG, bytes.length - TAG - 1, 0, 16, 48];
      const classes = path === packPath(0) ? [...ends, ...(FULL ? all : [8])] : [100];
      for (const at of classes.filter((place) => place < bytes.length)) {
        put(folder, path, flipped(bytes, at * 8 + 1));
        expect((await faults(folder)).length, `byte ${at} of ${path}`).toBeGreaterThan(0);
      }
      put(folder, path, bytes);
    }
  });

  test('that were swapped, changed, or have no lengths are told in words', async () => {
    const folder = copy('swapped', packed);
    renameSync(join(folder, packPath(0)), join(folder, 'third'));
    renameSync(join(folder, packPath(1)), join(folder, packPath(0)));
    renameSync(join(folder, 'third'), join(folder, packPath(1)));
    const swapped = (await faults(folder)).join('\n');
    for (const n of [0, 1])
      expect(swapped).toContain(
        `${packPath(n)} was not encrypted as this file of this log: its header was changed, or another file was put in its place`,
      );
    const changed = copy('swapped', packed);
    put(changed, packPath(0), flipped(readFileSync(join(changed, packPath(0))), 8 * (SEALED_HEADER + 9)));
    expect((await faults(changed))[0]).toMatch(
      /^records 0\.\.\d+: pack\/00000000\.pack: bytes 80 and on are not as they were encrypted: changed, moved or cut off$/,
    );
    const lengthless = copy('swapped', packed);
    rmSync(join(lengthless, indexPath(0)));
    const told = (await faults(lengthless)).join('\n');
    expect(told).toContain(
      'pack/00000000.idx is missing: without it nobody knows where the records of pack/00000000.pack begin',
    );
    expect(told).not.toContain('ENOENT');
    expect(filesIn(lengthless)).toContain(walPath(2 * PACK_RECORDS));
  });
});
