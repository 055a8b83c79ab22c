import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import type { Input } from '../evidence/index.ts';
import { parsers } from '../parsers/index.ts';
import { takeIn } from './intake.ts';
import { Pool } from './pool.ts';
import type { PieceBody, Reading } from './reading.ts';
import { KnownContent } from './same-content.ts';

const SIZE = 129 * 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'spoor-intake-'));
const path = join(folder, 'auth.log');
const dispatch = createDispatch(parsers);
const zone = new Zone('UTC');
let sha256 = '';

beforeAll(async () => {
  writeFileSync(
    path,
    'Mar  8 02:11:09 web1 sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2\n'.repeat(4000),
  );
  truncateSync(path, SIZE); // the rest is a hole: no room on the disk
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  sha256 = hash.digest('hex');
});
afterAll(() => rmSync(folder, { recursive: true }));

const input: Input = {
  path,
  container: null,
  size: SIZE,
  mtimeMs: 0,
  plainFile: path,
  open: async function* () {},
  changed: () => null,
};

const reading = (isAlone: boolean): Reading => ({
  dispatch,
  zone,
  endMs: null,
  presentMs: 0,
  known: new KnownContent(zone, () => ''),
  stopped: () => false,
  isAlone: () => isAlone,
});

test('pieces of a long file can be read by any thread when there are several', async () => {
  const intake = takeIn(input, reading(false));
  const pieces: PieceBody[] = [];
  for await (const piece of intake.pieces) pieces.push(piece);
  expect(pieces.map(({ file }) => file?.ahead)).toEqual(pieces.map(() => null));
  expect(await intake.hashed()).toEqual({ size: SIZE, sha256 });
});

test('a file that cannot be cut into pieces leaves no thread that waits for its reader', async () => {
  const broken = Object.defineProperty({ ...input }, 'mtimeMs', {
    get: () => {
      throw new Error('a disk that fails');
    },
  });
  const intake = takeIn(broken, reading(true));
  await expect(intake.pieces[Symbol.asyncIterator]().next()).rejects.toThrow('a disk that fails');
  expect(await intake.hashed()).toEqual({ size: SIZE, sha256 });
});

test('whether a thread reads alone is told from all that was read before, too', async () => {
  const window = { sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
  const pool = new Pool(dispatch, { zone: 'UTC', hostZones: {}, ...window });
  expect(pool.isAlone(SIZE)).toBe(true);
  const file = { path: join(folder, 'none'), offset: 0, length: 2 ** 30 - SIZE, ahead: null };
  const years = { base: 1970, endMs: 0 };
  await pool.read({ task: 0, label: '', path, bytes: null, file, binary: null, years, mark: null, head: null }, 0);
  expect(pool.isAlone(SIZE - 1)).toBe(true);
  expect(pool.isAlone(SIZE)).toBe(availableParallelism() === 1);
});
