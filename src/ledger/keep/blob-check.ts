import type { Disk } from '../disk.ts';
import { PACK_RECORDS } from '../pack.ts';
import type { LedgerRecord } from '../record.ts';
import { isDetached } from '../secrecy/detached.ts';
import { type Findings, tell } from '../verify.ts';
import { type BlobContent, blobNumber, blobPath, readBlobs } from './blobs.ts';

/** Checks that each detached payload is there and is the one that its record stands for, or was erased by a record. */
export class BlobCheck {
  readonly #refs: { readonly index: number; readonly record: LedgerRecord }[] = [];
  readonly #erased: { readonly first: number; readonly last: number }[] = [];

  /** Is to be given each record of the log's own, in order. */
  take(index: number, { kind, fields, payload }: LedgerRecord): void {
    if (kind === 'ref') this.#refs.push({ index, record: { kind, fields, payload: Buffer.from(payload) } });
    if (kind === 'erase') this.#erased.push({ first: Number(fields['first']), last: Number(fields['last']) });
  }

  async run(disk: Disk, findings: Findings): Promise<void> {
    const files = new Map<number, BlobContent>();
    for (const n of (await disk.list('blob')).map(blobNumber).filter((number) => number !== null))
      files.set(n, await readBlobs(disk, n));
    this.#records(files, findings);
    const known = new Set(this.#refs.map(({ record }) => record.payload.toString('hex')));
    for (const [n, { held: payloads, good, bytes }] of files) {
      const strays = [...payloads.keys()].filter((digest) => !known.has(digest)).length;
      if (good < bytes) tell(findings, blobPath(n), `what stands behind byte ${good} is no payload`);
      if (strays > 0) findings.remarks.push(`${blobPath(n)}: ${strays} payloads are of no record that is there`);
    }
  }

  #records(files: ReadonlyMap<number, BlobContent>, findings: Findings): void {
    let erased = 0;
    for (const { index, record } of this.#refs) {
      const there = held(files, index, record);
      const gone = this.#erased.some(({ first, last }) => index >= first && index <= last);
      if (gone) erased += 1;
      if (there && gone) findings.remarks.push(`record ${index} was erased, and its payload is still there`);
      else if (!there && !gone)
        tell(
          findings,
          `record ${index}`,
          'its payload is missing or was changed, and no record says that it was erased',
        );
    }
    if (erased > 0) findings.remarks.push(`${erased} records were erased: their hashes stand, their payloads are gone`);
  }
}

function held(files: ReadonlyMap<number, BlobContent>, index: number, record: LedgerRecord): boolean {
  const n = Math.floor(index / PACK_RECORDS);
  return [n, n - 1].some((number) => {
    const found = files.get(number)?.held.get(record.payload.toString('hex'));
    return found !== undefined && isDetached(record, found.salt, found.payload);
  });
}
