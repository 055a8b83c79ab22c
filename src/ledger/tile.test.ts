import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vectors } from '../../test/vectors/ledger.ts';
import { foldRow, leafHash } from '../core/tlog/merkle.ts';
import { formatRecord, formatTime, parseRecord, parseTime } from './record.ts';
import { Edge, formatBundle, parseBundle, parseTile, parseTilePath, type TileName, tilePath, tilesOf } from './tile.ts';

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'hex');
const tampered = expect.objectContaining({ code: 'E_TAMPERED' });

/** The tiles at the edge of a tree, by path. */
function partialTiles({ rows, size }: Edge): [string, Buffer][] {
  const named = rows.map((row, level) => ({ row, level, n: Math.floor(size / 256 ** (level + 1)) }));
  return named
    .filter(({ row }) => row.length > 0)
    .map(({ row, level, n }) => [tilePath({ level, n, width: row.length }), Buffer.concat(row)]);
}

describe('tiles', () => {
  test('have the paths of the vectors', () => {
    for (const { level, n, width, path } of vectors.tile_paths) {
      const name = { level: level === 'entries' ? level : Number(level), n, width };
      expect(tilePath(name)).toBe(path);
      expect(parseTilePath(path)).toEqual(name);
    }
  });

  test('a path has one spelling', () => {
    for (const path of [
      'tile/00/000',
      'tile/0/0',
      'tile/0/x000/001',
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/64/000',
      'tile/0/000/',
      '../tile/0/000',
      'tile/0/001/000',
    ])
      expect(parseTilePath(path), path).toBeNull();
    fc.assert(
      fc.property(fc.nat(63), fc.nat(2 ** 31 - 1), fc.integer({ min: 1, max: 256 }), (level, n, width) => {
        expect(parseTilePath(tilePath({ level, n, width }))).toEqual({ level, n, width });
      }),
    );
  });

  test('the edge has the root of its leaves at every size, and gives each full tile once', () => {
    const tiles: TileName[] = [];
    const edge = new Edge((level, n, hashes) => tiles.push({ level, n, width: hashes.length }));
    const leaves: Buffer[] = [];
    for (let size = 0; size < 1500; size += 1) {
      expect(edge.root()).toEqual(foldRow(leaves));
      const entry = Buffer.from(`entry ${size}`);
      leaves.push(leafHash(entry));
      edge.append(entry);
    }
    expect(tiles).toEqual([...tilesOf(1500)].filter(({ width, level }) => width === 256 && level === 0));
  });

  test('of 70,000 entries are those of the vectors', () => {
    const { large_log: log } = vectors;
    const tiles = new Map<string, Buffer>();
    const edge = new Edge((level, n, hashes) => tiles.set(tilePath({ level, n, width: 256 }), Buffer.concat(hashes)));
    let entries: Buffer[] = [];
    for (let at = 0; at < log.size; at += 1) {
      const known = log.roots_at[String(at)];
      if (known) expect(edge.root().toString('hex')).toBe(known);
      const entry = Buffer.from(`lrec/1 raw\nseq=${at}\n\nline ${at}`);
      edge.append(entry);
      entries.push(entry);
      if (entries.length < 256 && at < log.size - 1) continue;
      const n = Math.floor(at / 256);
      tiles.set(tilePath({ level: 'entries', n, width: entries.length }), formatBundle(entries));
      entries = [];
    }
    expect(edge.root().toString('hex')).toBe(log.root);
    for (const [path, tile] of partialTiles(edge)) tiles.set(path, tile);
    for (const [path, digest] of Object.entries({ ...log.tile_sha256, ...log.bundle_sha256 }))
      expect(sha256(tiles.get(path) as Buffer), path).toBe(digest);
    const resumed = Edge.resume(log.size, edge.rows);
    expect(resumed.root()).toEqual(edge.root());
    expect(() => Edge.resume(log.size + 1, edge.rows)).toThrow(tampered);
  });

  test('a bundle holds what was put in, and not a byte more or less', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 }),
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        (given, more) => {
          const entries = given.map((bytes) => Buffer.from(bytes));
          const bundle = formatBundle(entries);
          expect(parseBundle(bundle, entries.length)).toEqual(entries);
          expect(() => parseBundle(Buffer.concat([bundle, more]), entries.length)).toThrow(tampered);
          expect(() => parseBundle(bundle, entries.length + 1)).toThrow(tampered);
          if (bundle.length > 0) expect(() => parseBundle(bundle.subarray(1), entries.length)).toThrow(tampered);
        },
      ),
    );
    expect(() => parseTile(Buffer.alloc(33), 1)).toThrow(tampered);
  });
});

