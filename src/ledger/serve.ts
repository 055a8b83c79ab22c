import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AppError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { parseCheckpoint } from '../core/tlog/checkpoint.ts';
import { splitNote } from '../core/tlog/note.ts';
import type { LedgerReader } from './reader.ts';
import { parseRecord } from './record.ts';
import { detachedIndex } from './secrecy/detached.ts';
import { detachedOf } from './source.ts';
import { formatBundle, hashesAt, parseTilePath, TILE_WIDTH, type TileName } from './tile.ts';

export interface ServeOptions {
  /** Who gives it may read entries; null: nobody may. */
  readonly token: string | null;
  /** Told of what went wrong on our side. */
  readonly onError?: (error: unknown) => void;
}

const unzip = promisify(gunzip);
const MAX_BUNDLE = TILE_WIDTH * 65_537;
const IMMUTABLE = 'max-age=31536000, immutable';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const said = (status: number, text: string, headers?: Answer['headers']): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: Buffer.from(`${text}\n`),
  ...(headers && { headers }),
});

/**
 * Answers requests for a log at the paths of tlog-tiles: `/checkpoint`, `/tile/…`, and to who has the token `/tile/entries/…` and
 * `/detached/INDEX` (ours: salt and payload of a `ref` record, in one piece; their SHA-256 is what the record states). Any width of a partial tile up to the signed size is served, for ever. What is not signed yet, or was given up, is not found.
 */
export function serveLedger(
  reader: LedgerReader,
  options: ServeOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const answer = await answerTo(reader, request, options).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'E_NOT_FOUND') return said(404, printable(error.message));
      options.onError?.(error);
      return said(500, 'the ledger cannot be read');
    });
    const { status, type, body, headers } = answer;
    response.writeHead(status, {
      'content-type': type,
      'content-length': body.length,
      'x-content-type-options': 'nosniff',
      ...(status !== 200 && { 'cache-control': 'no-store' }),
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

async function answerTo(reader: LedgerReader, request: IncomingMessage, { token }: ServeOptions): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return said(405, 'only GET', { allow: 'GET, HEAD' });
  const path = (request.url ?? '').split('?', 1)[0]?.slice(1) ?? '';
  if (path === 'checkpoint') return noteAnswer(await reader.checkpoint());
  if (path === 'minimum') return noteAnswer(`${await reader.minimum()}\n`); // ours: the first record that is kept
  if (path === 'cosigned') return noteAnswer(await reader.cosigned()); // ours: the last one with its quorum
  const [name, index] = [parseTilePath(path), detachedIndex(path)];
  if (name === null && index === null) return said(404, 'not found');
  if ((index !== null || name?.level === 'entries') && !allowed(request, token))
    return said(401, 'entries are shown to an auditor only', { 'www-authenticate': 'Bearer' });
  const signed = await signedSize(reader);
  if (index !== null) return index < signed ? detached(reader, index) : said(404, 'not found');
  return tileAnswer(reader, name as TileName, signed, request);
}

async function tileAnswer(
  reader: LedgerReader,
  name: TileName,
  signed: number,
  request: IncomingMessage,
): Promise<Answer> {
  const level = name.level === 'entries' ? 0 : name.level;
  if (name.n * TILE_WIDTH + name.width > hashesAt(level, signed)) return said(404, 'not found');
  return name.level === 'entries' ? bundle(reader, name, request) : tile(reader, { ...name, level });
}

/** What a `ref` record is of, as it is hashed: its salt, then its payload. It may be erased at any time, so nobody is to keep it. */
async function detached(reader: LedgerReader, index: number): Promise<Answer> {
  const record = parseRecord(await reader.entry(index));
  if (record.kind !== 'ref') return said(404, `record ${index} has its payload in itself`);
  const found = await detachedOf(reader, { index, record });
  if (found === null) return said(404, `the payload of record ${index} was erased`);
  return {
    status: 200,
    type: 'application/octet-stream',
    body: Buffer.concat([found.salt, found.payload]),
    headers: { 'cache-control': 'no-store' },
  };
}

function noteAnswer(note: string | null): Answer {
  if (note === null) return said(404, 'not found');
  return {
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: Buffer.from(note),
    headers: { 'cache-control': 'no-cache' },
  };
}

async function signedSize(reader: LedgerReader): Promise<number> {
  const note = await reader.checkpoint();
  return note === null ? 0 : Number(parseCheckpoint(splitNote(note).text).size);
}

// Digests are compared: they have one length, and their bytes tell nothing of how far a guess was right.
function allowed({ headers }: IncomingMessage, token: string | null): boolean {
  const given = /^Bearer +(?<token>[\x21-\x7e]+)$/i.exec(headers.authorization ?? '')?.groups?.['token'];
  if (token === null || token === '' || given === undefined) return false;
  return timingSafeEqual(Buffer.from(hash('sha256', given)), Buffer.from(hash('sha256', token)));
}

async function tile(reader: LedgerReader, { level, n, width }: TileName & { level: number }): Promise<Answer> {
  const hashes = await reader.tile(level, n, width);
  return {
    status: 200,
    type: 'application/octet-stream',
    body: Buffer.concat(hashes),
    headers: { 'cache-control': `public, ${IMMUTABLE}` },
  };
}

async function bundle(reader: LedgerReader, { n, width }: TileName, { headers }: IncomingMessage): Promise<Answer> {
  const stored = width === TILE_WIDTH ? await reader.storedBundle(n) : null;
  const zipped = stored !== null && /(?:^|,)\s*gzip\s*(?:,|$)/i.test(String(headers['accept-encoding'] ?? ''));
  const body = stored === null ? formatBundle(await reader.bundle(n, width)) : zipped ? stored : await unzipped(stored);
  return {
    status: 200,
    type: 'application/octet-stream',
    body,
    headers: {
      'cache-control': `private, ${IMMUTABLE}`,
      vary: 'accept-encoding, authorization',
      ...(zipped && { 'content-encoding': 'gzip' }),
    },
  };
}

const unzipped = (stored: Buffer) => unzip(stored, { maxOutputLength: MAX_BUNDLE });
