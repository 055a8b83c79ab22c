import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { constants, createGzip, type Gzip } from 'node:zlib';
import type { Answer } from './chdb.ts';
import { brokenOff, type EngineException } from './exception.ts';
import type { Asked } from './request.ts';

/** A result's beginning is kept back so far: an error within it becomes a status, not a broken result. */
const HOLD_BYTES = 262_144;
const HOLD_ALL_BYTES = 67_108_864;

/** Content types of the formats, as the server says them; all else is text. */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['JSON', 'application/json; charset=UTF-8'],
  ['JSONCompact', 'application/json; charset=UTF-8'],
  ['JSONEachRow', 'application/x-ndjson; charset=UTF-8'],
  ['JSONCompactEachRow', 'application/x-ndjson; charset=UTF-8'],
  ['CSV', 'text/csv; charset=UTF-8; header=absent'],
  ['CSVWithNames', 'text/csv; charset=UTF-8; header=present'],
  ['TabSeparated', 'text/tab-separated-values; charset=UTF-8'],
  ['TSV', 'text/tab-separated-values; charset=UTF-8'],
  ['RowBinary', 'application/octet-stream'],
  ['Native', 'application/octet-stream'],
  ['Parquet', 'application/octet-stream'],
  ['Arrow', 'application/octet-stream'],
  ['ArrowStream', 'application/octet-stream'],
]);

/** One response, in the server's form. */
export class Reply {
  readonly #response: ServerResponse;
  readonly #asked: Asked;
  readonly #tag = randomBytes(8).toString('hex');
  readonly #slowMs: number;
  #sink: ServerResponse | Gzip;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #format: string;

  constructor(response: ServerResponse, asked: Asked, slowMs: number) {
    this.#response = response;
    this.#sink = response;
    this.#asked = asked;
    this.#slowMs = slowMs;
    this.#format = asked.defaultFormat;
  }

  /** Passes the result on as fast as the client reads it. Rejects when it goes away or reads nothing for too long. */
  async pass(out: Readable, format: string): Promise<void> {
    this.#format = format;
    for await (const chunk of out as AsyncIterable<Buffer>) await this.#write(chunk);
  }

  /** Ends a whole result. */
  end(answer: Answer, inserted: boolean): void {
    if (!this.#response.headersSent) {
      this.#response.setHeader('X-ClickHouse-Summary', summary(answer, inserted));
      if (answer.bytes.length > 0) this.#held.push(Buffer.from(answer.bytes));
      this.#begin();
    }
    this.#sink.end();
  }

  /** Says what went wrong: by a status, or, where the result has begun, at its broken end. */
  fail(exception: EngineException): void {
    if (this.#response.destroyed) return;
    if (!this.#response.headersSent) {
      this.#response.setHeader('X-ClickHouse-Exception-Code', exception.code);
      this.#response.writeHead(exception.status, { 'content-type': 'text/plain; charset=UTF-8' });
      this.#response.end(`${exception.text}\n`);
      return;
    }
    // Flushed first, so that the client finds it whole at the end of a chunk; then the connection is cut, for formats that no one looks into.
    const last = () => this.#sink.write(brokenOff(exception, this.#tag), () => this.#cut());
    if (this.#sink === this.#response) last();
    else (this.#sink as Gzip).flush(last);
  }

  #cut(): void {
    if (this.#sink !== this.#response) (this.#sink as Gzip).flush(() => this.#response.destroy());
    else this.#response.destroy();
  }

  async #write(chunk: Buffer): Promise<void> {
    if (!this.#response.headersSent) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      if (this.#heldBytes <= (this.#asked.waitEnd ? HOLD_ALL_BYTES : HOLD_BYTES)) return;
      if (!this.#begin()) await this.#drained();
    } else if (!this.#sink.write(chunk)) await this.#drained();
  }

  #begin(): boolean {
    const response = this.#response;
    response.setHeader('X-ClickHouse-Format', this.#format);
    response.setHeader('X-ClickHouse-Exception-Tag', this.#tag);
    response.setHeader('Content-Type', CONTENT_TYPES.get(this.#format) ?? 'text/plain; charset=UTF-8');
    if (this.#asked.gzip) {
      response.setHeader('Content-Encoding', 'gzip');
      const gzip = createGzip({ level: constants.Z_BEST_SPEED });
      gzip.pipe(response);
      this.#sink = gzip;
    }
    response.writeHead(200);
    const whole = Buffer.concat(this.#held);
    this.#held = [];
    return whole.length === 0 || this.#sink.write(whole);
  }

  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error) => {
        clearTimeout(late);
        this.#sink.off('drain', done);
        this.#response.off('close', gone);
        if (error === undefined) resolve();
        else reject(error);
      };
      const gone = () => done(new Error('the client went away'));
      const late = setTimeout(() => this.#response.destroy(), this.#slowMs);
      this.#sink.once('drain', done);
      this.#response.once('close', gone);
      if (this.#response.closed) gone();
    });
  }
}

function summary({ rowsRead, bytesRead, elapsed }: Answer, inserted: boolean): string {
  const [read, written] = inserted ? [0, rowsRead] : [rowsRead, 0];
  const [readBytes, writtenBytes] = inserted ? [0, bytesRead] : [bytesRead, 0];
  return JSON.stringify({
    read_rows: String(read),
    read_bytes: String(readBytes),
    written_rows: String(written),
    written_bytes: String(writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(written),
    result_bytes: String(writtenBytes),
    elapsed_ns: String(Math.round(elapsed * 1e9)),
  });
}