describe('records', () => {
  const raw = {
    kind: 'raw',
    fields: { stream: 'web1/auth', seq: '0', rt: formatTime(1), via: 'udp:192.0.2.1:514', peer: 'none' },
  } as const;

  test('of the vectors are read, and written as they were', () => {
    const { small_log: log, edge_entries, encrypted_record, detached_record } = vectors;
    const entries = [...log.entries_hex, encrypted_record.entry_hex, detached_record.entry_hex].map((text) =>
      Buffer.from(text, 'hex'),
    );
    for (const entry of entries) expect(formatRecord(parseRecord(entry))).toEqual(entry);
    for (const { leaf_hash, bundle_hex } of edge_entries)
      if (bundle_hex)
        expect(leafHash(parseBundle(Buffer.from(bundle_hex, 'hex'), 1)[0] as Buffer).toString('hex')).toBe(leaf_hash);
  });

  test('keep any payload and any value, in one spelling', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        (payload, peer) => {
          const record = { ...raw, fields: { ...raw.fields, peer }, payload: Buffer.from(payload) };
          expect(parseRecord(formatRecord(record))).toEqual(record);
        },
      ),
    );
  });

  test.each([
    ['another order', 'lrec/1 gap\nseq=2\nstream=a\nrt=x\nfirst=1\nlast=2\n\n'],
    ['a key twice', 'lrec/1 gap\nstream=a\nstream=a\nseq=2\nrt=x\nfirst=1\nlast=2\n\n'],
    ['an escape that none needs', 'lrec/1 gap\nstream=%41\nseq=2\nrt=x\nfirst=1\nlast=2\n\n'],
    ['small hex', 'lrec/1 gap\nstream=%c3%a4\nseq=2\nrt=x\nfirst=1\nlast=2\n\n'],
    ['a key that the kind has not', 'lrec/1 gap\nstream=a\nseq=2\nrt=x\nfirst=1\nlast=2\nmore=1\n\n'],
    ['a missing key', 'lrec/1 gap\nstream=a\nseq=2\nrt=x\nfirst=1\n\n'],
    ['no end', 'lrec/1 gap\nstream=a'],
    ['another kind', 'lrec/1 nonsense\nrt=x\n\n'],
    ['another version', 'lrec/2 gap\nstream=a\nseq=2\nrt=x\nfirst=1\nlast=2\n\n'],
  ])('refuse %s', (_, text) => {
    expect(() => parseRecord(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'E_MALFORMED' }));
  });

  test('refuse what is too long', () => {
    const payload = Buffer.alloc(65_535);
    expect(() => formatRecord({ ...raw, payload })).toThrow(expect.objectContaining({ code: 'E_TOO_LARGE' }));
    const fields = { ...raw.fields, peer: 'x'.repeat(3000) };
    expect(() => formatRecord({ ...raw, fields, payload: Buffer.alloc(0) })).toThrow(
      expect.objectContaining({ code: 'E_TOO_LARGE' }),
    );
  });

  test('times keep their microseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (us) => {
        expect(parseTime(formatTime(us))).toBe(us);
      }),
    );
    expect(formatTime(1_767_323_046_000_123)).toBe('2026-01-02T03:04:06.000123Z');
    expect(() => parseTime('2026-01-02T03:04:06Z')).toThrow(expect.objectContaining({ code: 'E_MALFORMED' }));
  });
});
