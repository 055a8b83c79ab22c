import type { ClickHouseClient } from '@clickhouse/client';
import { openAnchors } from '../anchors/index.ts';
import { AppError } from '../core/errors.ts';
import { parseVerifierKey } from '../core/tlog/note.ts';
import type { Policy } from '../core/tlog/policy.ts';
import { trustIn } from '../ledger/cosign-folder.ts';
import { durationUs } from '../ledger/keep/duration.ts';
import { policyText } from '../ledger/keep/keep-policy.ts';
import type { KeepFolder } from '../ledger/keep/prune.ts';
import { policyOf } from '../ledger/verdict.ts';
import { CHUNK } from '../pipeline/chunk.ts';
import { codeMark } from '../pipeline/code-mark.ts';
import { diskOf, openReader } from '../pipeline/ledger-reading.ts';
import { Scrub } from '../pipeline/scrub.ts';
import { dayStartUs, dropDay } from '../store/days.ts';
import { ingestDays } from '../store/queries/days.ts';
import { ask } from '../store/query.ts';
import { Anchoring } from './anchoring.ts';
import type { Config } from './config-schema.ts';
import { Erasures } from './erasures.ts';
import { PowerLoss } from './power-loss.ts';
import { ReindexPart } from './reindex-part.ts';
import { type Keep, Retention } from './retention.ts';
import type { Server } from './serve.ts';
import { SummaryFill } from './summary-fill.ts';

/** Of one core, for reading all records again. */
const SCRUB_SHARE = 0.05;

/** `90d` as `P90D`. */
function duration(text: string): string {
  return text.startsWith('P') ? text : `P${text.toUpperCase()}`;
}

/** How long things are kept, as the configuration says it. */
function keepOf({ keep }: Pick<Config, 'keep'>): Keep {
  const { index, ledger } = keep;
  const states = ledger && {
    minimum: duration(ledger.minimum),
    maximum: ledger.maximum === undefined ? null : duration(ledger.maximum),
  };
  return { index: index === undefined ? null : duration(index), ledger: states ?? null };
}

/** What a new ledger's first record states. Throws E_CONFIG when more is to be kept than may be. */
export function genesisPolicy(config: Pick<Config, 'keep' | 'ledger'>): string {
  const { ledger } = keepOf(config);
  const { policy } = config.ledger;
  return ledger === null ? policy : `${policyText(ledger.minimum, ledger.maximum)}${policy}`;
}

/** What is done to the index and the ledger beside following: rebuilding, and giving up. */
export class Upkeep {
  readonly reindex: ReindexPart;
  readonly retention: Retention;
  readonly summaries: SummaryFill;
  readonly erasures: Erasures;
  readonly powerLoss: PowerLoss;
  readonly scrub: Scrub;
  readonly anchoring: Anchoring;
  readonly #server: Server;

  constructor(server: Server, threads: number) {
    this.#server = server;
    const { size } = server.keeper;
    const { config, paths, log, version } = server.options;
    const { origin } = config.ledger;
    const engine = () => server.engine;
    const common = { folder: paths.pipeline, origin, engine, index: () => server.index, log };
    const idle = () => this.retention.idle();
    this.reindex = new ReindexPart({
      ...common,
      code: { code: codeMark(), version },
      openReader: () => openReader(server.place),
      horizon: () => this.retention.horizon,
      idle,
      threads: Math.max(1, Math.floor(threads / 2)),
    });
    this.erasures = new Erasures({ folder: paths.pipeline, reindex: this.reindex, log });
    this.summaries = new SummaryFill({ ...common, idle });
    this.powerLoss = new PowerLoss({ ...common, reindex: this.reindex, summaries: this.summaries });
    this.retention = new Retention({
      folder: paths.pipeline,
      origin,
      keep: keepOf(config),
      keepFolder: () => this.keepFolder(),
      ledger: () => server.keeper.ledger,
      engine,
      isBusy: () =>
        this.reindex.isRunning ||
        this.summaries.isRunning ||
        server.keeper.isHeld ||
        server.keeper.isClosed ||
        server.index.position.indexed < size,
      clock: { wallMs: () => Date.now(), steadyMs: () => performance.now() },
      latestMs: server.latestMs,
      log,
    });
    this.retention.start();
    this.scrub = this.#scrubOf(server);
    this.scrub.start();
    this.anchoring = this.#anchoringOf(server);
    this.anchoring.start();
  }

