import * as z from 'zod';
import { cursor, next } from './events.ts';

// How the server is, who sends to it, and what is done with it.

const instant = z.string().describe('RFC 3339, UTC.');
const maybe = instant.nullable();

const reindex = z
  .object({
    since: z.string().nullable(),
    parser: z.string().nullable(),
    state: z.enum(['running', 'done', 'ended']),
    ended: z.string().nullable().describe('Why it ended before all was done.'),
    generation: z.int(),
    startedAt: instant,
    finishedAt: maybe,
    seconds: z.number(),
    secondsLeft: z.number().nullable(),
    days: z.int(),
    daysDone: z.int(),
    day: z.int().nullable().describe('The one that is made anew now, as 20260921.'),
    records: z.int(),
    recordsDone: z.int(),
    rows: z.int(),
    erased: z.int().describe('Records that were erased: they have no events.'),
  })
  .meta({ id: 'Reindex' });

const ledger = z.object({
  origin: z.string(),
  key: z.string(),
  size: z.int().describe('Durable records.'),
  sealed: z.int().describe('Of these, under a signed checkpoint.'),
  tampered: z.string().nullable().describe('What of it is not as it was signed; null while nothing is known to be.'),
  todo: z.string().nullable(),
  closed: z.boolean().describe('Nothing is kept until a person mends it.'),
  unreadable: z.int().describe('Records that are not as they were sealed.'),
  damage: z.array(z.object({ from: z.int(), to: z.int(), why: z.string() })),
  scrub: z
    .object({
      at: z.int(),
      of: z.int(),
      beganAt: maybe,
      lastFinishedAt: maybe,
      lastRecords: z.int(),
    })
    .describe('The slow reading again of all records.'),
  witnessed: z.boolean().describe('Witnesses must cosign it.'),
  cosigned: z
    .object({ size: z.int(), at: instant })
    .nullable()
    .describe('The last checkpoint since the start that had enough witnesses; null: none was seen.'),
  anchors: z
    .array(
      z.object({
        place: z.string(),
        kept: z.object({ size: z.int(), at: instant }).nullable(),
        failure: z.string().nullable(),
      }),
    )
    .describe('Places outside that keep its checkpoints.'),
});

const part = z.object({
  name: z.string(),
  state: z.enum(['running', 'starting', 'failed', 'missing']),
  detail: z.string(),
  pid: z.int().nullable(),
});

const list = z.object({
  name: z.string(),
  role: z.enum(['intel', 'label', 'asset']),
  from: z.string(),
  entries: z.int(),
  skipped: z.record(z.string(), z.int()),
  gotAt: maybe,
  checkedAt: maybe,
  failure: z.string().nullable(),
});

export const status = z
  .object({
    version: z.string(),
    startedAt: instant,
    address: z.string(),
    data: z.string(),
    ledger,
    index: z.object({
      indexed: z.int(),
      lag: z.int().describe('Durable records that no event was made of yet.'),
      rows: z.int(),
      generation: z.int(),
      horizon: maybe.describe('From this instant on the index is whole; null: from the first record on.'),
      outdated: z.string().nullable(),
      reindex: reindex.nullable(),
    }),
    lists: z.array(list),
    parts: z.array(part),
    unprotected: z.array(z.string()).describe('Why an intruder could still reach what is kept.'),
    troubles: z.array(z.object({ at: instant, what: z.string() })),
  })
  .meta({ id: 'Status' });

export const health = z.object({ ok: z.boolean(), tampered: z.exactOptional(z.string()) });
export const readiness = z.object({ ok: z.boolean(), waiting: z.array(z.string()).describe('Parts that do not run.') });

export const sourcesQuery = z.strictObject({
  q: z.string().max(500).default('').describe('Only those whose stream holds it, in upper or lower case.'),
  limit: z.coerce.number().int().min(1).max(1000).default(1000).describe('How many at most.'),
  cursor: cursor.optional(),
});
export const sources = z.object({
  total: z.int().describe('How many there are, on all pages.'),
  next,
  sources: z.array(
    z.object({
      stream: z.string(),
      type: z.string(),
      trust: z.string(),
      isAcknowledged: z.boolean().describe('False where the protocol tells the sender nothing of what was kept.'),
      state: z.string(),
      hosts: z.array(z.string()),
      firstSeen: maybe,
      lastSeen: maybe,
      records: z.int(),
      parsed: z.int(),
      unparsed: z.int(),
      dropped: z.int(),
      refused: z.record(z.string(), z.int()),
      retransmitted: z.int(),
      clockSkewMs: z.number().nullable(),
      ratePerHour: z.number().nullable(),
    }),
  ),
});

export const sourceEventsQuery = z.strictObject({
  stream: z.string().min(1).max(500).optional(),
  kind: z.enum(['first_seen', 'silence', 'format_drift', 'sequence_gap', 'cut_connection', 'clock_step']).optional(),
  open: z.stringbool().default(false).describe('`true`: those that last.'),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});
export const sourceEvents = z.object({
  events: z.array(
    z.object({
      stream: z.string(),
      kind: z.string(),
      at: instant,
      endedAt: maybe.describe('Null while it lasts.'),
      ledgerIndex: z.int().nullable(),
      words: z.string(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
});

export const reindexWish = z.strictObject({
  since: z.string().min(1).max(60).optional(),
  parser: z.string().min(1).max(100).optional(),
});
export const reindexAnswer = z.object({ reindex: reindex.nullable() });

export const doctorAnswer = z.object({
  lines: z.array(
    z.object({ area: z.string(), level: z.enum(['ok', 'warn', 'bad']), what: z.string(), todo: z.string() }),
  ),
});

export const backupQuery = z.strictObject({ who: z.string().min(1).max(200) });

export const takeQuery = z.strictObject({
  stream: z.string().min(1).max(500),
  via: z.string().min(1).max(700),
  inode: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional()
    .describe('Of the file: lines then have their place.'),
  host: z.string().min(1).max(255).optional().describe('Whose lines they are that name no host.'),
  erasable: z.literal('true').optional().describe('Each can be erased by order, as lines of an erasable source.'),
  size: z.coerce
    .number()
    .int()
    .min(1)
    .max(16_384)
    .optional()
    .describe('Bytes of each record of a binary log; absent: each line is one.'),
});
export const takeAnswer = z.object({
  records: z.int(),
  range: z.object({ first: z.int(), last: z.int() }).nullable(),
});
