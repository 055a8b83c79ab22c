import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CrashDisk } from '../../test/crash-disk.ts';
import { appendSample, type SampleLedger, sampleLedger } from '../../test/ledger-sample.ts';
import { vectors } from '../../test/vectors/ledger.ts';
import { leafHash, provesConsistency, provesInclusion } from '../core/tlog/merkle.ts';
import { formatNote, parseVerifierKey, privateKeyOf, signText } from '../core/tlog/note.ts';
import { parsePolicy } from '../core/tlog/policy.ts';
import { realDisk } from './disk.ts';
import { joinedRecord } from './joined-record.ts';
import { Log } from './log.ts';
import { PACK_RECORDS } from './pack.ts';
import { checkEntryProof, formatSpicy, formatTlogProof, parseEntryProof } from './proof-text.ts';
import { AuthenticTree, provenEntry } from './prove.ts';
import { LedgerReader } from './reader.ts';
import { remoteLog } from './remote.ts';
import { serveLedger } from './serve.ts';
import type { LedgerSource } from './source.ts';
import { staticTree, writeStaticTree } from './static-tree.ts';
import { Edge, formatBundle, TILE_WIDTH, tilePath } from './tile.ts';
import { policyOf, verifyServed } from './verdict.ts';

const FULL = process.env['SPOOR_FULL'] !== undefined;
const hex = (text: string) => Buffer.from(text, 'hex');
const tampered = (message: RegExp) =>
  expect.objectContaining({ code: 'E_TAMPERED', message: expect.stringMatching(message) });

/** A log in memory, with what was changed in it. */
function memoryLog(entries: readonly Buffer[], note: string, changed = new Map<string, Buffer>()): LedgerSource {
  const tiles = new Map<string, readonly Buffer[]>();
  const edge = new Edge((level, n, hashes) => tiles.set(`${level}/${n}`, [...hashes]));
  for (const entry of entries) edge.append(entry);
  for (const [level, row] of edge.rows.entries())
    if (row.length > 0) tiles.set(`${level}/${Math.floor(edge.size / TILE_WIDTH ** (level + 1))}`, row);
  return {
    name: 'memory',
    checkpoint: async () => note,
    cosigned: async () => null,
    minimum: async () => 0,
    tile: async (level, n, width) => {
      const bytes = changed.get(tilePath({ level, n, width }));
      if (bytes) return Array.from({ length: width }, (_, at) => bytes.subarray(at * 32, at * 32 + 32));
      return (tiles.get(`${level}/${n}`) ?? []).slice(0, width);
    },
    bundle: async (n, width) => {
      const bytes =
        changed.get(tilePath({ level: 'entries', n, width })) ?? formatBundle(entries.slice(n * 256, n * 256 + width));
      const { parseBundle } = await import('./tile.ts');
      return parseBundle(bytes, width);
    },
  };
}

