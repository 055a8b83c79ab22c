import type { SourceState as RunState } from '../pipeline/source-runner.ts';
import { SourceWatch } from '../pipeline/source-watch.ts';
import type { Finding } from '../pipeline/watch/finding.ts';
import { memorySchema } from '../pipeline/watch/watched.ts';
import type { State } from '../state/open.ts';
import type { SourceState } from '../state/tables.ts';
import type { OwnLog } from './own-log.ts';

const SAVE_MS = 60_000;
/** Records about sources that the ledger is given in a minute: a network that goes silent at once does not flood it. */
const ACTS_A_MINUTE = 200;
const OPEN_LIMIT = 10_000;
const FORGET_MS = 400 * 86_400_000;

export interface SourceWatchingOptions {
  readonly origin: string;
  readonly names: ReadonlySet<string>;
  readonly log: OwnLog;
  /** All that was received before it is counted, milliseconds since 1970; null while that is not known. */
  readonly coveredMs: () => number | null;
  /** Keeps a record about a source in the ledger. */
  readonly act: (fields: Readonly<Record<string, string>>, payload: Buffer) => Promise<unknown>;
  readonly nowMs: () => number;
}

/** Runs the watch over sources: what it finds goes into the state, into the ledger (and so into the index), and into our log. */
export class SourceWatching {
  readonly watch: SourceWatch;
  readonly #options: SourceWatchingOptions;
  /** What is not in the state yet, in order. */
  #waiting: Finding[] = [];
  readonly #states = new Map<string, SourceState>();
  #loaded = false;
  #savedMs = 0;
  #minute = 0;
  #acts = 0;
  #more = 0;

  constructor(options: SourceWatchingOptions) {
    this.#options = options;
    this.watch = new SourceWatch(options);
  }

  /** A source began to listen, or ceased to. */
  source({ name, address }: RunState): void {
    this.watch.listening(name, address === null ? null : this.#options.nowMs());
  }

  /** Takes up what the state holds; gives the names of all streams in it. Call once, before sums are kept. */
  async load({ sources, sourceEvents, settings }: State): Promise<readonly string[]> {
    const { origin } = this.#options;
    const known = await sources.list(origin);
    if (this.#loaded) return known.map(({ stream }) => stream);
    const open = await sourceEvents.list({ origin, open: true, limit: OPEN_LIMIT });
    const memory = memorySchema.safeParse(await settings.get(this.#key));
    this.watch.load(known, open, memory.success ? memory.data : null, await sources.countedTo(origin));
    this.#loaded = true;
    return known.map(({ stream }) => stream);
  }

  get #key(): string {
    return `watch ${this.#options.origin}`;
  }

  /** Looks, and keeps what is found. Rejects while the state is away; nothing is lost by it. `last`: we stop. */
  async tend(state: State, last = false): Promise<void> {
    if (!this.#loaded) return;
    const { coveredMs, nowMs, origin } = this.#options;
    if (!last) this.watch.look(coveredMs() ?? this.watch.coveredMs);
    const { findings, states } = this.watch.take();
    for (const finding of findings) await this.#tell(finding);
    this.#waiting.push(...findings);
    for (const [stream, now] of states) this.#states.set(stream, now);
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      await this.#keep(state, next);
      this.#waiting.shift();
    }
    for (const [stream, now] of this.#states) {
      await state.sources.setState(origin, stream, now);
      this.#states.delete(stream);
    }
    if (!last && nowMs() - this.#savedMs < SAVE_MS) return;
    await state.settings.set(this.#key, this.watch.memory(), nowMs());
    await state.sourceEvents.forget(nowMs() - FORGET_MS);
    this.#savedMs = nowMs();
  }

  async #keep({ sourceEvents }: State, finding: Finding): Promise<void> {
    const { origin } = this.#options;
    const { phase, stream, kind, atMs, ledgerIndex, words, detail } = finding;
    const place = ledgerIndex === undefined ? {} : { ledgerIndex };
    const event = { origin, stream, kind, atMs, ...place, detail: { ...detail, words } };
    if (phase === 'end') await sourceEvents.end(origin, stream, kind, atMs);
    else if (phase === 'begin') await sourceEvents.begin(event);
    else await sourceEvents.add([event]);
  }

  async #tell({ stream, kind, phase, words }: Finding): Promise<void> {
    const { log, nowMs } = this.#options;
    if (kind !== 'first_seen') log.say(phase === 'end' ? 'info' : 'warn', stream, words);
    const minute = Math.floor(nowMs() / 60_000);
    if (minute !== this.#minute) {
      await this.#tellMore();
      [this.#minute, this.#acts] = [minute, 0];
    }
    if (this.#acts >= ACTS_A_MINUTE) this.#more += 1;
    else await this.#act(phase === 'end' ? `${kind}_ended` : kind, stream, words);
    this.#acts += 1;
  }

  async #tellMore(): Promise<void> {
    if (this.#more > 0)
      await this.#act('more', 'sources', `${this.#more} more findings about sources: spoor sources has them.`);
    this.#more = 0;
  }

  /** The ledger says it when it does not work: what is told of sources is in the state all the same. */
  async #act(what: string, about: string, words: string): Promise<void> {
    const fields = { who: 'spoor', what: `source_${what}`, about: about.slice(0, 300) };
    await this.#options.act(fields, Buffer.from(words)).catch((error: unknown) => {
      this.#options.log.say('warn', 'ledger', `what was found of ${about} was not recorded: ${String(error)}`);
    });
  }
}
