import type { FastifyInstance, FastifyReply } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { AskingView, TailPart } from '../asking.ts';
import { endpoint } from '../endpoint.ts';
import { leaving, unlessLeft } from '../leaving.ts';
import { toldOf } from '../problem.ts';
import {
  recordAnswer,
  recordParams,
  searchAnswer,
  searchQuery,
  tailEvents,
  tailQuery,
  whoAnswer,
  whoQuery,
} from '../schemas/events.ts';
import { STREAM_HEADERS, serverSent } from '../server-sent.ts';
import type { ServerView } from '../view.ts';
import { askingFor } from '../watched-asking.ts';

/** What a client may leave unread, in bytes, before it is cut off; and how long it then has to read it. */
const MOST_UNREAD = 1 << 20;
const LEAVE_MS = 10_000;

/** /api/v1/search, /api/v1/tail (server-sent events), /api/v1/who, /api/v1/records/INDEX/events. */
export function registerSearch(app: FastifyInstance, view: ServerView): void {
  endpoint(
    app,
    'GET /api/v1/search',
    {
      needs: 'search',
      about: 'Events that a query finds, the newest first, and what is missing of them.',
      query: searchQuery,
      answer: searchAnswer,
    },
    ({ query }, request, reply) => unlessLeft(reply, (signal) => askingFor(view, request).search(query, signal)),
  );
  endpoint(
    app,
    'GET /api/v1/who',
    { needs: 'search', about: 'Who is in now, as far as the index knows.', query: whoQuery, answer: whoAnswer },
    ({ query }, request, reply) => unlessLeft(reply, (signal) => askingFor(view, request).who(query, signal)),
  );
  endpoint(
    app,
    'GET /api/v1/records/:index/events',
    {
      needs: 'search',
      about: 'Events that were made of a record of the ledger.',
      params: recordParams,
      answer: recordAnswer,
    },
    async ({ params: { index } }, request, reply) => ({
      events: await unlessLeft(reply, (signal) => askingFor(view, request).ofRecord(index, signal)),
    }),
  );
  endpoint(
    app,
    'GET /api/v1/tail',
    {
      needs: 'search',
      about:
        'Events as they come into the index. A comment says every 15 s that nothing came; who comes again with Last-Event-ID goes on where it ended.',
      query: tailQuery,
      answer: null,
      events: tailEvents,
    },
    async ({ query }, request, reply) =>
      tail(askingFor(view, request), { ...query, after: afterOf(request.headers['last-event-id']) }, reply),
  );
}

/** Up to where a tail was that ended; undefined for whatever we did not say. */
function afterOf(said: string | readonly string[] | undefined): number | undefined {
  return typeof said === 'string' && /^\d{1,15}$/.test(said) ? Number(said) : undefined;
}

/** A wrong query is a problem document: the stream begins with its first part. */
async function tail(
  asking: AskingView,
  asked: Parameters<AskingView['tail']>[0],
  reply: FastifyReply,
): Promise<FastifyReply> {
  const signal = leaving(reply);
  const parts = asking.tail(asked, signal);
  let part = await parts.next();
  reply.hijack();
  const { raw } = reply;
  const headers = reply.getHeaders() as Record<string, string>;
  raw.writeHead(200, { ...headers, ...STREAM_HEADERS });
  raw.flushHeaders();
  try {
    for (; !part.done && !signal.aborted; part = await parts.next()) {
      if (raw.writableLength > MOST_UNREAD)
        throw new AppError('E_UNAVAILABLE', `cut off: ${MOST_UNREAD} bytes were not read`);
      raw.write(textOf(part.value));
    }
  } catch (error) {
    if (!signal.aborted) raw.write(serverSent('end', { detail: toldOf(error).detail }));
  }
  await parts.return(undefined);
  raw.end();
  setTimeout(() => raw.destroy(), LEAVE_MS).unref();
  return reply;
}

/** A part as server-sent events; a comment where nothing came, so that both ends see that the other is there. */
function textOf(part: TailPart): string {
  if (part.kind !== 'events') return serverSent(part.kind, part);
  const id = `id: ${part.at}\n`; // on the last alone: whoever goes on behind it has them all
  if (part.events.length === 0) return `:\n${id}\n`;
  return part.events
    .map((event, nth) => (nth === part.events.length - 1 ? id : '') + serverSent('event', event))
    .join('');
}
