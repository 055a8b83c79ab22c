import { type Disk, readWhole, writeWhole } from '../disk.ts';
import type { IndexRange } from '../log.ts';
import { PACK_RECORDS } from '../pack.ts';
import { LedgerReader } from '../reader.ts';
import { type LedgerRecord, parseRecord } from '../record.ts';
import { TILE_WIDTH } from '../tile.ts';
import type { BlobWriter } from './blobs.ts';

// While payloads are being erased a file says so. What a crash leaves of it is ended when the ledger is opened: an `erase` record that is in
// the log is carried out, and one that is not was never ordered.

const PATH = 'erasing';
const SIZE = /^(?:0|[1-9]\d{0,15})\n$/;

/** Says that `erase` records are about to be written, at `size` or behind. To be called back when their payloads are gone. */
export async function beginErasing(disk: Disk, size: number): Promise<() => Promise<void>> {
  await writeWhole(disk, PATH, [Buffer.from(`${size}\n`)], 0o640);
  return () => ended(disk);
}

async function ended(disk: Disk): Promise<void> {
  await disk.remove(PATH);
  await disk.syncFolder('.');
}

/** Carries out what a crash cut short, or an error of the disk. For the one writer, while nothing is being erased. */
export async function finishErasing(disk: Disk, blobs: Pick<BlobWriter, 'takeOut'>): Promise<void> {
  if (!(await disk.exists(PATH))) return;
  const said = (await readWhole(disk, PATH)).toString('latin1');
  const reader = await LedgerReader.open(disk);
  try {
    const from = Math.max(SIZE.test(said) ? Number(said) : 0, await reader.minimum());
    for await (const { record } of recordsOf(reader, { first: from, last: reader.size - 1 })) {
      if (record.kind !== 'erase') continue;
      const first = Math.max(Number(record.fields['first']), await reader.minimum());
      const refs: { index: number; digest: string }[] = [];
      for await (const one of recordsOf(reader, { first, last: Number(record.fields['last']) }))
        if (one.record.kind === 'ref') refs.push({ index: one.index, digest: one.record.payload.toString('hex') });
      await takeOutPayloads(blobs, refs);
    }
  } finally {
    await reader.close();
  }
  await ended(disk);
}

/** Takes payloads of records out of their files. Resolves with how many were there. */
export async function takeOutPayloads(
  blobs: Pick<BlobWriter, 'takeOut'>,
  refs: readonly { readonly index: number; readonly digest: string }[],
): Promise<number> {
  const digests = new Set(refs.map(({ digest }) => digest));
  const packs = new Set(refs.map(({ index }) => Math.floor(index / PACK_RECORDS)));
  // A ledger of an earlier version may have a payload in the file before its record's.
  const files = new Set([...packs].flatMap((n) => (n === 0 ? [0] : [n - 1, n])));
  let gone = 0;
  for (const n of files) gone += await blobs.takeOut(n, (digest) => digests.has(digest));
  return gone;
}

/** The records of a range, which must be there. */
export async function* recordsOf(
  reader: LedgerReader,
  { first, last }: IndexRange,
): AsyncGenerator<{ readonly index: number; readonly record: LedgerRecord }> {
  for (let at = first; at <= last; ) {
    const end = Math.min(last + 1, (Math.floor(at / TILE_WIDTH) + 1) * TILE_WIDTH);
    for (const entry of await reader.entries(at, end)) {
      yield { index: at, record: parseRecord(entry) };
      at += 1;
    }
  }
}
