import { randomUUID } from 'node:crypto';
import { on } from 'node:events';
import { hostname } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { InvestigatingView, StoryAsked, StoryPart } from '../api/investigating.ts';
import { AppError } from '../core/errors.ts';
import { counted } from '../core/text.ts';
import { startThread } from '../core/thread.ts';
import { localZone, Zone } from '../core/zone.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { firstKeptUs } from '../pipeline/day-ranges.ts';
import { type LedgerPlace, openReader } from '../pipeline/ledger-reading.ts';
import { readSince } from '../search/since.ts';
import { Missing } from './missing.ts';
import { nowUs } from './question.ts';
import type { Server } from './serve.ts';
import { type StoryWindow, storySpans } from './story-spans.ts';
import type { StoryThreadOptions, StoryWord } from './story-thread.ts';

const THREAD = new URL(import.meta.url.endsWith('.ts') ? './story-thread.ts' : './story-thread.js', import.meta.url);
/** Heap of the thread; what it counts of attackers lies beside it. */
const HEAP_MB = 800;

/** Tells stories from a server's ledger: one at a time, in a thread of its own that ends with it. */
export function investigatingOf(server: Server): InvestigatingView {
  const missing = new Missing(server);
  let running: { readonly id: string; readonly stop: SharedArrayBuffer } | null = null;
  return {
    async *tell(asked, signal) {
      if (running !== null)
        throw new AppError('E_UNAVAILABLE', 'another story is told now: ask again when it has ended');
      const mine = { id: randomUUID(), stop: new SharedArrayBuffer(4) };
      running = mine;
      try {
        const options = await optionsOf(server, missing, asked, signal);
        const records = options.spans.reduce((sum, { from, to }) => sum + to - from, 0);
        yield { kind: 'begun', id: mine.id, records };
        yield* partsOf({ ...options, stop: mine.stop }, records, signal);
      } finally {
        running = null;
      }
    },
    end(id) {
      if (running?.id !== id) return false;
      Atomics.store(new Int32Array(running.stop), 0, 1);
      return true;
    },
  };
}

async function optionsOf(
  server: Server,
  missing: Missing,
  asked: StoryAsked,
  signal: AbortSignal,
): Promise<Omit<StoryThreadOptions, 'stop'>> {
  const { config, paths } = server.options;
  const { origin, keyFile } = config.ledger;
  const window = windowOf(asked);
  const { sinceMs, untilMs, host, sender } = window;
  const place: LedgerPlace = { folder: paths.ledger, origin, keyFile: keyFile ?? null };
  const reader = await openReader(place);
  try {
    const { spans, words } = await storySpans(server, reader, window, signal);
    const nothing = await nothingOf(reader, window);
    if (spans.length === 0) throw new AppError('E_NOT_FOUND', nothing);
    const gaps = await missing.fromLedger(sinceMs, untilMs);
    const said = [...gaps.map((gap) => gap.words), ...(await given(reader, sinceMs)), ...words];
    const until = untilMs === Number.POSITIVE_INFINITY ? null : isoOf(untilMs);
    return {
      place,
      zone: (config.timezone === undefined ? localZone() : new Zone(config.timezone)).name,
      localHost: hostname(),
      mmdb: config.geoip,
      spans,
      sinceMs,
      untilMs,
      live: { origin, since: isoOf(sinceMs), until, host, sender, missing: said },
      case: asked.case,
      top: asked.top === 0 ? Number.POSITIVE_INFINITY : asked.top,
      keep: asked.keep,
      nothing,
      command: commandOf(window),
    };
  } finally {
    await reader.close();
  }
}

/** Throws E_USAGE for times that are none, or a window that holds none. */
function windowOf({ since, until, host = '', sender = '' }: StoryAsked): StoryWindow {
  const now = nowUs();
  const begin = readSince(since, 'since', now);
  const end = until === undefined ? null : readSince(until, 'until', now);
  const sinceMs = begin.is === 'time' ? (begin.fromUs ?? 0) / 1000 : 0;
  const untilMs = end?.is === 'time' && end.toUs !== null ? end.toUs / 1000 : Number.POSITIVE_INFINITY;
  if (sinceMs >= untilMs)
    throw new AppError(
      'E_USAGE',
      `there is no time between ${isoOf(sinceMs)} and ${isoOf(untilMs)}: since comes first`,
    );
  return { sinceMs, untilMs, host, sender };
}

const isoOf = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');

const PASTABLE = /^[\w.:@/-]{1,200}$/; // no stranger's text goes into a line that is there to be pasted

function commandOf({ sinceMs, untilMs, host, sender }: StoryWindow): string {
  return [
    '--live',
    `--since ${isoOf(sinceMs)}`,
    ...(untilMs === Number.POSITIVE_INFINITY ? [] : [`--until ${isoOf(untilMs)}`]),
    ...(PASTABLE.test(host) ? [`--host ${host}`] : []),
    ...(PASTABLE.test(sender) ? [`--source ${sender}`] : []),
  ].join(' ');
}

/** Says that records of the time were given up. */
async function given(reader: LedgerReader, sinceMs: number): Promise<string[]> {
  const minimum = await reader.minimum();
  const us = minimum === 0 ? null : await firstKeptUs(reader);
  if (us === null || us / 1000 <= sinceMs) return [];
  return [
    `The ledger keeps what was received from ${isoOf(Math.floor(us / 1000))} on (record ${minimum}): what came before was given up.`,
  ];
}

/** Why there is no event of the time, as far as that is known. */
async function nothingOf(reader: LedgerReader, { host, sender }: StoryWindow): Promise<string> {
  const us = await firstKeptUs(reader);
  const records = reader.size - (await reader.minimum());
  if (us === null) return 'nothing was received yet: spoor sources says who sends';
  const of = [host && `host ${host}`, sender && `sender ${sender}`].filter(Boolean).join(', ');
  const whose = of === '' ? '' : ` of ${of.slice(0, 200)}`;
  return `no line${whose} of this time: ${counted(records, 'record is', 'records are')} kept, Spoor's own among them, from ${isoOf(Math.floor(us / 1000))} on; spoor sources says who sends`;
}

/** Runs the thread. It ends with what asks for its words. */
async function* partsOf(options: StoryThreadOptions, of: number, signal: AbortSignal): AsyncGenerator<StoryPart> {
  const thread = startThread(THREAD, options, { maxOldGenerationSizeMb: HEAP_MB });
  try {
    for await (const word of wordsOf(thread, signal)) {
      if ('read' in word) yield { kind: 'read', records: word.read, of, bytes: word.bytes };
      else if ('text' in word) yield { kind: 'story', text: word.text };
      else if ('failure' in word) throw failed(word.failure, word.code);
      else return;
    }
  } finally {
    await thread.terminate();
  }
}

async function* wordsOf(thread: Worker, signal: AbortSignal): AsyncGenerator<StoryWord> {
  const ended = new AbortController();
  thread.once('exit', () => ended.abort());
  try {
    for await (const [word] of on(thread, 'message', { signal: AbortSignal.any([signal, ended.signal]) })) yield word;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
      throw new AppError(
        'E_TOO_LARGE',
        `the story needs more than ${HEAP_MB} MB: ask for a shorter time, or one host`,
        {
          cause: error,
        },
      );
    throw ended.signal.aborted ? new AppError('E_UNAVAILABLE', 'the thread that told the story ended') : error;
  }
}

function failed(words: string, code: ConstructorParameters<typeof AppError>[0] | null): Error {
  return code === null ? new Error(words) : new AppError(code, words);
}
