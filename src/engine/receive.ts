import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Work } from './queries.ts';
import type { Asked } from './request.ts';
import type { Body, Scratch } from './scratch.ts';
import { type InsertText, isInsert, StatementError, splitInsert } from './sql-text.ts';

/** How much of requests is taken, bytes, unpacked. */
export interface BodyLimits {
  /** A statement without its data. */
  readonly statement: number;
  /** The data of one INSERT. */
  readonly body: number;
  /** Of all INSERTs that are being received or run. */
  readonly bodies: number;
}

/** Receives requests' bodies. Small ones and statements are kept in memory, data in the scratch folder. */
export class Receiver {
  readonly #scratch: Scratch;
  readonly #limits: BodyLimits;
  #held = 0;

  constructor(scratch: Scratch, limits: BodyLimits) {
    this.#scratch = scratch;
    this.#limits = limits;
  }

  /** Reads the whole request. The work's body, if it has one, must be given to `release`. Throws StatementError for what is not taken. */
  async receive(request: IncomingMessage, asked: Asked): Promise<Work> {
    try {
      return await this.#receive(request, asked);
    } catch (error) {
      throw told(error);
    }
  }

  async #receive(request: IncomingMessage, asked: Asked): Promise<Work> {
    const source = unpacked(request);
    if (asked.query !== null) {
      const query = Buffer.from(asked.query);
      const insert = isInsert(query) ? splitInsert(query) : null;
      if (insert !== null) return this.#insert(asked, insert, query.subarray(insert.dataAt), source);
      const more = await this.#text(source);
      return statement(asked, more.length === 0 ? query : Buffer.concat([query, NEWLINE, more]));
    }
    const text = await this.#text(source);
    const insert = isInsert(text) ? splitInsert(text) : null;
    return insert === null ? statement(asked, text) : this.#insert(asked, insert, text.subarray(insert.dataAt), []);
  }

  async release({ insert }: Work): Promise<void> {
    if (insert === null) return;
    this.#held -= insert.body.size;
    await insert.body.remove();
  }

  async #text(source: AsyncIterable<Buffer>): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of source) {
      size += chunk.length;
      if (size > this.#limits.statement)
        throw tooLarge(
          `a statement of more than ${this.#limits.statement} bytes: give the query in the URL, its data as body`,
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async #insert(
    asked: Asked,
    text: InsertText,
    first: Buffer,
    source: AsyncIterable<Buffer> | Iterable<Buffer>,
  ): Promise<Work> {
    checkText(Buffer.from(`${text.head}${text.tail}`));
    const body = await this.#scratch.body();
    const work: Work = { asked, sql: '', insert: { text, body } };
    try {
      if (first.length > 0) await this.#add(body, first);
      for await (const chunk of source) {
        const written = this.#add(body, chunk);
        if (written !== null) await written;
      }
      return work;
    } catch (error) {
      await this.release(work);
      throw error;
    }
  }

  #add(body: Body, chunk: Buffer): Promise<void> | null {
    if (body.size + chunk.length > this.#limits.body)
      throw tooLarge(`more than ${this.#limits.body} bytes for one INSERT: send smaller batches`);
    if (this.#held + chunk.length > this.#limits.bodies)
      throw new StatementError(
        202,
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        'too many bytes of other INSERTs wait: send it again',
      );
    this.#held += chunk.length;
    return body.write(chunk);
  }
}

/** Errors of the system that the client should hear of by their name. */
function told(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) return new StatementError(354, 'ZLIB_INFLATE_FAILED', 'the body is no whole gzip');
  if (code === 'ENOSPC') return new StatementError(243, 'NOT_ENOUGH_SPACE', 'no room to keep the body: send it again');
  return error;
}

const NEWLINE = Buffer.from('\n');

const tooLarge = (message: string) => new StatementError(307, 'TOO_MANY_BYTES', message);

/** The body's bytes as they were before compression. Its errors are the sender's. */
function unpacked(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return request;
  if (encoding !== 'gzip')
    throw new StatementError(48, 'NOT_IMPLEMENTED', `a body in ${encoding.slice(0, 40)} is not read here: use gzip`);
  const gunzip = createGunzip();
  request.once('error', (error) => gunzip.destroy(error));
  request.once('aborted', () => gunzip.destroy(new Error('the sender went away')));
  return request.pipe(gunzip);
}

function statement(asked: Asked, bytes: Buffer): Work {
  checkText(bytes);
  return { asked, sql: bytes.toString('utf8'), insert: null };
}

/** A NUL would end the statement early, and what is no UTF-8 would be altered on the way: neither must pass for another statement. */
function checkText(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new StatementError(36, 'BAD_ARGUMENTS', 'the statement is not UTF-8');
  if (bytes.includes(0)) throw new StatementError(62, 'SYNTAX_ERROR', 'Syntax error: a NUL in the statement');
  if (bytes.every((byte) => byte <= 0x20)) throw new StatementError(62, 'SYNTAX_ERROR', 'Syntax error: Empty query');
}
