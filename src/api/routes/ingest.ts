import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { linesOf } from '../../core/byte-lines.ts';
import { AppError } from '../../core/errors.ts';
import { RecordBatches } from '../../pipeline/record-batches.ts';
import type { ServerView } from '../view.ts';

const takeQuery = z.strictObject({
  stream: z.string().min(1).max(500),
  via: z.string().min(1).max(700),
  /** `INODE` of the file: lines then have their place. */
  inode: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional(),
});

/** POST /api/v1/records?stream=&via=: lines, each a record; answers when all are durable. On the local socket only. */
export function registerIngest(app: FastifyInstance, view: ServerView): void {
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  app.post('/api/v1/records', { bodyLimit: Number.MAX_SAFE_INTEGER, config: { needs: 'ingest' } }, async (request) => {
    const asked = takeQuery.safeParse(request.query);
    if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
    const { stream, via, inode } = asked.data;
    const batches = new RecordBatches((records) => view.take(records));
    let records = 0;
    for await (const { bytes, at } of linesOf(request.body as Readable as AsyncIterable<Buffer>)) {
      const position = inode === undefined ? {} : { position: `${inode}:${at}` };
      await batches.add({ stream, bytes, receivedAtUs: Date.now() * 1000, via, peer: 'none', ...position });
      records += 1;
    }
    return { records, range: await batches.end() };
  });
}
