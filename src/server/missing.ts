import type { Gap } from '../api/asking.ts';
import type { Condition } from '../core/condition.ts';
import { counted } from '../core/text.ts';
import { needsParser, reachOf } from '../search/reach.ts';
import type { Server } from './serve.ts';
import { tamperedWords } from './tampering.ts';
import { Unparsed } from './unparsed.ts';

const SOURCES_SHOWN = 20;
const FRESH_MS = 3000;
const MOST_US = 4_294_967_295_000_000;
/** What happens to a source so that lines of it are not there. */
const HOLES = new Set(['silence', 'sequence_gap', 'cut_connection']);

interface Told {
  readonly atMs: number;
  readonly sources: ReturnType<Server['state']['state']['sources']['list']>;
  readonly events: ReturnType<Server['state']['state']['sourceEvents']['list']>;
}

/** Says what an answer of the index cannot hold, of all that Spoor knows of itself. */
export class Missing {
  readonly #server: Server;
  readonly #unparsedEvents: Unparsed;
  #told: Told | null = null;

  constructor(server: Server) {
    this.#server = server;
    this.#unparsedEvents = new Unparsed(server);
  }

  /** What is missing from an answer to a condition. Never rejects: what is not known is said to be. */
  async from(condition: Condition, signal: AbortSignal): Promise<Gap[]> {
    const { fromUs, toUs } = reachOf(condition);
    const gaps = [...this.#index(), ...this.#horizon(fromUs)];
    if (needsParser(condition)) gaps.push(...(await this.#unparsed(fromUs ?? 0, toUs ?? MOST_US, signal)));
    gaps.push(...(await this.#sources((fromUs ?? 0) / 1000, (toUs ?? MOST_US) / 1000)));
    return gaps;
  }

  /** What is missing from all that the ledger holds of a time, milliseconds since 1970. Never rejects. */
  async fromLedger(fromMs: number, toMs: number): Promise<Gap[]> {
    return [...this.#tampered(), ...this.#still(), ...(await this.#sources(fromMs, toMs))];
  }

  #tampered(): Gap[] {
    const tampered = tamperedWords(this.#server);
    return tampered === null ? [] : [{ kind: 'ledger', words: `The ledger was tampered with: ${tampered}` }];
  }

  #index(): Gap[] {
    const { indexed, durable } = this.#server.index.position;
    const gaps = this.#tampered();
    const waiting = durable - indexed - this.#server.disclosure.noted.within(indexed, durable);
    if (waiting > 0)
      gaps.push({
        kind: 'index',
        words: `${counted(waiting, 'record is in the ledger and waits', 'records are in the ledger and wait')} to be indexed.`,
      });
    return [...gaps, ...this.#still()];
  }

  #still(): Gap[] {
    const still = this.#server.parts().filter(({ name, state }) => name.startsWith('source ') && state !== 'running');
    return still.map(({ name, state, detail }) => ({
      kind: 'source',
      words: `${name} does not run: ${detail || state}`,
    }));
  }

  #horizon(fromUs: number | null): Gap[] {
    const { horizon } = this.#server.upkeep;
    if (horizon === null || (fromUs ?? 0) >= Date.parse(horizon) * 1000) return [];
    const words = `The index is whole from ${horizon.slice(0, 10)} on: what came before is in the ledger alone, as far as it is kept.`;
    return [{ kind: 'horizon', words }];
  }

  async #unparsed(fromUs: number, toUs: number, signal: AbortSignal): Promise<Gap[]> {
    try {
      const row = await this.#unparsedEvents.count(fromUs, Math.min(toUs, MOST_US), signal);
      if (row.events === 0) return [];
      return [
        {
          kind: 'unparsed',
          words: `${counted(row.events, 'event of this time was understood by no parser: it is found by its words only.', 'events of this time were understood by no parser: they are found by their words only.')}`,
        },
      ];
    } catch {
      return [{ kind: 'unknown', words: 'How many events no parser understood is not known now.' }];
    }
  }

  async #sources(fromMs: number, toMs: number): Promise<Gap[]> {
    try {
      const { sources, events } = this.#fresh();
      const holes = (await events).filter(
        ({ kind, atMs, endedMs }) => HOLES.has(kind) && atMs < toMs && (endedMs === null || endedMs >= fromMs),
      );
      const gaps = holes.map(({ stream, kind, atMs, endedMs, detail }): Gap => {
        const lasts = endedMs === null ? ', and it lasts' : '';
        const said = typeof detail['words'] === 'string' ? detail['words'] : kind.replaceAll('_', ' ');
        return { kind: 'source', words: `${stream}, ${new Date(atMs).toISOString().slice(0, 19)}Z${lasts}: ${said}` };
      });
      for (const { stream, dropped, refused } of await sources) gaps.push(...lossesOf(stream, dropped, refused));
      const more = gaps.length - SOURCES_SHOWN;
      if (more <= 0) return gaps;
      return [
        ...gaps.slice(0, SOURCES_SHOWN),
        { kind: 'source', words: `${more} more of the like: spoor sources has them all.` },
      ];
    } catch {
      return [
        { kind: 'unknown', words: 'What sources did not send is not known now: the state’s database does not answer.' },
      ];
    }
  }

  /** Asked of the database at most every few seconds, however many search. */
  #fresh(): Told {
    const nowMs = Date.now();
    if (this.#told !== null && nowMs - this.#told.atMs < FRESH_MS) return this.#told;
    const { state } = this.#server.state;
    const { origin } = this.#server.options.config.ledger;
    const told = {
      atMs: nowMs,
      sources: state.sources.list(origin),
      events: state.sourceEvents.list({ origin, limit: 1000 }),
    };
    told.sources.catch(() => {});
    told.events.catch(() => {
      this.#told = null;
    });
    this.#told = told;
    return told;
  }
}

const count = (n: number) => n.toLocaleString('en');

function lossesOf(stream: string, dropped: number, refused: Readonly<Record<string, number>>): Gap[] {
  const losses = [
    ...(dropped > 0 ? [`${count(dropped)} dropped for want of room`] : []),
    ...Object.entries(refused).map(([reason, times]) => `${count(times)} refused (${reason})`),
  ];
  return losses.length === 0
    ? []
    : [{ kind: 'source', words: `${stream}: of all that it ever sent, ${losses.join(', ')}` }];
}
