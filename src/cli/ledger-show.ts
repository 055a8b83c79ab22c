import { printable } from '../core/text.ts';
import type { Policy } from '../core/tlog/policy.ts';
import { AuthenticTree, provenEntry } from '../ledger/prove.ts';
import { type LedgerRecord, parseRecord } from '../ledger/record.ts';
import { detachedOf, type LedgerSource } from '../ledger/source.ts';
import { TILE_WIDTH } from '../ledger/tile.ts';
import { judgedCheckpoint } from '../ledger/verdict.ts';

/** A record as it is shown. */
export interface ShownRecord {
  readonly index: number;
  /** Under the checkpoint, and proved to be. */
  readonly sealed: boolean;
  /** With the payload that a `ref` record stands for, where it is there. */
  readonly record: LedgerRecord;
  /** The payload is gone: only its hash is left, as the payload of this record. */
  readonly erased: boolean;
}

/** Records from one index to another. Those under the checkpoint are proved first. Rejects with E_TAMPERED, E_NOT_FOUND. */
export async function* recordsIn(
  source: LedgerSource,
  policy: Policy,
  { first, last }: { readonly first: number; readonly last: number },
): AsyncGenerator<ShownRecord> {
  const { judged } = await judgedCheckpoint(source, policy);
  const size = Number(judged.checkpoint.size);
  const tree = await AuthenticTree.open(source, size, judged.checkpoint.root);
  for (let index = first; index <= last; index += 1) {
    const sealed = index < size;
    const entry = sealed ? await provenEntry(source, tree, index) : await behind(source, index);
    yield { index, sealed, ...(await whole(source, index, parseRecord(entry))) };
  }
}

/** With its payload, where that is kept beside the log and was not erased. It has the hash that the record states. */
async function whole(
  source: LedgerSource,
  index: number,
  record: LedgerRecord,
): Promise<Pick<ShownRecord, 'record' | 'erased'>> {
  if (record.kind !== 'ref' || source.detached === undefined) return { record, erased: false };
  const found = await detachedOf(source, { index, record });
  return found === null ? { record, erased: true } : { record: { ...record, payload: found.payload }, erased: false };
}

async function behind(source: LedgerSource, index: number): Promise<Buffer> {
  const entries = await source.bundle(Math.floor(index / TILE_WIDTH), (index % TILE_WIDTH) + 1);
  return entries[index % TILE_WIDTH] as Buffer;
}

/** As two lines for a terminal: a sender's text commands nothing there. */
export function recordText({ index, sealed, record, erased }: ShownRecord): string {
  const { rt = '', stream, seq, ...rest } = record.fields;
  const place =
    stream === undefined ? record.kind : `${stream} ${seq}${record.kind === 'raw' ? '' : ` ${record.kind}`}`;
  const other = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
  const head = [`#${index}`, rt, place, ...other, ...(sealed ? [] : ['NOT SEALED YET'])].join('  ');
  const text = erased ? `erased; its hash is ${record.payload.toString('hex')}` : record.payload.toString('utf8');
  return `${printable(head)}\n    ${printable(text)}\n`;
}

/** As one JSON document: the payload as text where it is UTF-8, else in base64. */
export function recordJson({ index, sealed, record: { kind, fields, payload }, erased }: ShownRecord): string {
  const text = payload.toString('utf8');
  const said = Buffer.from(text).equals(payload) ? { payload: text } : { payloadBase64: payload.toString('base64') };
  return `${JSON.stringify({ index, sealed, kind, fields, ...said, ...(erased && { erased }) })}\n`;
}
