import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hashFile } from './file-hash.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-hash-'));
const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, at) => (at * 7 + (at >> 9)) & 255));
const path = join(folder, 'x.log');
writeFileSync(path, bytes);
const sumOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const ON = () => false;

afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['on this thread', Number.POSITIVE_INFINITY],
  ['by a thread', 0],
])('a file is hashed %s', (_, longBytes) => {
  it('to its end, or as far as it is asked for', async () => {
    const whole = { size: bytes.length, sha256: sumOf(bytes) };
    expect(await hashFile(path, bytes.length, ON, longBytes)).toEqual(whole);
    const part = { size: 300_000, sha256: sumOf(bytes.subarray(0, 300_000)) };
    expect(await hashFile(path, 300_000, ON, longBytes)).toEqual(part);
  });

  it('to where it ends by now, if it was cut', async () => {
    expect(await hashFile(path, 2 ** 30, ON, longBytes)).toEqual({ size: bytes.length, sha256: sumOf(bytes) });
  });

  it('without a hash when it is stopped', async () => {
    expect((await hashFile(path, bytes.length, () => true, longBytes)).sha256).toBe('');
  });

  it('and a file that cannot be read is an error', async () => {
    await expect(hashFile(join(folder, 'none'), 10, ON, longBytes)).rejects.toThrow(/ENOENT/);
  });
});