  #anchoringOf({ options: { config, log }, keeper, place }: Server): Anchoring {
    return new Anchoring({
      anchors: openAnchors(config.ledger.anchors),
      everyMs: config.ledger.anchorMinutes * 60_000,
      keeper,
      disk: diskOf(place),
      log,
      nowMs: () => Date.now(),
    });
  }

  #scrubOf({ options, place, damage, keeper, index }: Server): Scrub {
    const { paths, config, log } = options;
    return new Scrub({
      folder: paths.pipeline,
      periodMs: durationUs(duration(config.ledger.scrub)) / 1000,
      share: SCRUB_SHARE,
      openReader: () => openReader(place),
      policy: () => this.#own,
      book: damage,
      isBusy: () => keeper.isClosed || index.position.durable - index.position.indexed > CHUNK,
      nowMs: () => Date.now(),
      onTrouble: (error) => log.say('warn', 'ledger', `reading it again: ${String(error)}`),
    });
  }

  /** What the ledger is checked against before anything goes: its own key, and the witnesses of its policy file. */
  async keepFolder(): Promise<KeepFolder> {
    const { place, options } = this.#server;
    const disk = diskOf(place);
    return { disk, trust: await trustIn(disk, options.config.ledger.origin, this.#own) };
  }

  get #own(): Policy {
    return policyOf([parseVerifierKey(this.#server.ledgerKey)]);
  }

  /** Follows an index that was opened: first what a crash cut short is ended. `empty`: it holds nothing, so all goes in again. */
  async opened(empty: boolean, client: ClickHouseClient): Promise<void> {
    const given = empty || (await this.#dropUnplaced(client));
    if (given) await this.reindex.superseded();
    else await this.reindex.settle(client);
    await this.summaries.opened(given, client);
    this.powerLoss.opened(given);
    await this.#server.index.follow(empty);
    this.reindex.resume();
    this.summaries.resume();
    this.erasures.resume();
    this.powerLoss.resume();
  }

  // Somebody removed the pipeline's folder: what stands in the index would go in a second time.
  async #dropUnplaced(client: ClickHouseClient): Promise<boolean> {
    const { index, engine, keeper, options } = this.#server;
    if (!index.isUnbegun) return false;
    const { origin } = options.config.ledger;
    const { form } = engine;
    const days = await ask({ client, form }, ingestDays, { origin });
    if (days.length === 0) return false;
    if (days.some(({ last }) => last >= keeper.size))
      throw new AppError(
        'E_CONFIG',
        `the index holds events of a longer ledger called ${origin}, which is not this one: give it a database of its own (index.database), or remove them`,
      );
    options.log.say(
      'warn',
      'index',
      'how far the index has come is not known any more: it is made anew from the ledger',
    );
    for (const { day } of days) await dropDay(client, form, { day, origin });
    return true;
  }

  /** The first instant from which on the index is whole; null when nothing of it was given up. */
  get horizon(): string | null {
    const { horizon } = this.retention;
    return horizon === 0 ? null : new Date(dayStartUs(horizon) / 1000).toISOString();
  }

  async stop(): Promise<void> {
    this.#server.index.refuse(); // a batch that does not go in must not keep us
    await Promise.all([
      this.retention.stop(),
      this.powerLoss.stop(),
      this.erasures.stop(),
      this.reindex.stop(),
      this.summaries.stop(),
      this.scrub.stop(),
      this.anchoring.stop(),
    ]);
  }
}
