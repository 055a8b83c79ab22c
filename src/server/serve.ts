import { chmodSync, mkdirSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import type * as z from 'zod';
import { createApp } from '../api/app.ts';
import type { Part } from '../api/view.ts';
import { AppError } from '../core/errors.ts';
import type { RawRecord, Source } from '../core/stages.ts';
import { localZone, Zone } from '../core/zone.ts';
import type { Lists } from '../enrichers/lists/lists.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { serveLedger } from '../ledger/serve.ts';
import type { DamageBook } from '../pipeline/damage-book.ts';
import { Intake } from '../pipeline/intake.ts';
import { LedgerKeeper, type OpenLedger } from '../pipeline/ledger-keeper.ts';
import { type LedgerPlace, openReader } from '../pipeline/ledger-reading.ts';
import { readTail } from '../pipeline/ledger-tail.ts';
import { SourceBook } from '../pipeline/source-book.ts';
import type { SourceState } from '../pipeline/source-runner.ts';
import type { Accounts } from './accounts/accounts.ts';
import { accountsOf, openPage } from './accounts-part.ts';
import { removeLeftBackups } from './backup.ts';
import type { ServedConfig } from './config-schema.ts';
import { type Disclosure, disclosureOf } from './disclosure.ts';
import { EnginePart } from './engine-part.ts';
import type { Enrolment } from './enrolment.ts';
import { startEnrolment } from './enrolment-part.ts';
import { IndexPart } from './index-part.ts';
import { type Listening, listenLocal } from './listening.ts';
import { listsLoaded, listsOf } from './lists-part.ts';
import { Measures } from './measures.ts';
import type { OwnLog } from './own-log.ts';
import type { Layout } from './paths.ts';
import { SourceWatching } from './source-watching.ts';
import { runSources } from './sources-part.ts';
import { SqlConsole } from './sql-console.ts';
import { StatePart } from './state-part.ts';
import { closedWords, damageBookOf } from './tampering.ts';
import { Upkeep } from './upkeep.ts';
import { partsOf, viewOf } from './view.ts';

const DRAIN_MS = 5000;
const HUNG_MS = 3 * DRAIN_MS; // more than what is drained needs
const MAX_THREADS = 8;

export interface ServeOptions {
  readonly config: ServedConfig;
  readonly paths: Layout;
  readonly log: OwnLog;
  readonly version: string;
  /** A PostgreSQL that the environment names (DATABASE_URL). */
  readonly databaseUrl: string | undefined;
  readonly sources: readonly Source<z.ZodType>[];
  /** Opens the ledger for writing; makes it first where there is none. */
  readonly openLedger: () => Promise<OpenLedger>;
  /** The ledger's public key. Asked once it was opened, or could not be. */
  readonly ledgerKey: () => string;
  /** Accounts of the children, when we are root. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

/** A server that runs. */
export interface RunningServer {
  /** Where the page is. */
  readonly address: string;
  /** Takes nothing more, finishes what was taken, and ends all children; also what a start that failed left running. */
  stop(): Promise<void>;
}

const nowUs = () => Date.now() * 1000; // it follows a clock that is set

/** Everything that runs, built once and wired together. */
export class Server implements RunningServer {
  readonly options: ServeOptions;
  readonly startedAt = new Date();
  readonly sourceStates = new Map<string, SourceState>();
  readonly intake: Intake;
  readonly book: SourceBook;
  /** Records that are not as they were sealed. */
  readonly damage: DamageBook;
  /** When the last record of a source was received before this start; null when none was. */
  latestMs: number | null = null;
  readonly watching: SourceWatching;
  readonly measures = new Measures();
  readonly lists: Lists;
  readonly sql: SqlConsole;
  readonly #stopping = new AbortController();
  #keeper: LedgerKeeper | null = null;
  #engine: EnginePart | null = null;
  #state: StatePart | null = null;
  #index: IndexPart | null = null;
  #upkeep: Upkeep | null = null;
  #positions: ReadonlyMap<string, string> = new Map();
  #sources: Promise<unknown> = Promise.resolve();
  #listening: Listening[] = [];
  /** Answers a request for the log. */
  serveLedger: ReturnType<typeof serveLedger> = async () => {};
  #reader: LedgerReader | null = null;
  enrolment: Enrolment | null = null;
  /** Where connections of ours came from that bring nothing, to see a certificate: `127.0.0.1:51022`. */
  readonly probes = new Set<string>();
  readonly accounts: Accounts;
  /** Who sees what, on record. */
  readonly disclosure: Disclosure;
  ledgerKey = '';
  address = '';

  constructor(options: ServeOptions) {
    this.options = options;
    const types = new Map(options.config.sources.map(({ type, name }) => [name ?? type, type]));
    const { origin } = options.config.ledger;
    this.lists = listsOf(options);
    this.sql = new SqlConsole(this);
    this.damage = damageBookOf(options);
    this.watching = new SourceWatching({
      origin,
      names: new Set(types.keys()),
      log: options.log,
      coveredMs: () => this.#coveredMs(),
      act: (fields, payload) => this.keeper.note('act', fields, payload),
      nowMs: () => nowUs() / 1000,
    });
    this.book = new SourceBook(origin, types, {
      startedMs: nowUs() / 1000,
      reader: this.watching.watch,
      recount: (from, to) => this.#index?.recountRange(from, to),
    });
    this.accounts = accountsOf(this);
    this.disclosure = disclosureOf(this);
    this.intake = new Intake({
      append: (records, erasable) => this.keeper.append(records, erasable),
      closed: () => closedWords(this),
      onDropped: (stream, count, reason) => {
        this.book.dropped(stream, count);
        this.measures.discarded(stream, count, reason);
      },
      onDurable: (size) => this.#index?.advance(size),
      nowUs,
    });
  }

  /** Its ledger, to read from. */
  get place(): LedgerPlace {
    const { config, paths } = this.options;
    const { origin, keyFile = null } = config.ledger;
    return { folder: paths.ledger, origin, keyFile };
  }

  get keeper(): LedgerKeeper {
    return this.#keeper as LedgerKeeper;
  }

  get engine(): EnginePart {
    return this.#engine as EnginePart;
  }

  get state(): StatePart {
    return this.#state as StatePart;
  }

  get index(): IndexPart {
    return this.#index as IndexPart;
  }

  get upkeep(): Upkeep {
    return this.#upkeep as Upkeep;
  }

  /** The ledger first: without it nothing may be taken. The index and the state may come up later, or be away for a time. */
  async start(): Promise<void> {
    const { paths } = this.options;
    for (const folder of [paths.data, paths.pipeline, paths.sources, paths.run]) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o751); // children of other accounts pass through, whatever our umask is; nobody else can list it
    }
    await this.#openLedger(); // from here on we are the only one: another server may be making a backup
    removeLeftBackups(paths.run);
    this.lists.start();
    this.#startIndex();
    this.enrolment = await startEnrolment(this);
    this.measures.watch(this);
    const view = viewOf(this);
    this.#listening.push(await listenLocal(createApp(view, { local: true }), paths.socket));
    const page = await openPage(this, view);
    this.#listening.push(page);
    this.address = page.address;
    this.#sources = runSources(this, this.#positions, this.#stopping.signal);
  }

  /** Its parts, and how they are. */
  parts(): Part[] {
    return partsOf(this);
  }

  async #openLedger(): Promise<void> {
    const { openLedger, ledgerKey, log, config } = this.options;
    this.#keeper = await LedgerKeeper.start({
      open: openLedger,
      openReader: () => openReader(this.place),
      onTrouble: (what, error) =>
        log.say('error', 'ledger', `${what}: ${error instanceof Error ? error.message : String(error)}`),
      onDurable: (size) => this.#index?.advance(size),
    });
    this.ledgerKey = ledgerKey();
    const reader = await openReader(this.place);
    const { positions, damage, latestMs } = await readTail(reader, (record) => this.intake.remember(record));
    this.damage.found(damage);
    this.#reader = reader;
    this.serveLedger = serveLedger(reader, {
      token: config.ledger.auditorToken?.reveal() ?? null,
      onError: (error) => log.say('error', 'ledger', `cannot be read: ${String(error)}`),
    });
    this.#positions = positions;
    this.latestMs = latestMs;
  }

  #startIndex(): void {
    const { config, paths, log, ids } = this.options;
    const zone = config.timezone === undefined ? localZone() : new Zone(config.timezone);
    this.#index = new IndexPart({
      folder: paths.pipeline,
      origin: config.ledger.origin,
      engine: () => this.engine,
      book: this.book,
      damage: this.damage,
      log,
      settledUs: () => this.intake.settledUs(),
      lists: this.lists,
      threads: Math.min(availableParallelism(), MAX_THREADS),
      decoding: {
        ledger: paths.ledger,
        keyFile: config.ledger.keyFile ?? null,
        zone: zone.name,
        localHost: hostname(),
        mmdb: config.geoip,
        networks: config.enrich.networks,
      },
    });
    this.#index.advance(this.keeper.size);
    this.#upkeep = new Upkeep(this, Math.min(availableParallelism(), MAX_THREADS));
    this.#engine = new EnginePart({
      config: config.index,
      paths,
      log,
      ids,
      onOpen: async (empty, client) => {
        await listsLoaded(this.lists);
        await this.upkeep.opened(empty, client);
        await this.sql.open(client);
      },
    });
    this.#state = new StatePart({
      url: config.database?.reveal() ?? this.options.databaseUrl,
      folder: paths.state,
      log,
      book: this.book,
      onReady: async (state) => {
        this.book.know(await this.watching.load(state));
        await this.enrolment?.putRevoked();
        await this.index.recount(await state.sources.countedTo(config.ledger.origin));
      },
      onTended: (state, last) => this.watching.tend(state, last),
    });
  }

  /** Receive time up to which all is in the sums of sources, milliseconds since 1970; null while something waits. */
  #coveredMs(): number | null {
    const settledUs = this.intake.settledUs();
    const { indexed, durable } = this.index.position;
    return indexed >= durable && this.book.isEmpty ? settledUs / 1000 : null;
  }

  /** Records from the local socket: durable when it resolves, with where they stand. */
  async take(records: readonly RawRecord[], erasable: boolean): Promise<{ first: number; last: number }> {
    const closed = closedWords(this);
    if (closed !== null) throw new AppError('E_UNAVAILABLE', closed);
    const range = await this.keeper.append(records, erasable);
    this.index.advance(range.last + 1);
    return range;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const patience = setInterval(() => this.#keeper?.giveUp(), DRAIN_MS); // else sources wait for a disk that is full
    await this.#sources;
    clearInterval(patience);
    this.intake.close();
    const hung = setTimeout(() => void this.#engine?.stop().catch(() => {}), HUNG_MS); // else an engine that stands still keeps its askers
    await Promise.all(this.#listening.map((one) => one.close()));
    await this.enrolment?.stop();
    await this.disclosure.stop().catch(() => {});
    await this.accounts.stop().catch(() => {}); // a ledger that takes nothing must not keep us here
    await this.#upkeep?.stop();
    await this.#index?.stop(this.#engine?.state === 'running' ? DRAIN_MS : 0);
    clearTimeout(hung);
    await this.#state?.stop();
    await this.sql.close();
    await this.#engine?.stop();
    await this.#reader?.close();
    await this.lists.stop();
    await this.#keeper?.stop();
  }
}

/** Starts a server. Rejects when the ledger does not open, or the page's address cannot be taken. */
export async function serve(options: ServeOptions): Promise<Server> {
  const server = new Server(options);
  try {
    await server.start();
  } catch (error) {
    await server.stop().catch(() => {}); // what has started would hold this process, and the ledger's lock, for ever
    throw error;
  }
  return server;
}
