import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasTool, makeTar, makeZip, through } from '../../test/archives.ts';
import { type Custody, type GatherOptions, gather, isRefusal } from './index.ts';

const MB = 2 ** 20;
const ZEROS = Buffer.alloc(100 * MB);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spoor-bomb-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Blast {
  bytes: number;
  readonly paths: string[];
  readonly refused: string[];
  readonly custody: Custody[];
  /** How much more memory was in use at the worst moment. */
  grownBytes: number;
}

/** Reads a bomb without keeping anything. */
async function blast(name: string, bomb: Buffer, options: GatherOptions = {}): Promise<Blast> {
  const path = join(folder, name);
  writeFileSync(path, bomb);
  const before = process.memoryUsage().rss;
  const found: Blast = { bytes: 0, paths: [], refused: [], custody: [], grownBytes: 0 };
  const onCustody = (custody: Custody) => found.custody.push(custody);
  for await (const one of gather([path], { onCustody, ...options })) {
    found.grownBytes = Math.max(found.grownBytes, process.memoryUsage().rss - before);
    if (isRefusal(one)) found.refused.push(`${one.code} ${one.path.slice(folder.length + 1)}`);
    else found.paths.push(one.path);
    if (isRefusal(one)) continue;
    for await (const piece of one.open()) found.bytes += piece.length;
  }
  expect(found.custody).toMatchObject([{ path, size: bomb.length }]);
  expect(found.grownBytes).toBeLessThan(300 * MB);
  return found;
}

test('10 GB of zeros in 10 MB of gzip end after a hundredth of them', async () => {
  const bomb = Buffer.concat(Array(100).fill(gzipSync(ZEROS)));
  const { bytes, refused } = await blast('zeros.gz', bomb);
  expect(refused).toEqual(['E_TOO_LARGE zeros.gz']);
  expect(bytes).toBeLessThan(150 * MB);
});

test('a bomb in an archive is refused and its neighbours are read', async () => {
  const line = { name: 'a.log', body: Buffer.from('line\n') };
  const bomb = { name: 'bomb.gz', body: gzipSync(ZEROS) };
  const last = { name: 'z.log.gz', body: gzipSync('last\n') };
  const tar = await blast('bomb.tar', makeTar([line, bomb, last]));
  expect(tar.refused).toEqual(['E_TOO_LARGE bomb.tar!/bomb.gz']);
  expect(tar.paths).toHaveLength(3);
  const zip = await blast('bomb.zip', makeZip([line, { name: 'bomb', body: ZEROS }, last]));
  expect(zip.refused).toEqual(['E_TOO_LARGE bomb.zip!/bomb']);
  expect(zip.paths).toHaveLength(3);
});

test.each([
  ['zstd', ['-q', '-c'], 10],
  ['xz', ['-0', '-c'], 2],
  ['bzip2', ['-1', '-c'], 1],
] as const)('%s of zeros', async (program, args, times) => {
  if (!hasTool(program)) return;
  const packed = through(program, args, ZEROS);
  const { bytes, refused } = await blast('zeros', Buffer.concat(Array(times).fill(packed)));
  expect(refused).toEqual(['E_TOO_LARGE zeros']);
  expect(bytes).toBeLessThan(150 * MB);
});

test('zips in zips, like the ones that hold themselves, end at the fourth', async () => {
  let zip = makeZip([{ name: 'deep.log', body: Buffer.from('line\n') }]);
  for (let depth = 0; depth < 30; depth++)
    zip = makeZip([
      { name: 'r.zip', body: zip },
      { name: 'log', body: Buffer.from('x') },
    ]);
  const { refused, paths } = await blast('nested.zip', zip);
  expect(refused).toEqual(['E_TOO_LARGE nested.zip!/r.zip!/r.zip!/r.zip!/r.zip']);
  expect(paths).toHaveLength(4);
});

test('gzip in gzip in gzip ends as well, while a .gz in a .tar.gz in a .tar.gz does not', async () => {
  let gzip: Buffer = Buffer.from('line\n');
  for (let depth = 0; depth < 5; depth++) gzip = gzipSync(gzip);
  expect((await blast('deep.gz', gzip)).refused).toEqual(['E_TOO_LARGE deep.gz']);
  const inner = gzipSync(makeTar([{ name: 'auth.log.2.gz', body: gzipSync('line\n') }]));
  const outer = gzipSync(makeTar([{ name: 'web1.tgz', body: inner }]));
  expect(await blast('hosts.tgz', outer)).toMatchObject({ refused: [], bytes: 5 });
});

test('a tree of zips that share one packed bomb, like 42.zip, stops as a whole', async () => {
  const bomb = makeZip([{ name: 'zeros', body: ZEROS }]);
  const branch = makeZip(Array.from({ length: 16 }, (_, index) => ({ name: `${index}.zip`, body: bomb })));
  const tree = makeZip(Array.from({ length: 16 }, (_, index) => ({ name: `${index}.zip`, body: branch })));
  const { bytes, refused } = await blast('tree.zip', tree);
  expect(bytes).toBeLessThan(2200 * MB);
  expect(refused.at(-1)).toMatch(/^E_TOO_LARGE tree\.zip/);
});

test('more files than anybody has', async () => {
  const many = makeTar(Array.from({ length: 2000 }, (_, index) => ({ name: `${index}`, body: Buffer.from('x') })));
  const { paths, refused } = await blast('many.tar', many, { limits: { maxMembers: 1500 } });
  expect(paths).toHaveLength(1500);
  expect(refused).toEqual(['E_TOO_LARGE many.tar']);
});

test('more bytes than were allowed, in one file and in all', async () => {
  const put = (name: string) => ({ name, body: Buffer.alloc(50_000, name) });
  const tar = makeTar([put('a'), put('b'), put('c')]);
  const member = await blast('member.tar', tar, { limits: { maxMemberBytes: 40_000 } });
  expect(member.refused).toHaveLength(3);
  const total = await blast('total.tgz', gzipSync(tar), { limits: { maxTotalBytes: 80_000 } });
  expect(total.refused.at(-1)).toBe('E_TOO_LARGE total.tgz');
});

test('zstd blocks of one byte each under a huge window', async () => {
  const block = Buffer.from([0b1000, 0, 0, 65]); // raw, one byte, not the last
  const frame = Buffer.concat([Buffer.from('28b52ffd0088', 'hex'), ...Array(200_000).fill(block)]);
  expect((await blast('window.zst', frame)).refused).toEqual(['E_TOO_LARGE window.zst']);
  const beyond = Buffer.concat([Buffer.from('28b52ffd00f8', 'hex'), block]);
  expect((await blast('beyond.zst', beyond)).refused).toEqual(['E_TOO_LARGE beyond.zst']);
});

test('gzip members without content, by the ten thousand', async () => {
  const empty = gzipSync('');
  const bomb = Buffer.concat(Array(50_000).fill(empty));
  expect((await blast('empty.gz', bomb)).refused).toEqual(['E_TOO_LARGE empty.gz']);
});
