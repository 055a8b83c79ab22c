import { joinedRecord } from '../joined-record.ts';
import { type EntryProof, formatSpicy, formatTlogProof } from '../proof-text.ts';
import type { AuthenticTree } from '../prove.ts';
import { type LedgerRecord, parseRecord } from '../record.ts';
import type { LedgerSource } from '../source.ts';
import { TILE_WIDTH } from '../tile.ts';
import type { Listed } from './evidence-file.ts';

/** What a record of kind `ref` is of: kept beside the log, and perhaps erased since. */
export interface Detached {
  readonly salt: Uint8Array;
  readonly payload: Uint8Array;
}

/** Finds what a `ref` record is of; null when it is gone. */
export type FindDetached = (index: number, record: LedgerRecord) => Promise<Detached | null>;

/** Entries one after the other, proved; a bundle is read once for its neighbours. */
export class ProvenEntries {
  readonly #source: LedgerSource;
  readonly #tree: AuthenticTree;
  #held: { readonly n: number; readonly entries: readonly Buffer[] } | null = null;

  constructor(source: LedgerSource, tree: AuthenticTree) {
    this.#source = source;
    this.#tree = tree;
  }

  async at(index: number): Promise<Buffer> {
    const n = Math.floor(index / TILE_WIDTH);
    if (this.#held?.n !== n) {
      const entries = await this.#source.bundle(n, Math.min(TILE_WIDTH, this.#tree.size - n * TILE_WIDTH));
      this.#held = { n, entries };
    }
    const entry = this.#held.entries[index % TILE_WIDTH] as Buffer;
    await this.#tree.prove(index, entry);
    return entry;
  }
}

/** What was written of one record. */
export interface WrittenRecord {
  readonly index: number;
  readonly kind: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

/** Writes a record's bytes and its proof in both forms; for a `ref` what it is of; with its last part, a long record joined. */
export async function writeRecord(
  out: Listed,
  entries: ProvenEntries,
  { index, proof, checkpoint }: Omit<EntryProof, 'index'> & { readonly index: number },
  detached: FindDetached,
): Promise<WrittenRecord> {
  const entry = await entries.at(index);
  const record = parseRecord(entry);
  const files: string[] = [];
  const put = async (name: string, content: Uint8Array | string) => {
    files.push(`records/${name}`);
    await out.put(`records/${name}`, content);
  };
  await put(`${index}.bin`, entry);
  await put(`${index}.bin.spicy`, formatSpicy({ index: BigInt(index), proof, checkpoint }));
  await put(`${index}.tlog-proof`, formatTlogProof({ index: BigInt(index), proof, checkpoint }));
  const { part } = record.fields;
  if (part !== undefined && part.split('/')[0] === part.split('/')[1] && part !== '1/1') {
    const whole = await joinedRecord((at) => entries.at(at), index);
    await put(`${whole.first}.joined`, whole.record.payload);
  }
  const held = record.kind === 'ref' ? await detached(index, record) : null;
  if (held !== null) {
    await put(`${index}.salt`, held.salt);
    await put(`${index}.payload`, held.payload);
  }
  return { index, kind: record.kind, fields: record.fields, files };
}
