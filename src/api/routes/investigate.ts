import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CidrSet } from '../../core/cidr.ts';
import { AppError } from '../../core/errors.ts';
import { endpoint } from '../endpoint.ts';
import type { StoryPart } from '../investigating.ts';
import { toldOf } from '../problem.ts';
import { storyEnded, storyEvents, storyParams, storyQuery } from '../schemas/events.ts';
import { STREAM_HEADERS, serverSent } from '../server-sent.ts';
import { PATIENCE, unlessTaken } from '../taken.ts';
import type { ServerView } from '../view.ts';
import { tellingFor } from '../watched-asking.ts';

/** GET /api/v1/story (server-sent events), POST /api/v1/story/ID/end: what happened, told from all that is kept. */
export function registerInvestigate(app: FastifyInstance, view: ServerView, patience = PATIENCE): void {
  endpoint(
    app,
    'GET /api/v1/story',
    {
      needs: 'search',
      about: 'What happened, told from all that is kept; one story at a time.',
      query: storyQuery,
      answer: null,
      events: storyEvents,
    },
    async ({ query: asked }, request, reply) => {
      CidrSet.from(asked.keep); // throws for what is none
      const left = new AbortController();
      const parts = tellingFor(view, request).tell(asked, left.signal);
      reply.raw.once('close', () => {
        left.abort(new AppError('E_UNAVAILABLE', 'the client left'));
        void parts.return(undefined); // nobody reads of what is sent to a client that left before: `events` does not begin then, nor end
      });
      const first = await parts.next();
      unlessTaken(reply, patience); // only one story is told at a time
      return reply
        .headers(STREAM_HEADERS)
        .send(Readable.from(events(first, parts, reply), { objectMode: true, highWaterMark: 1 }));
    },
  );
  endpoint(
    app,
    'POST /api/v1/story/:id/end',
    {
      needs: 'search',
      about: 'Ends the reading for a story: what was read until then is told.',
      params: storyParams,
      answer: storyEnded,
    },
    async ({ params: { id } }) => {
      if (!view.investigating.end(id)) throw new AppError('E_NOT_FOUND', 'no such story is told now');
      return { ended: true };
    },
  );
}

/** What goes wrong behind the first part is told as the last event: the status of the answer is out by then. */
async function* events(
  first: IteratorResult<StoryPart>,
  parts: AsyncGenerator<StoryPart>,
  reply: FastifyReply,
): AsyncGenerator<string> {
  try {
    for (let part = first; !part.done; part = await parts.next()) {
      const { kind, ...data } = part.value;
      yield serverSent(kind, data);
    }
    yield serverSent('done', {});
  } catch (error) {
    if (reply.raw.destroyed) return;
    const { status, detail } = toldOf(error);
    yield serverSent('failed', { status, detail });
  } finally {
    await parts.return(undefined);
  }
}
