import { joinedRecord } from '../joined-record.ts';
import { type EntryProof, formatSpicy, formatTlogProof } from '../proof-text.ts';
import { parseRecord } from '../record.ts';
import type { DetachedPayloads } from './detached.ts';
import type { Listed } from './evidence-file.ts';
import type { ProvenEntries } from './proven-entries.ts';

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
  detached: DetachedPayloads,
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
  const held = record.kind === 'ref' ? await detached.of(index) : null;
  if (held !== null) {
    await put(`${index}.salt`, held.salt);
    await put(`${index}.payload`, held.payload);
  }
  return { index, kind: record.kind, fields: record.fields, files };
}
