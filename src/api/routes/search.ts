import type { FastifyInstance, FastifyReply } from 'fastify';
import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Asked, AskingView, TailPart } from '../asking.ts';
import { leaving, unlessLeft } from '../leaving.ts';

const q = z.string().max(4000).default('');
const time = z.string().min(1).max(60).optional();
const searchQuery = z.strictObject({
  q,
  since: time,
  until: time,
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().min(1).max(1000).optional(),
});
const tailQuery = z.strictObject({ q, last: z.coerce.number().int().min(0).max(100).default(10) });
const whoQuery = z.strictObject({ host: z.string().min(1).max(255).optional(), since: time });
const recordParams = z.strictObject({ index: z.coerce.number().int().nonnegative() });

/** What a client may leave unread, in bytes, before it is cut off; and how long it then has to read it. */
const MOST_UNREAD = 1 << 20;
const LEAVE_MS = 10_000;

const SEARCH = { config: { needs: 'search' } } as const;

/** /api/v1/search, /api/v1/tail (server-sent events), /api/v1/who, /api/v1/records/INDEX/events. */
export function registerSearch(app: FastifyInstance, asking: AskingView): void {
  app.get('/api/v1/search', SEARCH, async (request, reply) => {
    const asked = read(searchQuery, request.query);
    return unlessLeft(reply, (signal) => asking.search(asked, signal));
  });
  app.get('/api/v1/who', SEARCH, async (request, reply) => {
    const asked = read(whoQuery, request.query);
    return unlessLeft(reply, (signal) => asking.who(asked, signal));
  });
  app.get('/api/v1/records/:index/events', SEARCH, async (request, reply) => {
    const { index } = read(recordParams, request.params);
    return { events: await unlessLeft(reply, (signal) => asking.ofRecord(index, signal)) };
  });
  app.get('/api/v1/tail', SEARCH, async (request, reply) => tail(asking, read(tailQuery, request.query), reply));
}

function read<T>(schema: z.ZodType<T>, query: unknown): T {
  const asked = schema.safeParse(query);
  if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
  return asked.data;
}

/** A wrong query is a problem document: the stream begins with its first part. */
async function tail(asking: AskingView, asked: Asked & { readonly last: number }, reply: FastifyReply): Promise<void> {
  const signal = leaving(reply);
  const parts = asking.tail(asked, signal);
  let part = await parts.next();
  reply.hijack();
  const { raw } = reply;
  const headers = reply.getHeaders() as Record<string, string>;
  raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  raw.flushHeaders();
  try {
    for (; !part.done && !signal.aborted; part = await parts.next()) {
      if (raw.writableLength > MOST_UNREAD)
        throw new AppError('E_UNAVAILABLE', `cut off: ${MOST_UNREAD} bytes were not read`);
      raw.write(textOf(part.value));
    }
  } catch (error) {
    if (!signal.aborted)
      raw.write(block('end', { detail: error instanceof AppError ? error.message : 'something went wrong here' }));
  }
  await parts.return(undefined);
  raw.end();
  setTimeout(() => raw.destroy(), LEAVE_MS).unref();
}

const block = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** A part as server-sent events (HTML Living Standard, 9.2); a comment where nothing came, so that both ends see that the other is there. */
function textOf(part: TailPart): string {
  if (part.kind !== 'events') return block(part.kind, part);
  if (part.events.length === 0) return ':\n\n';
  return part.events.map((event) => block('event', event)).join('');
}
