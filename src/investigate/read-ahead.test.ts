import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { ReadAhead } from './read-ahead.ts';

const folder = mkdtempSync(join(tmpdir(), 'spoor-ahead-'));
const path = join(folder, 'x.log');
const ON = () => false;
afterAll(() => rmSync(folder, { recursive: true }));

/** Lines of the given lengths, again and again until they fill `length` bytes. */
function linesOf(lengths: readonly number[], length: number): Buffer {
  const parts: string[] = [];
  for (let size = 0, at = 0; size < length; at += 1) {
    const line = String.fromCharCode(97 + (at % 26)).repeat(lengths[at % lengths.length] as number);
    parts.push(line);
    size += line.length + 1;
  }
  return Buffer.from(`${parts.join('\n')}\n`);
}

test('what is taken is the file, in whole lines, and so is what is hashed, whenever one leaves', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 3_000_000 }),
      fc.array(fc.integer({ min: 1, max: 2_000_000 }), { maxLength: 30 }),
      async (lengths, size, asked) => {
        const bytes = linesOf(lengths, size);
        writeFileSync(path, bytes);
        const ahead = new ReadAhead(path, bytes.length, ON);
        let at = 0;
        for (const most of asked) {
          const end = bytes.indexOf(10, Math.min(at + most, bytes.length) - 1) + 1; // a piece ends with a line
          for (let block = ahead.take(at, end - at); at < end && block !== null; block = ahead.take(at, end - at)) {
            expect(block.equals(bytes.subarray(at, at + block.length))).toBe(true);
            expect(block.at(-1)).toBe(10);
            at += block.length;
          }
          expect(at).toBe(end);
        }
        expect(ahead.take(at + 1, 10)).toBeNull();
        ahead.leave();
        expect(ahead.take(at, 10)).toBeNull();
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        expect(await ahead.sum).toEqual({ size: bytes.length, sha256 });
      },
    ),
    { numRuns: 12 }, // each starts a thread
  );
});

test('a file that was cut ends where it ends, and one that is not there gives nothing', async () => {
  writeFileSync(path, 'one\ntwo\n');
  const ahead = new ReadAhead(path, 2 ** 30, ON);
  expect(ahead.take(0, 100)?.toString()).toBe('one\ntwo\n');
  expect(ahead.take(8, 100)).toBeNull();
  expect((await ahead.sum).size).toBe(8);
  const none = new ReadAhead(join(folder, 'none'), 10, ON);
  expect(none.take(0, 10)).toBeNull();
  await expect(none.sum).rejects.toThrow(/ENOENT/);
});

test('a run that is over ends the thread, though nobody has taken what it read', async () => {
  writeFileSync(path, Buffer.alloc(8 * 2 ** 20, 'x\n'));
  let isOver = false;
  const ahead = new ReadAhead(path, 8 * 2 ** 20, () => isOver);
  expect(ahead.take(0, 2 ** 20)?.length).toBe(256 * 1024);
  isOver = true;
  expect((await ahead.sum).sha256).toBe('');
  expect(ahead.take(256 * 1024, 100)).toBeNull();
});

test('from when a run is over nothing is taken, and nobody waits for the thread that was ended', async () => {
  writeFileSync(path, Buffer.alloc(8 * 2 ** 20, 'x\n'));
  const taken = new Promise<Buffer | null>((resolve) => {
    const ahead = new ReadAhead(path, 8 * 2 ** 20, () => {
      process.nextTick(() => resolve(ahead.take(256 * 1024, 100))); // before it is known that the thread is gone
      return true;
    });
    expect(ahead.take(0, 2 ** 20)?.length).toBe(256 * 1024);
  });
  expect(await taken).toBeNull();
}, 20_000); // less than it has patience for a thread
