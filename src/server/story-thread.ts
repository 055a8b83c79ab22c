import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { counted } from '../core/text.ts';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { openGeo } from '../enrichers/geo.ts';
import { briefStory } from '../investigate/brief-story.ts';
import { StreamScan } from '../investigate/stream-scan.ts';
import { tellStory } from '../investigate/tell.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { parsers } from '../parsers/index.ts';
import { CHUNK, WARM } from '../pipeline/chunk.ts';
import { ChunkDecoder, type PlacedEvent, type PlacedRecord } from '../pipeline/chunk-decoder.ts';
import { rangeWords } from '../pipeline/damage-book.ts';
import { EntryFeed } from '../pipeline/entry-feed.ts';
import { type LedgerPlace, openReader } from '../pipeline/ledger-reading.ts';
import type { LiveReading, Story } from '../trace/story.ts';
import { isOfSender } from './story-sender.ts';

// A thread that tells a story from records of the ledger. It reads the ledger by itself, and makes the same events of it as the index holds.

/** Records from one index up to, not with, another. The first is that of a chunk. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface StoryThreadOptions {
  readonly place: LedgerPlace;
  readonly zone: string;
  readonly localHost: string;
  readonly mmdb: readonly string[];
  readonly spans: readonly Span[];
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly live: Omit<LiveReading, 'records'>;
  readonly case: string;
  readonly top: number;
  readonly keep: readonly string[];
  /** What is said when no event is of the time. */
  readonly nothing: string;
  /** Options by which the same is asked for again. */
  readonly command: string;
  /** Its first number is not 0 when the reading is to end. */
  readonly stop: SharedArrayBuffer;
}

/** What the thread says. */
export type StoryWord =
  | { readonly read: number; readonly bytes: number }
  /** The next piece of the document. */
  | { readonly text: string }
  | { readonly done: true }
  | { readonly failure: string; readonly code: ErrorCode | null };

/** Records that are read at once. */
const SPAN = 1024;
/** What was counted is put by at multiples of so many records. */
const TURN = 16 * CHUNK;
const PIECE_CHARS = 1 << 18;
const MOST_CHARS = 64 << 20;
/** Of each kind, in a story that would be longer. */
const BRIEF = 2000;
const MOST_DAMAGE = 20;
/** Of the thread alone: whatever sends and asks goes before. */
const NICE = 10;

const options = workerData as StoryThreadOptions;
const stop = new Int32Array(options.stop);
const stopped = () => Atomics.load(stop, 0) !== 0;
const dispatch = createDispatch(parsers);
const zone = new Zone(options.zone);

function standBack(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').pop()), NICE); // on Linux a thread has a priority of its own
  } catch {} // then it goes as the others do
}

class Telling {
  readonly #reader: LedgerReader;
  readonly #feed: EntryFeed;
  readonly #scan: StreamScan;
  /** What is missing that only reading tells. */
  readonly #missing = new Set<string>();
  #damaged = 0;
  #hostless = 0;
  #records = 0;
  #bytes = 0;
  #turn = -1;

