import { AppError } from '../core/errors.ts';
import { type Exchange, exchange } from '../core/exchange.ts';
import { openCheckpoint, type SignedCheckpoint } from '../core/tlog/checkpoint.ts';
import { COSIGNATURE, formatNote, type NoteSignature, type SignedNote, type VerifierKey } from '../core/tlog/note.ts';
import { judgeCheckpoint, type Policy } from '../core/tlog/policy.ts';
import { COSIGNED, withSignatures } from './cosigned.ts';
import { type Disk, writeWhole } from './disk.ts';
import { AuthenticTree } from './prove.ts';
import type { LedgerReader } from './reader.ts';
import { WitnessClient, type Witnessed, type WitnessTrouble } from './witness/client.ts';

const EVERY_MS = 10_000;
const ALARM_MS = 60_000;

/** What cosigning asks of a ledger. */
export interface Cosignable {
  /** The last signed checkpoint; null before the first. */
  readonly checkpoint: string | null;
  /** Puts signatures under the checkpoint, when it still has this text. */
  addCosignatures(text: string, signatures: readonly NoteSignature[]): Promise<void>;
}

/** What somebody should know. Each is said when it begins or changes, not every round. */
export type CosignAlarm =
  | { readonly kind: WitnessTrouble | 'clock' | 'well'; readonly witness: string; readonly words: string }
  | { readonly kind: 'below-quorum' | 'quorum' | 'failed'; readonly witness: null; readonly words: string };

export interface CosignOptions {
  readonly ledger: Cosignable;
  readonly disk: Disk;
  readonly origin: string;
  /** The log's own keys, old and new. */
  readonly keys: readonly VerifierKey[];
  /** Its witnesses, of which those with an address are asked, and its quorum. */
  readonly policy: Policy;
  /** Hashes that show that a signed tree continues the log's own of `old` records: `proofsOf` has them from the folder. */
  readonly proof: (old: bigint, head: Pick<SignedCheckpoint, 'size' | 'root'>) => Promise<readonly Buffer[]>;
  readonly onAlarm: (alarm: CosignAlarm) => void;
  /** Our clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly exchange?: Exchange;
}

/** How the cosigning of a ledger stands. */
export interface CosignStanding {
  /** Names of the witnesses that are asked. */
  readonly witnesses: readonly string[];
  /** False where the policy demands no witness: then nothing is missing when none answers. */
  readonly isDemanded: boolean;
  /** The last checkpoint since the start that had enough witnesses: its size, and when that was seen, milliseconds. Null before the first. */
  readonly met: { readonly size: number; readonly atMs: number } | null;
  /** Since when the newest checkpoint of a round lacks them, milliseconds; null while it has them. */
  readonly missingSinceMs: number | null;
  /** What is wrong now, by witness; `witness` is null for what is wrong here. */
  readonly troubles: readonly { readonly witness: string | null; readonly words: string }[];
}

/** What came of one round. */
export interface CosignRound {
  readonly size: bigint;
  /** Names of the witnesses that have cosigned this checkpoint. */
  readonly witnessed: readonly string[];
  readonly met: boolean;
}

/**
 * Has the ledger's checkpoints cosigned. Witnesses that are missing raise an alarm and never hold up collecting: what was received is
 * stored and signed all the same.
 */
export class Cosigner {
  readonly #options: CosignOptions;
  readonly #clients: readonly WitnessClient[];
  /** What was last said of each witness. */
  readonly #said = new Map<string, { readonly what: string; readonly words: string }>();
  /** Since when the quorum is missing, by our clock; null while it is met. */
  #missingSince: number | null;
  #alarmed = false;
  #met: CosignStanding['met'] = null;

  constructor(options: CosignOptions) {
    this.#options = options;
    this.#clients = options.policy.witnesses
      .filter(({ url, key }) => url !== null && key.type === COSIGNATURE)
      .map((witness) => new WitnessClient(witness, options.exchange ?? exchange));
    this.#missingSince = options.nowMs();
  }

