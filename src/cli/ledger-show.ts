import { printable } from '../core/text.ts';
import type { Policy } from '../core/tlog/policy.ts';
import { AuthenticTree, provenEntry } from '../ledger/prove.ts';
import { type LedgerRecord, parseRecord } from '../ledger/record.ts';
import type { LedgerSource } from '../ledger/source.ts';
import { TILE_WIDTH } from '../ledger/tile.ts';
import { judgedCheckpoint } from '../ledger/verdict.ts';

/** A record as it is shown. */
export interface ShownRecord {
  readonly index: number;
  /** Under the checkpoint, and proved to be. */
  readonly sealed: boolean;
  readonly record: LedgerRecord;
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
    yield { index, sealed, record: parseRecord(entry) };
  }
}

async function behind(source: LedgerSource, index: number): Promise<Buffer> {
  const entries = await source.bundle(Math.floor(index / TILE_WIDTH), (index % TILE_WIDTH) + 1);
  return entries[index % TILE_WIDTH] as Buffer;
}

/** As two lines for a terminal: a sender's text commands nothing there. */
export function recordText({ index, sealed, record }: ShownRecord): string {
  const { rt = '', stream, seq, ...rest } = record.fields;
  const place =
    stream === undefined ? record.kind : `${stream} ${seq}${record.kind === 'raw' ? '' : ` ${record.kind}`}`;
  const other = Object.entries(rest).map(([key, value]) => `${key}=${value}`);
  const head = [`#${index}`, rt, place, ...other, ...(sealed ? [] : ['NOT SEALED YET'])].join('  ');
  return `${printable(head)}\n    ${printable(record.payload.toString('utf8'))}\n`;
}

/** As one JSON document: the payload as text where it is UTF-8, else in base64. */
export function recordJson({ index, sealed, record: { kind, fields, payload } }: ShownRecord): string {
  const text = payload.toString('utf8');
  const said = Buffer.from(text).equals(payload) ? { payload: text } : { payloadBase64: payload.toString('base64') };
  return `${JSON.stringify({ index, sealed, kind, fields, ...said })}\n`;
}
