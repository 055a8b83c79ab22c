import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import * as z from 'zod';
import { CidrSet } from '../../core/cidr.ts';
import { AppError } from '../../core/errors.ts';
import type { InvestigatingView, StoryPart } from '../investigating.ts';

const time = z.string().min(1).max(60);
const storyQuery = z.strictObject({
  since: time.default('7d'),
  until: time.optional(),
  host: z.string().min(1).max(255).optional(),
  sender: z.string().min(1).max(500).optional(),
  case: z.string().max(200).default(''),
  top: z.coerce.number().int().min(0).max(1_000_000).default(1000),
  /** Addresses and networks, separated by commas. */
  keep: z
    .string()
    .max(4000)
    .default('')
    .transform((text) => text.split(',').filter(Boolean)),
});
const storyParams = z.strictObject({ id: z.uuid() });

const SEARCH = { config: { needs: 'search' } } as const;

/** GET /api/v1/story (server-sent events), POST /api/v1/story/ID/end: what happened, told from all that is kept. */
export function registerInvestigate(app: FastifyInstance, investigating: InvestigatingView): void {
  app.get('/api/v1/story', SEARCH, async (request, reply) => {
    const asked = read(storyQuery, request.query);
    CidrSet.from(asked.keep); // throws for what is none
    const left = new AbortController();
    reply.raw.once('close', () => left.abort(new AppError('E_UNAVAILABLE', 'the client left')));
    const parts = investigating.tell(asked, left.signal);
    const first = await parts.next();
    return reply
      .type('text/event-stream; charset=utf-8')
      .header('x-accel-buffering', 'no')
      .send(Readable.from(events(first, parts, reply), { objectMode: true, highWaterMark: 1 }));
  });
  app.post('/api/v1/story/:id/end', SEARCH, async (request) => {
    const { id } = read(storyParams, request.params);
    if (!investigating.end(id)) throw new AppError('E_NOT_FOUND', 'no such story is told now');
    return { ended: true };
  });
}

function read<T>(schema: z.ZodType<T>, given: unknown): T {
  const asked = schema.safeParse(given);
  if (!asked.success) throw new AppError('E_USAGE', z.prettifyError(asked.error).slice(0, 300));
  return asked.data;
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
      yield `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
    }
    yield 'event: done\ndata: {}\n\n';
  } catch (error) {
    if (!reply.raw.destroyed) yield `event: failed\ndata: ${JSON.stringify(toldOf(error))}\n\n`;
  } finally {
    await parts.return(undefined);
  }
}

function toldOf(error: unknown): { readonly status: number; readonly detail: string } {
  if (error instanceof AppError) return { status: error.status, detail: error.message };
  process.stderr.write(`spoor: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
  return { status: 500, detail: 'something went wrong here; the server’s log says what' };
}
