import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { defineSource, type SourceContext } from '../core/stages.ts';
import { Follower } from './file/follower.ts';
import { type Batch, Gather } from './file/gather.ts';
import { parseGlob } from './file/glob.ts';
import { Identities } from './file/identities.ts';
import { type PositionEntry, Positions } from './file/positions.ts';
import { Troubles } from './file/troubles.ts';
import { Walk } from './file/walk.ts';

/** Logs that have no ending to their name. */
const BARE = ['syslog', 'messages', 'secure', 'maillog', 'cron', 'boot', 'debug', 'mail.err', 'mail.info', 'mail.warn'];
const INCLUDE = [
  '/var/log/**/*.log',
  '/var/log/httpd/*_log',
  '/var/log/cups/*_log',
  ...BARE.map((name) => `/var/log/${name}`),
];
/** Binary records of logins: `spoor investigate` reads them. */
const BINARY = ['wtmp', 'btmp', 'utmp', 'lastlog', 'faillog', 'tallylog'].map((name) => `/**/${name}`);
/** A look at all files may take this part of the time. */
const SCAN_SHARE = 0.05;

const config = z.strictObject({
  include: z
    .array(z.string().min(1).max(1024))
    .min(1)
    .max(1000)
    .default(INCLUDE)
    .describe(
      'Absolute paths of the files to read; *, ?, [abc] and ** stand for names. Their rotated names belong to them.',
    ),
  exclude: z.array(z.string().min(1).max(1024)).max(1000).default([]).describe('Paths that are not read.'),
  from: z
    .enum(['beginning', 'end'])
    .default('beginning')
    .describe(
      'Where files are begun that are there at the very first start. Later ones are read from their beginning.',
    ),
  maxLineBytes: z
    .int()
    .min(1024)
    .max(16 << 20)
    .default(1 << 20)
    .describe('A longer line is kept in pieces of this length.'),
  pollMs: z.int().min(10).max(60_000).default(500).describe('How often files are looked at, milliseconds.'),
});

/**
 * Log files of this host. Each line is one record, its bytes without the line feed; its stream is the source's name and the file's path
 * before rotation; its position is `inode.born:offset`, the offset being where reading goes on after it. Files are followed through
 * renaming, copytruncate, truncation and replacement; nothing is read twice or passed over, also when we are killed (`Identities` says why).
 * Compressed old files and binary ones are left out, and said so.
 */
export default defineSource({
  name: 'file',
  config,
  async run({ include, exclude, from, maxLineBytes, pollMs }, context) {
    const { name } = context;
    const nowMs = () => context.nowUs() / 1000;
    const troubles = new Troubles((note) => context.note(note));
    const selection = { include: include.map(parseGlob), exclude: [...exclude, ...BINARY].map(parseGlob) };
    const walk = new Walk(selection, troubles);
    const positions = await Positions.open(context.folder, nowMs());
    const lastPosition = (stream: string) => context.lastPosition?.(stream) ?? null;
    const identities = new Identities({ name, from, maxLine: maxLineBytes, lastPosition, nowMs }, positions, troubles);
    const follower = new Follower(walk, identities, troubles, nowMs);
    const gather = new Gather(identities, follower, troubles, maxLineBytes, () => context.nowUs());
    try {
      await follow(context, { positions, identities, follower, gather, pollMs }, include.join(' ').slice(0, 200));
    } finally {
      for (const file of identities.files.values()) await file.close();
      await positions.close();
    }
  },
});

interface Parts {
  readonly positions: Positions;
  readonly identities: Identities;
  readonly follower: Follower;
  readonly gather: Gather;
  readonly pollMs: number;
}

async function follow(context: SourceContext, parts: Parts, address: string): Promise<void> {
  const { identities, follower, gather, pollMs } = parts;
  const { signal } = context;
  let scanAt = 0;
  let given: Promise<void> = Promise.resolve();
  let isReady = false;
  while (!signal.aborted) {
    if (performance.now() >= scanAt) {
      const begun = performance.now();
      await follower.scan();
      gather.refill();
      const ended = performance.now();
      scanAt = ended + Math.max(pollMs, (ended - begun) / SCAN_SHARE);
    }
    if (!isReady) context.ready(address);
    isReady = true;
    // The next batch is read while the one before it becomes durable; never are two on their way.
    const batch = await gather.next();
    const births = identities.births.splice(0);
    await given;
    if (signal.aborted) return;
    given = give(context, parts.positions, births, batch);
    given.catch(() => {}); // it is waited for in the next round
    if (!gather.hasMore && batch === null) await pause(scanAt - performance.now(), signal);
  }
  await given;
}

/** Keeps new contents, hands over the batch, and when that is durable keeps how far it came. */
async function give(
  context: SourceContext,
  positions: Positions,
  births: PositionEntry[],
  batch: Batch | null,
): Promise<void> {
  await positions.save(births);
  if (batch === null) return;
  try {
    if (batch.records.length > 0) await context.emit(batch.records);
  } catch (error) {
    if (context.signal.aborted) return; // not durable: it is read again at the next start
    throw error;
  }
  await positions.save(batch.entries);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(1, ms), undefined, { signal }).catch(() => {}); // an abort ends it
}
