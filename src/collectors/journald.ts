import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { defineSource, type SourceContext } from '../core/stages.ts';
import { type BoundChild, spawnBound } from './journald/child.ts';
import { readCursor, saveCursor } from './journald/cursor-file.ts';
import { CURSOR_TEXT, cursorOf, Entries } from './journald/entries.ts';
import { hindranceOf, SYSTEM_JOURNALS } from './journald/journals.ts';

/** Entries that wait to become durable; then `journalctl` waits. */
const MAX_WAITING = 4 << 20;
const MAX_STDERR = 4096;

const config = z.strictObject({
  directory: z
    .string()
    .regex(/^\/[^\0]{0,1000}$/)
    .optional()
    .describe("Folder of the journals; this system's own when absent."),
  from: z.enum(['beginning', 'end']).default('beginning').describe('Where to begin at the very first start.'),
  journalctl: z.string().min(1).max(1000).default('journalctl').describe('The program that reads journals.'),
  maxEntryBytes: z
    .int()
    .min(4096)
    .max(64 << 20)
    .default(8 << 20)
    .describe('An entry that is longer as JSON is left out, and counted.'),
  waitSeconds: z
    .number()
    .positive()
    .max(3600)
    .default(10)
    .describe('Where there is no journal yet, how often to look for one.'),
});

type Config = z.output<typeof config>;

/**
 * The systemd journal of this host, through `journalctl -o json --follow`. Each entry is one record, as JSON on one line; its position is
 * its cursor (series, number and time). It goes on after the last entry that the ledger holds, so nothing is read twice or passed over,
 * also when we are killed; what the journal itself has dropped by then is gone. `journalctl` ends with us, however we end.
 */
export default defineSource({
  name: 'journald',
  config,
  async run(settings, context) {
    const { signal } = context;
    const stream = `${context.name}${settings.directory ?? '/system'}`;
    context.ready(settings.directory ?? 'the system journal'); // also where there is none yet: it may come at any time
    if (!(await isThere(settings, context))) return;
    const saved = await readCursor(context.folder);
    const known = context.lastPosition?.(stream) ?? null;
    let cursor = known !== null && CURSOR_TEXT.test(known) ? known : saved;
    if (cursor === null && settings.from === 'end') cursor = await lastCursor(settings);
    if (cursor !== null && cursor !== saved) await saveCursor(context.folder, cursor);
    const after = cursor === null ? [] : [`--after-cursor=${cursor}`];
    const child = spawnBound(settings.journalctl, [...argsOf(settings), '--follow', '--no-tail', ...after]);
    const stop = () => child.stdin.end();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await follow(child, new Entries(stream, settings.maxEntryBytes), context);
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  },
});

const argsOf = ({ directory }: Config): string[] => [
  '--output=json',
  '--all', // else a long field is null
  '--merge', // else --follow shows nothing from before the last start of the machine
  '--no-pager',
  ...(directory === undefined ? [] : [`--directory=${directory}`]),
];

/** Waits until there is a journal to read, and says once why there is none; false when we stop first. */
async function isThere({ directory, journalctl, waitSeconds }: Config, context: SourceContext): Promise<boolean> {
  const { signal } = context;
  const folders = directory === undefined ? SYSTEM_JOURNALS : [directory];
  let said = '';
  while (!signal.aborted) {
    const hindrance = await hindranceOf(folders, journalctl);
    if (hindrance === null) return true;
    if (said !== hindrance.detail) context.note({ kind: 'trouble', ...hindrance });
    said = hindrance.detail;
    await sleep(waitSeconds * 1000, undefined, { signal }).catch(() => {}); // an abort ends it
  }
  return false;
}

/** The cursor of the last entry there is. */
async function lastCursor(settings: Config): Promise<string | null> {
  const child = spawnBound(settings.journalctl, [...argsOf(settings), '--lines=1']);
  const pieces: Buffer[] = [];
  child.stderr.resume();
  for await (const piece of child.stdout as AsyncIterable<Buffer>) pieces.push(piece);
  return cursorOf(Buffer.concat(pieces));
}

/** Takes entries until the program ends. Rejects with E_UNAVAILABLE when it ends before we stop it. */
async function follow(child: BoundChild, entries: Entries, context: SourceContext): Promise<void> {
  const ended = once(child, 'close') as Promise<[number | null]>;
  ended.catch(() => {}); // told below
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString('latin1')).slice(-MAX_STDERR);
  });
  const giving = new Giving(entries, context);
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    entries.push(piece, context.nowUs());
    await giving.wake();
    tellLeftOut(entries, context);
  }
  await giving.end();
  const [status] = await ended;
  if (context.signal.aborted) return;
  const why = said
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
  throw new AppError('E_UNAVAILABLE', `journalctl ended (${status ?? 'killed'}): ${why || 'it did not say why'}`);
}

function tellLeftOut(entries: Entries, context: SourceContext): void {
  const { tooLong, unread } = entries;
  entries.tooLong = 0;
  entries.unread = 0;
  const detail = 'an entry of the journal is longer than "maxEntryBytes"';
  if (tooLong > 0) context.note({ kind: 'refused', reason: 'entry_too_long', count: tooLong, detail });
  if (unread > 0)
    context.note({ kind: 'refused', reason: 'no_entry', count: unread, detail: 'journalctl wrote what is no entry' });
}

/** Hands over what there is, one batch after the other: while one becomes durable, the next grows. */
class Giving {
  readonly #entries: Entries;
  readonly #context: SourceContext;
  #running: Promise<void> | null = null;
  #failure: unknown = null;

  constructor(entries: Entries, context: SourceContext) {
    this.#entries = entries;
    this.#context = context;
  }

  /** Resolves when there is room for more. Rejects when handing over failed. */
  async wake(): Promise<void> {
    if (this.#running === null && this.#entries.bytes > 0) this.#running = this.#giveAll();
    if (this.#entries.bytes >= MAX_WAITING) await this.#running;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Resolves when all is durable. */
  async end(): Promise<void> {
    await this.#running;
    await this.wake();
    await this.#running;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Never rejects. */
  async #giveAll(): Promise<void> {
    const { folder, signal } = this.#context;
    try {
      while (this.#entries.bytes > 0) {
        const records = this.#entries.take();
        await this.#context.emit(records);
        await saveCursor(folder, records.at(-1)?.position as string);
      }
    } catch (error) {
      if (!signal.aborted) this.#failure = error; // else it is not durable, and is read again at the next start
    }
    this.#running = null;
  }
}