describe('the vectors', () => {
  const log = vectors.large_log;
  const entries = Array.from({ length: 70_000 }, (_, i) => Buffer.from(`lrec/1 raw\nseq=${i}\n\nline ${i}`));
  const key = () => parseVerifierKey(vectors.keys.log_key_1.vkey);

  test('proofs come out of tiles as the large log has them, for any size', async () => {
    const tree = await AuthenticTree.open(memoryLog(entries, log.signed), 70_000, hex(log.root));
    for (const { index, proof } of log.inclusion)
      expect((await tree.inclusionProof(index)).map((hash) => hash.toString('hex'))).toEqual(proof);
    for (const { from, proof } of log.consistency)
      expect((await tree.consistencyProof(from)).map((hash) => hash.toString('hex'))).toEqual(proof);
    for (const [size, root] of Object.entries(log.roots_at)) {
      const at = await tree.rootAt(Number(size));
      expect(at.toString('hex')).toBe(root);
      const last = Number(size) - 1;
      const proof = await tree.inclusionProof(last, Number(size));
      expect(provesInclusion(BigInt(last), BigInt(size), leafHash(entries[last] as Buffer), proof, at)).toBe(true);
      expect(
        provesConsistency(BigInt(size), 70_000n, await tree.consistencyProof(Number(size)), at, hex(log.root)),
      ).toBe(true);
    }
    for (const wrong of [-1, 70_000, 1.5, Number.NaN])
      await expect(tree.inclusionProof(wrong)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await expect(tree.consistencyProof(5, 70_001)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('a forged hash in a tile is refused (CVE-2026-56865), whichever tile it is in', async () => {
    const forged = hex(vectors.tile_authentication_trap.forged_hash);
    for (const name of [
      { level: 0, n: 0, width: 256 },
      { level: 0, n: 272, width: 256 },
      { level: 0, n: 273, width: 112 },
      { level: 1, n: 0, width: 256 },
      { level: 1, n: 1, width: 17 },
      { level: 2, n: 0, width: 1 },
    ]) {
      const good = Buffer.concat(await memoryLog(entries, log.signed).tile(name.level, name.n, name.width));
      const source = memoryLog(
        entries,
        log.signed,
        new Map([[tilePath(name), Buffer.concat([forged, good.subarray(32)])]]),
      );
      const read = async () => {
        const tree = await AuthenticTree.open(source, 70_000, hex(log.root));
        await tree.tile(name.level, name.n);
        return tree.leaf(0);
      };
      await expect(read(), tilePath(name)).rejects.toEqual(tampered(/under the checkpoint/));
      if (!FULL && name.width === 256) continue; // all of a log is read for one tile of each level
      const { problems } = await verifyServed(source, { policy: policyOf([key()]), remembered: [] });
      expect(problems.map(({ where }) => where)).toContain(tilePath(name));
    }
  });

  test('entries behind the end of a bundle are refused', async () => {
    for (const [n, width] of [
      [100, 256],
      [273, 112],
    ] as const) {
      const good = formatBundle(entries.slice(n * 256, n * 256 + width));
      const path = tilePath({ level: 'entries', n, width });
      const source = memoryLog(entries, log.signed, new Map([[path, Buffer.concat([good, hex('00046576696c')])]]));
      const { problems } = await verifyServed(source, { policy: policyOf([key()]), remembered: [] });
      expect(problems).toContainEqual({
        where: `records ${n * 256}..${n * 256 + width - 1}`,
        what: `a bundle of ${width} entries has 6 bytes more`,
      });
    }
  });

  test('proof texts are those of the small log, and are checked', () => {
    const small = vectors.small_log;
    const entry = hex(small.entries_hex[1]);
    const policy = parsePolicy(small.tlog_policy);
    for (const [text, format] of [
      [small.tlog_proof_index_1, formatTlogProof],
      [small.spicy_file_index_1, formatSpicy],
    ] as const) {
      const proof = parseEntryProof(text);
      expect(format(proof)).toBe(text);
      expect(checkEntryProof(proof, entry, policy).witnessedBy).toHaveLength(1);
      expect(() => checkEntryProof(proof, hex(small.entries_hex[2]), policy)).toThrow(tampered(/is not record 1/));
      expect(() => checkEntryProof({ ...proof, index: 2n }, entry, policy)).toThrow(tampered(/is not record 2/));
      expect(() => checkEntryProof({ ...proof, checkpoint: small.checkpoints[5].signed }, entry, policy)).toThrow(
        tampered(/too few witnesses/),
      );
    }
    const extra = { ...parseEntryProof(small.tlog_proof_index_1), extra: Buffer.from('a note') };
    expect(parseEntryProof(formatTlogProof(extra))).toEqual(extra);
    for (const bad of [
      '',
      'index 1',
      'index 01\n\nx',
      'index 1\nAAAA\n\nx',
      small.tlog_proof_index_1.replace('index', 'Index'),
    ])
      expect(() => parseEntryProof(bad)).toThrow(expect.objectContaining({ code: 'E_MALFORMED' }));
  });
});

describe('a ledger that is served', () => {
  let base = '';
  let sample: SampleLedger;
  let reader: LedgerReader;
  let server: Server;
  let url = '';
  const SIZE = PACK_RECORDS + 302;

  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'spoor-serve-'));
    sample = await sampleLedger(join(base, 'ledger'));
    reader = await LedgerReader.open(realDisk(sample.folder));
    await appendSample(sample.ledger, PACK_RECORDS + 300);
    await sample.ledger.seal();
    await sample.ledger.pack();
    await sample.ledger.seal();
    const answer = serveLedger(reader, { token: 'a-token' });
    server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await reader.close();
    await sample.ledger.close();
    rmSync(base, { recursive: true, force: true });
  });

  const auditor = { authorization: 'Bearer a-token' };

  test('has the paths and headers of the specification', async () => {
    const checkpoint = await fetch(`${url}checkpoint`);
    expect([
      checkpoint.status,
      checkpoint.headers.get('content-type'),
      checkpoint.headers.get('cache-control'),
    ]).toEqual([200, 'text/plain; charset=utf-8', 'no-cache']);
    expect(await checkpoint.text()).toBe(await reader.checkpoint());
    const tile = await fetch(`${url}tile/0/000`);
    expect([tile.headers.get('content-type'), tile.headers.get('cache-control')]).toEqual([
      'application/octet-stream',
      'public, max-age=31536000, immutable',
    ]);
    expect((await tile.arrayBuffer()).byteLength).toBe(8192);
    expect(Buffer.from(await (await fetch(`${url}tile/0/000.p/7`)).arrayBuffer())).toEqual(
      Buffer.concat((await reader.tile(0, 0, 256)).slice(0, 7)),
    );
    for (const path of [
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/0/257.p/47',
      'tile/0/258',
      'tile/3/000.p/1',
      'tile/64/000',
      'head',
      'wal',
      'signer/key',
      '../head',
      '',
    ])
      expect((await fetch(`${url}${path}`)).status, path).toBe(404);
    expect((await fetch(`${url}checkpoint`, { method: 'POST' })).status).toBe(405);
    const head = await fetch(`${url}tile/1/000`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '8192']);
  });

  test('shows entries to the token only, compressed as they are stored', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer a-toke' },
      { authorization: 'Bearer a-token2' },
      { authorization: 'Basic a-token' },
    ])
      expect((await fetch(`${url}tile/entries/000`, { headers })).status).toBe(401);
    const zipped = await fetch(`${url}tile/entries/000`, { headers: { ...auditor, 'accept-encoding': 'gzip' } });
    const plain = await fetch(`${url}tile/entries/000`, { headers: { ...auditor, 'accept-encoding': 'identity' } });
    expect([zipped.headers.get('content-encoding'), plain.headers.get('content-encoding')]).toEqual(['gzip', null]);
    const bundle = formatBundle(await reader.bundle(0, 256));
    expect(Buffer.from(await zipped.arrayBuffer())).toEqual(bundle);
    expect(Buffer.from(await plain.arrayBuffer())).toEqual(bundle);
    expect(gunzipSync((await reader.storedBundle(0)) as Buffer)).toEqual(bundle);
    expect((await fetch(`${url}tile/entries/000.p/3`, { headers: auditor })).status).toBe(200);
  });

  test('is verified from afar, and not without the token', async () => {
    const expected = { policy: policyOf([sample.key]), remembered: [] };
    const verdict = await verifyServed(remoteLog(url, { token: 'a-token' }), expected);
    expect([verdict.size, verdict.problems]).toEqual([SIZE, []]);
    await expect(verifyServed(remoteLog(url), expected)).rejects.toMatchObject({
      code: 'E_UNREADABLE', // and is no fault of the log
      message: expect.stringContaining('shown only to an auditor'),
    });
  });

  test('as a static tree is the same log, which grows with it', async () => {
    const folder = join(base, 'tree');
    expect(await writeStaticTree(reader, folder, [sample.key])).toBe(SIZE);
    const expected = { policy: policyOf([sample.key]), remembered: [] };
    expect((await verifyServed(staticTree(folder), expected)).problems).toEqual([]);
    await appendSample(sample.ledger, 300, 90_000);
    await sample.ledger.seal();
    expect(await writeStaticTree(reader, folder, [sample.key])).toBe(SIZE + 300);
    expect((await verifyServed(staticTree(folder), expected)).problems).toEqual([]);
  });

  test('each record is proved while more are appended', async () => {
    const note = (await reader.checkpoint()) as string;
    const size = Number(note.split('\n')[1]);
    const tree = await AuthenticTree.open(reader, size, Buffer.from(note.split('\n')[2] ?? '', 'base64'));
    await appendSample(sample.ledger, 500, 95_000);
    for (const index of [0, 255, 256, PACK_RECORDS - 1, PACK_RECORDS, size - 1]) {
      const entry = await provenEntry(reader, tree, index);
      const text = formatTlogProof({ index: BigInt(index), proof: await tree.inclusionProof(index), checkpoint: note });
      expect(checkEntryProof(parseEntryProof(text), entry, policyOf([sample.key])).met).toBe(true);
      expect(await reader.entry(index)).toEqual(entry);
    }
    await expect(reader.entry(10_000_000)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('a server that lies is not believed', async () => {
    const { key, secret } = { key: sample.key, secret: privateKeyOf(Buffer.alloc(32, 7)) };
    const text = `${key.name}\n2\n${Buffer.alloc(32, 5).toString('base64')}\n`;
    const note = formatNote({ text, signatures: [signText(text, key, secret)] });
    const endless = async () => new Response(Buffer.alloc(20_000_000), { status: 200 });
    const lying = remoteLog('https://ledger.example/', {
      token: 't',
      fetch: async (input) =>
        String(input).endsWith('/checkpoint')
          ? new Response(note)
          : String(input).endsWith('/cosigned')
            ? new Response('', { status: 404 })
            : endless(),
    });
    const { problems } = await verifyServed(lying, { policy: policyOf([key]), remembered: [] });
    expect(JSON.stringify(problems)).toContain('which none can have');
    await expect(remoteLog('http://127.0.0.1:1/').checkpoint()).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    expect(() => remoteLog('file:///etc/passwd')).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

test('a record that was split is joined, whichever part is asked for', async () => {
  const disk = new CrashDisk();
  const { log } = await Log.open({ disk, random: (bytes) => Buffer.alloc(bytes, 7), nowUs: () => 1 });
  const line = { stream: 'a', receivedAtUs: 1_000_000, via: 'udp', peer: 'none' };
  const text = `${'x'.repeat(64_000)}${'y'.repeat(64_000)}z`;
  await log.append([
    { ...line, bytes: Buffer.from('before') },
    { ...line, bytes: Buffer.from(text) },
  ]);
  const reader = await LedgerReader.open(disk);
  for (const index of [1, 2, 3]) {
    const { record, first, last } = await joinedRecord((at) => reader.entry(at), index);
    expect([record.payload.toString() === text, first, last]).toEqual([true, 1, 3]);
  }
  expect((await joinedRecord((at) => reader.entry(at), 0)).last).toBe(0);
});
