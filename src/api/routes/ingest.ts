import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { linesOf } from '../../core/byte-lines.ts';
import { recordsOf } from '../../core/byte-records.ts';
import { AppError } from '../../core/errors.ts';
import { RecordBatches } from '../../pipeline/record-batches.ts';
import { endpoint } from '../endpoint.ts';
import { takeAnswer, takeQuery } from '../schemas/server.ts';
import type { ServerView } from '../view.ts';

const TYPE = 'application/octet-stream';

/** POST /api/v1/records?stream=&via=&host=: lines, each a record, or records of `size` bytes; answers when all are durable. On the local socket only. */
export function registerIngest(app: FastifyInstance, view: ServerView): void {
  app.addContentTypeParser(TYPE, (_request, payload, done) => done(null, payload));
  endpoint(
    app,
    'POST /api/v1/records',
    {
      needs: 'ingest',
      about: 'Hands in records for the ledger; answers when all are durable.',
      query: takeQuery,
      takes: { [TYPE]: 'Lines, each of which is a record, or records of `size` bytes.' },
      answer: takeAnswer,
      options: { bodyLimit: Number.MAX_SAFE_INTEGER },
    },
    async ({ query: { stream, via, inode, host, size, erasable } }, request) => {
      if (!isLines(request.body)) throw new AppError('E_USAGE', `the lines are the body, as ${TYPE}`);
      const batches = new RecordBatches((records) => view.take(records, erasable === 'true'));
      let records = 0;
      const placed = size === undefined ? linesOf(request.body) : recordsOf(request.body, size);
      for await (const { bytes, at } of placed) {
        const position = inode === undefined ? {} : { position: `${inode}:${at}` };
        await batches.add({ stream, bytes, receivedAtUs: Date.now() * 1000, via, peer: host ?? 'none', ...position });
        records += 1;
      }
      return { records, range: await batches.end() };
    },
  );
}

const isLines = (body: unknown): body is Readable & AsyncIterable<Buffer> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
