import { type Counter, Metrics } from '../core/metrics.ts';
import type { SourceNote } from '../core/stages.ts';
import type { Server } from './serve.ts';
import { tamperedWords } from './tampering.ts';
import { cosignedOf, witnessesMissing } from './witnessing.ts';

/** The server's numbers, for Prometheus. */
export class Measures {
  readonly metrics = new Metrics();
  readonly #discarded: Counter;
  readonly #notes: Counter;

  constructor() {
    this.#discarded = this.metrics.counter(
      'spoor_events_discarded_total',
      'Records that were not kept, by the source and why.',
      ['source', 'reason'],
    );
    this.#notes = this.metrics.counter('spoor_source_notes_total', 'What sources had to say, by kind and reason.', [
      'source',
      'kind',
      'reason',
    ]);
  }

  discarded(stream: string, count: number, reason: string): void {
    this.#discarded.add(count, stream.split('/', 1)[0] ?? '', reason);
  }

  noted(source: string, { kind, reason, count = 1 }: SourceNote): void {
    this.#notes.add(count, source, kind, reason);
    if (kind === 'refused' || kind === 'lost') this.#discarded.add(count, source, reason);
  }

  /** Sets what others know, each time that the numbers are read. */
  watch(server: Server): void {
    this.#watchLedger(server);
    const gauge = (name: string, help: string, labels: readonly string[] = []) =>
      this.metrics.gauge(name, help, labels);
    const indexed = gauge('spoor_index_records', 'Records whose events are in the index.');
    const lag = gauge('spoor_index_lag_records', 'Durable records that are not in the index yet.');
    const rows = gauge('spoor_index_rows', 'Events that were inserted since the start.');
    const up = gauge('spoor_part_up', '1 when a part of the server runs.', ['part']);
    const entries = gauge('spoor_list_entries', 'Entries of a list that events are enriched by.', ['list']);
    const failed = gauge('spoor_list_failed', '1 when the last try to load a list failed.', ['list']);
    const memory = gauge('spoor_process_resident_bytes', 'Memory of the main process.');
    this.metrics.onCollect(() => {
      const position = server.index.position;
      indexed.set(position.indexed);
      lag.set(Math.max(0, position.durable - position.indexed));
      rows.set(position.rows);
      memory.set(process.memoryUsage.rss());
      for (const { name, entries: count, failure } of server.lists.statuses) {
        entries.set(count, name);
        failed.set(failure === null ? 0 : 1, name);
      }
      up.clear();
      for (const { name, state } of server.parts()) up.set(state === 'running' ? 1 : 0, name);
    });
  }

  #watchLedger(server: Server): void {
    const gauge = (name: string, help: string) => this.metrics.gauge(name, help, []);
    const records = gauge('spoor_ledger_records', 'Records that are durable.');
    const sealed = gauge('spoor_ledger_sealed_records', 'Records under a signed checkpoint.');
    const cosigned = gauge(
      'spoor_ledger_cosigned_records',
      'Records under the last checkpoint since the start that had enough witnesses; 0 without witnesses.',
    );
    const unwitnessed = gauge(
      'spoor_ledger_witnesses_missing',
      '1 while the witnesses that the policy demands have not cosigned for a minute.',
    );
    const tampered = gauge('spoor_ledger_tampered', '1 when the ledger is not what was signed.');
    const closed = gauge('spoor_ledger_closed', '1 while nothing is kept, because the ledger was tampered with.');
    const unreadable = gauge('spoor_ledger_unreadable_records', 'Records that are not as they were sealed.');
    const scrubbed = gauge(
      'spoor_scrub_last_pass_seconds',
      'When the last reading again of all records ended, since 1970; 0 before the first.',
    );
    const scrubAt = gauge('spoor_scrub_position_records', 'Records that this reading again has come to.');
    this.metrics.onCollect(() => {
      const { size, sealed: signed } = server.keeper;
      records.set(size);
      sealed.set(signed);
      cosigned.set(cosignedOf(server)?.size ?? 0);
      unwitnessed.set(witnessesMissing(server, Date.now()) === null ? 0 : 1);
      tampered.set(tamperedWords(server) === null ? 0 : 1);
      closed.set(server.keeper.isClosed ? 1 : 0);
      unreadable.set(server.damage.records);
      const { at, last } = server.upkeep.scrub.progress;
      scrubbed.set((last?.finishedMs ?? 0) / 1000);
      scrubAt.set(at);
    });
  }
}
