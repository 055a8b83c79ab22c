import { hash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../../api/caller.ts';
import type { BegunExport, ExportAsked, ExportingView } from '../../api/exporting.ts';
import { AppError } from '../../core/errors.ts';
import { counted } from '../../core/text.ts';
import { parseVerifierKey } from '../../core/tlog/note.ts';
import type { Policy } from '../../core/tlog/policy.ts';
import { trustIn } from '../../ledger/cosign-folder.ts';
import { type Exported, exportEvidence } from '../../ledger/export/export.ts';
import { policyOf } from '../../ledger/verdict.ts';
import { diskOf, openReader } from '../../pipeline/ledger-reading.ts';
import { actOf } from '../act.ts';
import type { Server } from '../serve.ts';
import { type Chosen, chosenEvents, eventsCsv } from './chosen-events.ts';
import { ExportZip } from './export-zip.ts';

const AT_ONCE = 2;
const MOST_MS = 30 * 60_000;
/** What came in a moment ago is under a checkpoint a moment later. */
const SEAL_WAIT_MS = 5000;

/** Takes evidence out of a server. */
export function exportingOf(server: Server): ExportingView {
  let running = 0;
  return {
    async begin(asked, caller, signal) {
      if (running >= AT_ONCE) throw new AppError('E_BUSY', `${AT_ONCE} exports run already: wait 60 s, and ask again`);
      running += 1;
      const done = () => {
        running -= 1;
      };
      try {
        const ends = AbortSignal.any([signal, AbortSignal.timeout(MOST_MS)]);
        const made = await new Export(server, asked, caller, ends).begin();
        void made.ended.finally(done);
        return made;
      } catch (error) {
        done();
        const { reason, ...question } = asked;
        const failed = error instanceof Error ? error.message.slice(0, 300) : String(error);
        await server.disclosure.did(caller.name, { what: 'export.failed', detail: { ...question, reason, failed } });
        throw error;
      }
    },
  };
}

class Export {
  readonly #server: Server;
  readonly #asked: ExportAsked;
  readonly #caller: Caller;
  readonly #signal: AbortSignal;
  readonly #id = randomBytes(8).toString('hex');
  readonly #at = new Date();

  constructor(server: Server, asked: ExportAsked, caller: Caller, signal: AbortSignal) {
    this.#server = server;
    this.#asked = asked;
    this.#caller = caller;
    this.#signal = signal;
  }

  async begin(): Promise<BegunExport & { readonly ended: Promise<void> }> {
    const sight = { isMasked: false, seesActs: this.#caller.may.has('audit') };
    const chosen = await chosenEvents(this.#server, this.#asked, sight, this.#signal);
    const { records, missing } = await this.#recordsOf(chosen);
    if (records.length === 0) throw new AppError('E_NOT_FOUND', 'nothing was found that could be exported');
    const { reason, ...question } = this.#asked;
    await this.#act('export', { ...question, reason, events: chosen.events.length, records: records.length });
    const name = `spoor-export-${this.#at.toISOString().replace(/[-:]|\.\d+/g, '')}-${this.#id.slice(0, 8)}`;
    const zip = new ExportZip(name, this.#signal);
    const ended = this.#write(zip, { ...chosen, records, missing }).catch((error: unknown) => this.#failed(zip, error));
    return { name, zip: zip.stream, ended };
  }

  #act(what: string, detail: Record<string, unknown>): Promise<void> {
    return actOf(this.#server)(this.#caller.name, what, this.#id, detail);
  }

  /** Records that the events were made of, or the range, and why some of them cannot go along. */
  async #recordsOf({
    events,
    missing,
  }: Chosen): Promise<{ readonly records: readonly number[]; readonly missing: readonly string[] }> {
    const { range } = this.#asked;
    const { origin } = this.#server.options.config.ledger;
    const words = missing.map((gap) => gap.words);
    const wanted = new Set<number>();
    const own = events.filter((event) => event.origin === origin);
    if (own.length < events.length)
      words.push(
        `${counted(events.length - own.length, 'event is', 'events are')} of an earlier ledger: spoor export takes their records out of it.`,
      );
    for (const { first, last } of range === undefined ? own : [range])
      for (let index = first; index <= last; index += 1) wanted.add(index);
    const end = await this.#sealedTo(Math.max(...wanted, -1));
    const reader = await openReader(this.#server.place);
    try {
      const minimum = await reader.minimum();
      const records = [...wanted].filter((index) => index >= minimum && index < end).sort((a, b) => a - b);
      const without = wanted.size - records.length;
      if (without > 0)
        words.push(
          `${counted(without, 'record is not there: it was given up, or no checkpoint has it yet.', 'records are not there: they were given up, or no checkpoint has them yet.')}`,
        );
      return { records, missing: words };
    } finally {
      await reader.close();
    }
  }

  /** Records before it are under a checkpoint: all up to `last`, where that comes soon. */
  async #sealedTo(last: number): Promise<number> {
    const { keeper } = this.#server;
    const until = performance.now() + SEAL_WAIT_MS;
    while (keeper.sealed <= last && performance.now() < until) await sleep(100, null, { signal: this.#signal });
    return keeper.sealed;
  }

  async #write(
    zip: ExportZip,
    chosen: Omit<Chosen, 'missing'> & { records: readonly number[]; missing: readonly string[] },
  ) {
    const { place } = this.#server;
    const reader = await openReader(place);
    try {
      const policy = await this.#policy();
      const { range } = this.#asked;
      const wanted = { stream: null, sinceUs: null, untilUs: null };
      const done = await exportEvidence(reader, zip.folder('evidence'), {
        wanted: isWhole(chosen.records, range)
          ? { ...wanted, range }
          : { ...wanted, range: null, records: chosen.records },
        policy,
      });
      await zip.put('events.csv', eventsCsv(chosen.events));
      await zip.put('README.txt', README);
      const manifest = `${JSON.stringify(this.#manifest(zip, chosen, done), null, 2)}\n`;
      await this.#act('export.done', {
        manifest: hash('sha256', manifest),
        records: done.records,
        files: zip.files.length,
      });
      await zip.put('manifest.json', manifest);
      await zip.end();
    } finally {
      await reader.close();
    }
  }

  #manifest(
    zip: ExportZip,
    { events, missing }: { events: readonly unknown[]; missing: readonly string[] },
    done: Exported,
  ) {
    const { reason, ...asked } = this.#asked;
    return {
      format: 'spoor-export/1',
      id: this.#id,
      who: this.#caller.name,
      at: this.#at.toISOString(),
      reason,
      asked,
      ledger: { origin: this.#server.options.config.ledger.origin, key: this.#server.ledgerKey, size: done.size },
      made: `Spoor ${this.#server.options.version}`,
      events: events.length,
      records: done.records,
      witnessedBy: done.witnessedBy,
      completeBut: missing,
      files: zip.files,
    };
  }

  /** The ledger's own policy, whose witnesses the reader of the evidence may know. */
  async #policy(): Promise<Policy> {
    const own = policyOf([parseVerifierKey(this.#server.ledgerKey)]);
    const policy = await trustIn(diskOf(this.#server.place), this.#server.options.config.ledger.origin, own);
    return this.#asked.uncosigned ? { ...policy, quorum: null } : policy;
  }

  /** What is not whole has no directory at its end, and no program takes it for whole. */
  async #failed(zip: ExportZip, error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    zip.stream.destroy(error instanceof Error ? error : new Error(why)); // where nothing went out yet, it is answered as any error
    const { log } = this.#server.options;
    if (!this.#signal.aborted) log.say('error', 'export', `${this.#id} failed: ${why}`);
    await this.#act('export.failed', { failed: why.slice(0, 300) }).catch(() => {}); // that it began is on record
  }
}

const isWhole = (records: readonly number[], range: ExportAsked['range']): range is NonNullable<ExportAsked['range']> =>
  range !== undefined && records.length === range.last - range.first + 1;

const README = `manifest.json   who took this out, when, why, what was asked, what is missing, and the SHA-256 of each file.
                Its own SHA-256 is in the ledger, in the record "export.done" of this id.
events.csv      the events, as a table. It is for reading; the evidence are the records.
evidence/       the records, byte for byte, with proofs. VERIFY.md there says how to check them: sh evidence/verify.sh KEY
`;
