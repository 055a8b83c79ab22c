import * as z from 'zod';

// What is asked of events, and answered.

const q = z.string().max(4000).default('').describe('What events must be, in the search language.');
/** A time as the search language has them. */
export const time = z.string().min(1).max(60).describe('RFC 3339, a date, or a length of time before now: `24h`.');
export const limit = z.coerce.number().int().min(1).max(1000).default(100).describe('How many at most.');
export const cursor = z.string().min(1).max(1000).describe('The `next` of the page before, as it stands.');

export const searchQuery = z.strictObject({
  q,
  since: time.optional(),
  until: time.optional(),
  limit,
  cursor: cursor.optional(),
});
export const tailQuery = z.strictObject({
  q,
  last: z.coerce.number().int().min(0).max(100).default(10).describe('Begin with the newest so many.'),
});
export const whoQuery = z.strictObject({ host: z.string().min(1).max(255).optional(), since: time.optional() });
export const recordParams = z.strictObject({ index: z.coerce.number().int().nonnegative() });

export const position = z.string().describe('`INDEX` or `FIRST..LAST`: its records in the ledger.');
export const next = z.string().nullable().describe('Where the next page begins; null: there is none.');
export const remarks = z.array(z.string()).describe('What a person should know of the query.');

export const missing = z
  .array(
    z
      .object({
        kind: z.enum(['index', 'horizon', 'unparsed', 'source', 'ledger', 'unknown']),
        words: z.string().describe('One sentence.'),
      })
      .meta({ id: 'Gap' }),
  )
  .describe('The answer is complete but for this.');

const foundEvent = z
  .object({
    position,
    stream: z.string(),
    parser: z.string().describe('The parser that understood it; empty when none did.'),
    document: z.record(z.string(), z.unknown()).describe('Its flat ECS document.'),
  })
  .meta({ id: 'Event' });

export const searchAnswer = z.object({ events: z.array(foundEvent), next, remarks, missing });
export const recordAnswer = z.object({ events: z.array(foundEvent) });

export const tailEvents = {
  event: foundEvent,
  missed: z.object({ events: z.int().nonnegative() }).describe('So many more came than are shown.'),
  away: z.object({ words: z.string() }).describe('The index does not answer now; it goes on when it does.'),
  end: z.object({ detail: z.string() }).describe('It ends here, and why.'),
} as const;

export const whoAnswer = z.object({
  at: z.string(),
  since: z.string().describe('Sessions that were opened before are not known.'),
  sessions: z.array(
    z.object({
      user: z.string(),
      host: z.string(),
      since: z.string(),
      from: z.string().describe('Address or name of the peer, terminal, or empty when no line says it.'),
      method: z.string(),
      key: z.string(),
      service: z.string(),
      as: z.string().describe('Whose rights it has, when these are not the user’s own.'),
      position,
      doubts: z.array(z.string()),
    }),
  ),
  unknown: z.array(z.string()).describe('What cannot be known.'),
});

export const eventsQuery = z.strictObject({
  q: z.string().max(500).default('').describe('Words, each of which must be in the line.'),
  limit,
});
export const eventsAnswer = z.object({
  events: z.array(
    z.object({
      position,
      at: z.string(),
      host: z.string(),
      program: z.string(),
      action: z.string(),
      outcome: z.string(),
      user: z.string(),
      source: z.string(),
      message: z.string(),
    }),
  ),
  horizon: z.string().nullable().describe('From this instant on the index is whole; null: from the first record on.'),
});

export const storyQuery = z.strictObject({
  since: time.default('7d'),
  until: time.optional(),
  host: z.string().min(1).max(255).optional().describe('This host’s lines alone.'),
  sender: z.string().min(1).max(500).optional().describe('What this sender sent alone.'),
  case: z.string().max(200).default(''),
  top: z.coerce.number().int().min(0).max(1_000_000).default(1000).describe('Attackers that are told; 0: all.'),
  keep: z
    .string()
    .max(4000)
    .default('')
    .transform((text) => text.split(',').filter(Boolean))
    .describe('Addresses and networks that are never to be blocked, separated by commas.'),
});
export const storyParams = z.strictObject({ id: z.uuid() });
export const storyEvents = {
  begun: z.object({ id: z.string().describe('By which it can be ended early.'), records: z.int().nonnegative() }),
  read: z.object({ records: z.int(), of: z.int(), bytes: z.number() }),
  story: z.object({ text: z.string() }).describe('A piece of the document `spoor.investigation/1`.'),
  done: z.object({}),
  failed: z.object({ status: z.int(), detail: z.string() }),
} as const;
export const storyEnded = z.object({ ended: z.boolean() });
