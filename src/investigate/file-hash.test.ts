import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hashFile } from './file-hash.ts';
import { ReadAhead } from './read-ahead.ts';
import type { Sum } from './same-content.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-hash-'));
const bytes = Buffer.from(Array.from({ length: 1_700_001 }, (_, at) => (at * 7 + (at >> 9)) & 255));
const path = join(folder, 'x.log');
writeFileSync(path, bytes);
const sumOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const ON = () => false;

function hashedAhead(file: string, most: number, stopped: () => boolean): Promise<Sum> {
  const ahead = new ReadAhead(file, most, stopped);
  ahead.leave();
  return ahead.sum;
}

afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['on this thread', hashFile],
  ['by a thread that nobody takes from', hashedAhead],
])('a file is hashed %s', (_, hash) => {
  it('to its end, or as far as it is asked for', async () => {
    expect(await hash(path, bytes.length, ON)).toEqual({ size: bytes.length, sha256: sumOf(bytes) });
    const part = { size: 300_000, sha256: sumOf(bytes.subarray(0, 300_000)) };
    expect(await hash(path, 300_000, ON)).toEqual(part);
  });

  it('to where it ends by now, if it was cut', async () => {
    expect(await hash(path, 2 ** 30, ON)).toEqual({ size: bytes.length, sha256: sumOf(bytes) });
  });

  it('and a file that cannot be read is an error', async () => {
    await expect(hash(join(folder, 'none'), 10, ON)).rejects.toThrow(/ENOENT/);
  });
});

it('there is no hash when it is stopped', async () => {
  expect((await hashFile(path, bytes.length, () => true)).sha256).toBe('');
});
