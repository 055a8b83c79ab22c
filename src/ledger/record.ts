import { AppError } from '../core/errors.ts';
import { MAX_ENTRY } from './tile.ts';

// A record of the ledger is one leaf: a header of lines, an empty line, and the payload exactly as it was received.

/** Kinds of records, each with the keys of its header in their order; those in brackets may be absent. */
const KINDS = {
  genesis: 'rt origin salt [prev-origin] [prev-checkpoint-sha256]',
  raw: 'stream seq rt via peer [aseq] [fpos] [enc] [kid] [part]',
  ref: 'stream seq rt via peer size [aseq] [fpos]',
  seal: 'stream seq rt agent session first last',
  gap: 'stream seq rt first last',
  beat: 'stream seq rt interval',
  clock: 'stream seq rt from to',
  key: 'rt vkey',
  conf: 'rt',
  hold: 'rt id [stream] [first] [last] reason',
  release: 'rt id',
  prune: 'rt minimum policy who',
  erase: 'rt blob first last who',
  anchor: 'rt kind size',
  act: 'rt who what about',
  fill: 'rt',
} as const;

export type RecordKind = keyof typeof KINDS;

/** One record. */
export interface LedgerRecord {
  readonly kind: RecordKind;
  readonly fields: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

/** Bytes of what a source sent as a record, or as a part of one: also where its payload was erased. */
export function sentBytes({ kind, fields, payload }: LedgerRecord): number {
  return kind === 'ref' ? Number(fields['size']) : payload.length;
}

/** The longest header, bytes. */
export const MAX_HEADER = 2048;
/** The longest payload in one record; a longer one is split into parts, or kept beside the tree. */
export const MAX_PAYLOAD = 64_000;

interface Key {
  readonly name: string;
  readonly optional: boolean;
}

const KEYS = new Map<string, readonly Key[]>(
  Object.entries(KINDS).map(([kind, keys]) => [
    kind,
    keys.split(' ').map((key) => ({ name: key.replace(/[[\]]/g, ''), optional: key.startsWith('[') })),
  ]),
);

/** A record as an entry's bytes. Throws E_MALFORMED for a header that the kind does not have, E_TOO_LARGE for what is too long. */
export function formatRecord({ kind, fields, payload }: LedgerRecord): Buffer {
  const header = Buffer.from(`${formatHeader(kind, fields)}\n`, 'latin1');
  if (header.length > MAX_HEADER)
    throw new AppError('E_TOO_LARGE', `a record's header of ${header.length} bytes: the most is ${MAX_HEADER}`);
  if (header.length + payload.length > MAX_ENTRY)
    throw new AppError('E_TOO_LARGE', `a record of ${header.length + payload.length} bytes: the most is ${MAX_ENTRY}`);
  return Buffer.concat([header, payload]);
}

function formatHeader(kind: RecordKind, fields: Readonly<Record<string, string>>): string {
  const keys = KEYS.get(kind) as readonly Key[];
  const known = new Set(keys.map(({ name }) => name));
  for (const name of Object.keys(fields))
    if (!known.has(name)) throw new AppError('E_MALFORMED', `a ${kind} record has no ${name.slice(0, 40)}`);
  let header = `lrec/1 ${kind}\n`;
  for (const { name, optional } of keys) {
    const value = fields[name];
    if (value !== undefined) header += `${name}=${escapeValue(value)}\n`;
    else if (!optional) throw new AppError('E_MALFORMED', `a ${kind} record without ${name}`);
  }
  return header;
}

const PLAIN = /^[ -$&-~]*$/;

/** A header's value: bytes outside of printable ASCII, and %, as %HH of their UTF-8. */
export function escapeValue(value: string): string {
  if (PLAIN.test(value)) return value;
  let escaped = '';
  for (const byte of Buffer.from(value))
    escaped +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return escaped;
}

/** A record's header as it stands, and where its payload begins; its spelling is not looked at. Throws E_MALFORMED. */
export function readHeader(entry: Buffer): {
  readonly kind: string;
  readonly fields: Record<string, string>;
  readonly end: number;
} {
  const end = entry.subarray(0, MAX_HEADER).indexOf('\n\n');
  if (end < 0) throw new AppError('E_MALFORMED', 'a record has no end of its header');
  const [first = '', ...lines] = entry.toString('latin1', 0, end).split('\n');
  const fields: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at < 1) throw new AppError('E_MALFORMED', 'a line of a record’s header is not key=value');
    fields[line.slice(0, at)] = unescapeValue(line.slice(at + 1));
  }
  return { kind: first.startsWith('lrec/1 ') ? first.slice(7) : '', fields, end };
}

/** An entry's bytes as a record. Throws E_MALFORMED for what `formatRecord` would not have written: a record has one spelling. */
export function parseRecord(entry: Buffer): LedgerRecord {
  const { kind, fields, end } = readHeader(entry);
  if (!KEYS.has(kind)) throw new AppError('E_MALFORMED', `a record of kind "${kind.slice(0, 40)}"`);
  const record = { kind: kind as RecordKind, fields, payload: entry.subarray(end + 2) };
  if (formatHeader(record.kind, fields) !== entry.toString('latin1', 0, end + 1))
    throw new AppError('E_MALFORMED', 'a record’s header is not in its one right spelling');
  return record;
}

function unescapeValue(value: string): string {
  if (!value.includes('%')) return value;
  const bytes = value.replace(/%([0-9A-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Microseconds since 1970 as `rt` has them: RFC 3339, UTC, six digits. */
export function formatTime(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(us - seconds * 1_000_000).padStart(6, '0')}Z`;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?<us>\d{6})Z$/;

/** The microseconds of an `rt`. Throws E_MALFORMED. */
export function parseTime(text: string): number {
  const us = TIME.exec(text)?.groups?.['us'];
  const ms = Date.parse(`${text.slice(0, 19)}Z`);
  if (us === undefined || Number.isNaN(ms))
    throw new AppError('E_MALFORMED', `"${text.slice(0, 40)}" is no time of a record`);
  return ms * 1000 + Number(us);
}
