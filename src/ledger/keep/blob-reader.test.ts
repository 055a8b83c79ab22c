import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CrashDisk } from '../../../test/crash-disk.ts';
import { PACK_RECORDS } from '../pack.ts';
import type { RefRecord } from '../secrecy/detached.ts';
import { BlobReader } from './blob-reader.ts';
import { BLOB_FRAME, BlobWriter, blobFrame, blobPath } from './blobs.ts';

/** What happens to payloads of equal and other lengths, in two files. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ keep: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }), file: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ erase: fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.constant({ read: true }) },
);

class Scene {
  readonly #disk = new CrashDisk();
  readonly #writer = new BlobWriter(this.#disk);
  readonly #reader = new BlobReader(this.#disk);
  readonly #refs: RefRecord[] = [];
  /** Payloads that are there, by index. */
  readonly #there = new Map<number, string>();

  async keep(n: number, lengths: readonly number[]): Promise<void> {
    const kept = lengths.map((length) => ({ n, frame: blobFrame(randomBytes(length), randomBytes) }));
    await this.#writer.keep(kept);
    for (const { digest, bytes } of kept.map(({ frame }) => frame)) {
      const index = n * PACK_RECORDS + this.#refs.length;
      const payload = bytes.subarray(BLOB_FRAME);
      this.#refs.push({ index, record: { kind: 'ref', fields: { size: String(payload.length) }, payload: digest } });
      this.#there.set(index, payload.toString('hex'));
    }
  }

  async erase(which: readonly number[]): Promise<void> {
    const gone = which.map((nth) => this.#refs[nth]).filter((ref) => ref !== undefined);
    const digests = new Set(gone.map(({ record }) => record.payload.toString('hex')));
    for (const n of [0, 1]) await this.#writer.takeOut(n, (digest) => digests.has(digest));
    for (const { index } of gone) this.#there.delete(index);
  }

  async read(): Promise<void> {
    const found = await this.#reader.find(this.#refs);
    expect(new Map([...found].map(([index, { payload }]) => [index, payload.toString('hex')]))).toEqual(this.#there);
  }
}

test('finds what is in the files at that time, whatever was taken out and added since it looked last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const scene = new Scene();
      for (const one of [...steps, { read: true }])
        if ('keep' in one) await scene.keep(one.file, one.keep);
        else if ('erase' in one) await scene.erase(one.erase);
        else await scene.read();
    }),
    { numRuns: 200 },
  );
});

test('tells a payload that is behind damage from one that was erased', async () => {
  const disk = new CrashDisk();
  const writer = new BlobWriter(disk);
  const kept = ['one', 'two'].map((text) => ({ n: 0, frame: blobFrame(Buffer.from(text), randomBytes) }));
  await writer.keep(kept);
  await writer.close();
  const refs = kept.map(({ frame }, index) => ({
    index,
    record: { kind: 'ref' as const, fields: { size: '3' }, payload: frame.digest },
  }));
  const file = await disk.open(blobPath(0), 'change');
  await file.write([Buffer.from('x')], (await file.size()) - 1);
  const reader = new BlobReader(disk);
  expect([...(await reader.find(refs.slice(0, 1))).keys()]).toEqual([0]);
  await expect(reader.find(refs)).rejects.toMatchObject({ code: 'E_TAMPERED' });
});