  get standing(): CosignStanding {
    const { policy } = this.#options;
    return {
      witnesses: this.#clients.map(({ witness }) => witness.name),
      isDemanded: policy.quorum !== null,
      met: this.#met,
      missingSinceMs: this.#missingSince,
      troubles: [...this.#said].map(([witness, { words }]) => ({ witness: witness === '' ? null : witness, words })),
    };
  }

  /**
   * To be called before the first signature after a start: a witness that holds more of the log than we do means that the folder was
   * set back (a restored snapshot, say), and then nothing may be signed. Throws E_TAMPERED. Witnesses that do not answer hold up nothing.
   */
  async checkRollback(): Promise<void> {
    const asked = await this.#ask(true);
    const ahead = asked.filter(({ result }) => result.kind === 'ahead');
    if (ahead.length === 0) {
      const checkpoint = this.#last();
      if (checkpoint !== null) await this.#merge(checkpoint, asked);
      return;
    }
    const words = ahead.map(({ witness, result }) => `${witness}: ${result.words}`).join('; ');
    throw new AppError(
      'E_TAMPERED',
      `nothing is signed, for that would make a second history: ${words}. If a witness is not to be believed, take it out of the policy`,
    );
  }

  /** Asks all witnesses that have not cosigned the last checkpoint, at once. */
  async round(): Promise<CosignRound | null> {
    const checkpoint = this.#last();
    if (checkpoint === null) return null;
    const asked = await this.#ask(false);
    for (const { witness, result } of asked) this.#say(witness, result);
    const note = await this.#merge(checkpoint, asked);
    const { witnessedBy, met } = judgeCheckpoint(formatNote(note), this.#judging(), this.#options.origin);
    this.#watch(met, Number(checkpoint.size));
    this.#said.delete('');
    const witnessed = witnessedBy.map(({ witness }) => witness.name);
    return { size: checkpoint.size, witnessed, met };
  }

  /** Goes on asking every ten seconds until `stop` is called, which resolves when the last round is over. */
  start(everyMs = EVERY_MS): { stop(): Promise<void> } {
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    let running: Promise<unknown> = Promise.resolve();
    const next = () => {
      if (stopped) return;
      timer = setTimeout(() => {
        running = this.round()
          .catch((error: unknown) => this.#failed(error))
          .then(next);
      }, everyMs);
      timer.unref();
    };
    next();
    return {
      stop: async () => {
        stopped = true;
        clearTimeout(timer);
        await running;
      },
    };
  }

  // A round that fails by our own fault (the disk, a proof) is told; what it means for the writer, the writer notices itself.
  #failed(error: unknown): void {
    const words = `a round of cosigning failed: ${error instanceof Error ? error.message : String(error)}`;
    this.#sayOnce('', words, { kind: 'failed', witness: null, words });
  }

  #last(): SignedCheckpoint | null {
    const { ledger, keys, origin } = this.#options;
    return ledger.checkpoint === null ? null : openCheckpoint(ledger.checkpoint, keys, origin);
  }

  /** The policy with our own keys as the log's: it may leave them out. */
  #judging(): Policy {
    return { ...this.#options.policy, logs: this.#options.keys.map((key) => ({ key, url: null })) };
  }

  // A folder that was set back to a cosigned state has every witness's word under it: at a start all of them are asked.
  async #ask(all: boolean): Promise<{ readonly witness: string; readonly result: Witnessed }[]> {
    const checkpoint = this.#last();
    if (checkpoint === null) return [];
    const { keys, proof, nowMs } = this.#options;
    const { text, signatures } = checkpoint.note;
    const own = signatures.filter(({ name, id }) => keys.some((key) => key.name === name && key.id === id));
    const given = ({ witness: { key } }: WitnessClient) =>
      signatures.some(({ name, id }) => name === key.name && id === key.id);
    const proofs = new Map<bigint, Promise<readonly Buffer[]>>([[0n, Promise.resolve([])]]); // witnesses are mostly at one size
    const submission = {
      checkpoint: { ...checkpoint, note: { text, signatures: own } },
      keys,
      proof: (old: bigint) => {
        const made = proofs.get(old) ?? proof(old, checkpoint);
        proofs.set(old, made);
        return made;
      },
      nowSeconds: Math.floor(nowMs() / 1000),
    };
    const wanting = this.#clients.filter((client) => all || !given(client));
    return Promise.all(
      wanting.map(async (client) => ({ witness: client.witness.name, result: await client.submit(submission) })),
    );
  }

  async #merge({ note }: SignedCheckpoint, asked: readonly { readonly result: Witnessed }[]): Promise<SignedNote> {
    const { ledger, disk, origin } = this.#options;
    const fresh = asked.flatMap(({ result }) => (result.kind === 'cosigned' ? result.signatures : []));
    const merged = withSignatures(note, fresh);
    if (fresh.length === 0) return merged;
    await ledger.addCosignatures(note.text, fresh);
    if (judgeCheckpoint(formatNote(merged), this.#judging(), origin).met)
      await writeWhole(disk, COSIGNED, [Buffer.from(formatNote(merged))]);
    return merged;
  }

  #say(witness: string, result: Witnessed): void {
    const kind = result.kind === 'cosigned' ? 'clock' : result.kind;
    if (result.words !== null) this.#sayOnce(witness, kind, { kind, witness, words: result.words });
    else if (this.#said.delete(witness)) this.#options.onAlarm({ kind: 'well', witness, words: 'it cosigns again' });
  }

  #sayOnce(witness: string, what: string, alarm: CosignAlarm): void {
    const before = this.#said.get(witness)?.what;
    this.#said.set(witness, { what, words: alarm.words });
    if (before === what) return;
    this.#options.onAlarm(alarm);
  }

  #watch(met: boolean, size: number): void {
    const now = this.#options.nowMs();
    if (met) {
      this.#met = { size, atMs: now };
      if (this.#alarmed)
        this.#options.onAlarm({ kind: 'quorum', witness: null, words: 'enough witnesses cosign again' });
      this.#alarmed = false;
      this.#missingSince = null;
      return;
    }
    this.#missingSince ??= now;
    const seconds = Math.floor((now - this.#missingSince) / 1000);
    if (this.#alarmed || now - this.#missingSince < ALARM_MS) return;
    this.#alarmed = true;
    const words = `no checkpoint had enough witnesses for ${seconds} s: records are stored and signed, but whoever holds the key could still rewrite what came since`;
    this.#options.onAlarm({ kind: 'below-quorum', witness: null, words });
  }
}

/** Proofs out of the ledger's own folder; each tile is checked against the signed root. */
export function proofsOf(reader: LedgerReader): CosignOptions['proof'] {
  return async (old, { size, root }) => {
    await reader.refresh();
    const tree = await AuthenticTree.open(reader, Number(size), root);
    return tree.consistencyProof(Number(old));
  };
}