  constructor(reader: LedgerReader) {
    this.#reader = reader;
    this.#feed = new EntryFeed(reader, (damage) => {
      this.#damaged += 1;
      if (this.#missing.size < MOST_DAMAGE)
        this.#missing.add(`${rangeWords(damage)} of the ledger cannot be read: ${damage.why}`);
    });
    const { sinceMs, untilMs } = options;
    this.#scan = new StreamScan({ zone: options.zone, hostZones: {}, sinceMs, untilMs });
  }

  async tell(): Promise<Story> {
    const began = performance.now();
    for (const { from, to } of options.spans)
      for (let start = from; start < to && !stopped(); start += CHUNK) {
        await this.#chunk(start, Math.min(start + CHUNK, to));
        parentPort?.postMessage({ read: this.#records, bytes: this.#bytes } satisfies StoryWord);
      }
    const geo = await openGeo({ mmdb: options.mmdb });
    const story = tellStory(this.#scan.finish(stopped()), {
      case: options.case,
      zone: options.zone,
      top: options.top,
      paths: [],
      live: options.command,
      host: '',
      keep: options.keep,
      seconds: (performance.now() - began) / 1000,
      placeOf: (address) => geo.lookup(address),
      geo: geo.sources,
    });
    const missing = [...options.live.missing, ...this.#found()];
    return { ...story, live: { ...options.live, records: this.#records, missing } };
  }

  async #chunk(start: number, to: number): Promise<void> {
    const turn = Math.floor(start / TURN);
    if (turn !== this.#turn) this.#scan.turn(start);
    this.#turn = turn;
    const decoder = new ChunkDecoder({
      dispatch,
      zone,
      localHost: options.localHost,
      enrichers: [],
      emit: (placed) => this.#take(placed),
    });
    decoder.warm(await this.#wanted(Math.max(0, start - WARM), start));
    for (let at = start; at < to; at += SPAN) {
      const end = Math.min(at + SPAN, to);
      decoder.push(await this.#wanted(at, end));
      this.#records += end - at;
    }
    decoder.tick(start + CHUNK, 0);
    for (const [stream, { records, bytes }] of decoder.takeCounts()) {
      this.#bytes += bytes;
      this.#scan.read(stream, records, bytes);
    }
  }

  #take({ event, stream, first, receivedAtUs }: PlacedEvent): void {
    const { host } = options.live;
    if (event.parser === 'ledger') return; // of the ledger's own life
    if (host === '' || event.host === host) this.#scan.add(event, stream, first, receivedAtUs / 1000);
    else if (event.host === '') this.#hostless += 1;
  }

  /** The records of the senders that are asked for. */
  async #wanted(from: number, to: number): Promise<readonly PlacedRecord[]> {
    const records = await this.#read(from, to);
    const { sender } = options.live;
    if (sender === '') return records;
    return records.filter(({ record: { fields } }) => isOfSender(sender, fields['stream'] ?? '', fields['peer'] ?? ''));
  }

  async #read(from: number, to: number): Promise<PlacedRecord[]> {
    const kept = await this.#reader.minimum();
    try {
      return await this.#feed.read(from, to);
    } catch (error) {
      if (!isGone(error)) throw error;
      await this.#reader.refresh(); // given up, or packed, meanwhile
      const given = await this.#reader.minimum();
      if (given > kept) this.#missing.add(`Records before ${given} were given up while they were read.`);
      return this.#feed.read(from, to);
    }
  }

  #found(): string[] {
    const { host } = options.live;
    const left = this.#damaged - this.#missing.size;
    const of = options.spans.reduce((sum, { from, to }) => sum + to - from, 0);
    return [
      ...(stopped() && this.#records < of
        ? [`${counted(of - this.#records, 'record was', 'records were')} not read: the reading was ended early.`]
        : []),
      ...this.#missing,
      ...(left > 0 && this.#missing.size === MOST_DAMAGE
        ? [`${counted(left, 'more range', 'more ranges')} of the ledger cannot be read.`]
        : []),
      ...(this.#hostless > 0
        ? [
            `${counted(this.#hostless, 'event names', 'events name')} no host, and may be of ${host}: ${this.#hostless === 1 ? 'it was' : 'they were'} left out.`,
          ]
        : []),
    ];
  }
}

function isGone(error: unknown): boolean {
  return error instanceof AppError ? error.code === 'E_NOT_FOUND' : (error as NodeJS.ErrnoException).code === 'ENOENT';
}

// Somebody who fills the logs makes the story long, and not untold.
function textOf(whole: Story): string {
  const text = JSON.stringify(whole);
  if (text.length <= MOST_CHARS) return text;
  const { story, left } = briefStory(whole, BRIEF);
  const { live } = story;
  const said = `The story is too long to be told whole: ${left.join(', ') || 'steps of sessions'} are left out. Ask for a shorter time, or one host.`;
  const brief = JSON.stringify({ ...story, live: live && { ...live, missing: [...live.missing, said] } });
  if (brief.length > MOST_CHARS)
    throw new AppError('E_TOO_LARGE', 'the story is too long: ask for a shorter time, or fewer attackers (--top)');
  return brief;
}

function say(word: StoryWord): void {
  parentPort?.postMessage(word);
}

async function run(): Promise<void> {
  standBack();
  const reader = await openReader(options.place);
  try {
    const story = await new Telling(reader).tell();
    const { events, outOfRange } = story.totals;
    if (events <= outOfRange && !story.partial) throw new AppError('E_NOT_FOUND', options.nothing);
    const text = textOf(story);
    for (let at = 0; at < text.length; at += PIECE_CHARS) say({ text: text.slice(at, at + PIECE_CHARS) });
    say({ done: true });
  } finally {
    await reader.close();
  }
}

await run().catch((error: unknown) => {
  if (error instanceof AppError) say({ failure: error.message, code: error.code });
  else say({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error), code: null });
});
