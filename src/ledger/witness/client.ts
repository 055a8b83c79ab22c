import { AppError } from '../../core/errors.ts';
import type { Exchange, ExchangeAnswer } from '../../core/exchange.ts';
import { cosignaturesOf, openCheckpoint, type SignedCheckpoint } from '../../core/tlog/checkpoint.ts';
import { formatNote, type NoteSignature, splitNote, type VerifierKey } from '../../core/tlog/note.ts';
import type { PolicyWitness } from '../../core/tlog/policy.ts';
import { originHash } from './memory.ts';
import { ADD_CHECKPOINT, formatRequest, parseSize, SIZE_TYPE, textOf } from './request.ts';

/** The longest that a witness may take for one answer (as Tessera has it). */
const WITNESS_TIMEOUT_MS = 1000;
const MAX_ANSWER = 64 << 10;
const MAX_TRIES = 3; // another client may bring the witness on between our question and our answer
const MAX_SKEW_SECONDS = 300n;

/**
 * Why a witness did not cosign. `ahead`: it holds more of this log than we. `forked`: it holds another tree. `unknown`: it does not
 * know the log or its key. `unreachable`: no answer. `unsound`: an answer that no honest witness gives.
 */
export type WitnessTrouble = 'ahead' | 'forked' | 'unknown' | 'unreachable' | 'unsound';

/** What came of asking one witness. */
export type Witnessed =
  | {
      readonly kind: 'cosigned';
      readonly signatures: readonly NoteSignature[];
      /** Said when the witness's clock is more than five minutes from ours; else null. */
      readonly words: string | null;
    }
  | { readonly kind: WitnessTrouble; readonly words: string; readonly size: bigint | null };

/** What a log brings to its witnesses. */
export interface Submission {
  readonly checkpoint: SignedCheckpoint;
  /** The log's keys, old and new. */
  readonly keys: readonly VerifierKey[];
  /** Hashes that show that the checkpoint's tree continues the one of `old`. */
  readonly proof: (old: bigint) => Promise<readonly Buffer[]>;
  /** Our clock, seconds since 1970. */
  readonly nowSeconds: number;
}

const trouble = (kind: WitnessTrouble, words: string, size: bigint | null = null): Witnessed => ({ kind, words, size });

/** The log's side of tlog-witness, for one witness. Remembers at which size the witness is. */
export class WitnessClient {
  readonly witness: PolicyWitness;
  readonly #exchange: Exchange;
  readonly #prefix: string;
  #size = 0n;

  /** `witness` must have an address. */
  constructor(witness: PolicyWitness, exchange: Exchange) {
    if (witness.url === null)
      throw new AppError('E_CONFIG', `the policy has no address of the witness ${witness.name}`);
    this.witness = witness;
    this.#exchange = exchange;
    this.#prefix = witness.url.replace(/\/+$/, '');
  }

  /** Asks for a cosignature; when the witness is at another size than we thought, once more from there. Never rejects for what the witness does. */
  async submit(submission: Submission): Promise<Witnessed> {
    let asked = this.#size;
    if (asked > submission.checkpoint.size) asked = 0n;
    for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
      const answer = await this.#post(submission, asked);
      if (!('status' in answer)) return answer;
      const size = answer.status === 409 && answer.type === SIZE_TYPE ? parseSize(answer.body) : null;
      if (size === null) return this.#judge(submission, answer, asked);
      if (size > submission.checkpoint.size) return this.#ahead(submission, size);
      if (size === asked) return trouble('unsound', `it says that it is at ${size} records when asked from ${size}`);
      asked = size;
    }
    return trouble('unsound', `it named another size ${MAX_TRIES} times`);
  }

  async #post({ checkpoint, proof }: Submission, old: bigint): Promise<ExchangeAnswer | Witnessed> {
    const body = formatRequest({ old, proof: await proof(old), note: formatNote(checkpoint.note) });
    return this.#ask({ method: 'POST', url: `${this.#prefix}/${ADD_CHECKPOINT}`, body });
  }

  async #ask(what: {
    readonly method: 'GET' | 'POST';
    readonly url: string;
    readonly body?: Uint8Array;
  }): Promise<ExchangeAnswer | Witnessed> {
    try {
      return await this.#exchange({ ...what, maxBytes: MAX_ANSWER, timeoutMs: WITNESS_TIMEOUT_MS });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return trouble(error.code === 'E_TOO_LARGE' ? 'unsound' : 'unreachable', error.message);
    }
  }

  #judge(submission: Submission, { status, body }: ExchangeAnswer, asked: bigint): Witnessed {
    const { size, origin } = submission.checkpoint;
    if (status === 200) return this.#cosignature(submission, body);
    if (status === 404) return trouble('unknown', `it was not told of the log ${origin}`);
    if (status === 403) return trouble('unknown', `it does not know the key that signs for ${origin}`);
    // Version 1.0.0 has 409 without a size for two trees of one size; witnesses in use say 422 for every fork.
    if (status === 422 || (status === 409 && asked === size)) return forked(asked, size);
    if (status === 429 || status >= 500) return trouble('unreachable', `it answers with status ${status}`);
    return trouble('unsound', `it answers with status ${status}`);
  }

  #cosignature({ checkpoint, nowSeconds }: Submission, body: Buffer): Witnessed {
    const { key } = this.witness;
    try {
      const given = splitNote(`${checkpoint.note.text}\n${textOf(body, 'the answer')}`);
      const mine = given.signatures.filter(({ name, id }) => name === key.name && id === key.id);
      const [cosignature] = cosignaturesOf({ text: given.text, signatures: mine.slice(0, 1) }, [key]);
      if (cosignature === undefined) return trouble('unsound', 'its answer holds no cosignature by its key');
      this.#size = checkpoint.size;
      return { kind: 'cosigned', signatures: mine.slice(0, 1), words: skewOf(cosignature.seconds, nowSeconds) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return trouble('unsound', `its answer is no cosignature: ${error.message}`);
    }
  }

  /** It says that it holds more. Whoever says so should be able to show it: some do. */
  async #ahead({ checkpoint, keys }: Submission, size: bigint): Promise<Witnessed> {
    const { origin } = checkpoint;
    const answer = await this.#ask({ method: 'GET', url: `${this.#prefix}/${originHash(origin)}/checkpoint` });
    const shown = 'status' in answer && answer.status === 200 ? sizeShown(answer.body, keys, origin) : null;
    const proven = shown !== null && shown > checkpoint.size;
    const proof = proven ? `, and shows this log’s own signature for ${shown}` : ', of which it shows no proof';
    return trouble(
      'ahead',
      `it cosigned ${size} records of this log${proof}; here are ${checkpoint.size}: the ledger was set back to an older state, or somebody else signs with its key`,
      size,
    );
  }
}

function forked(asked: bigint, size: bigint): Witnessed {
  const cosigned = asked === 0n ? 'the tree' : `the tree of ${asked} records`;
  return trouble(
    'forked',
    `it refuses ${size} records: they do not continue ${cosigned} that it cosigned before. Either records here were changed, or somebody with the log's key gave it another tree first; then the log must go on under a new name that quotes its last cosigned checkpoint`,
    asked,
  );
}

function skewOf(theirs: bigint, ours: number): string | null {
  const ahead = theirs - BigInt(ours);
  if (ahead <= MAX_SKEW_SECONDS && ahead >= -MAX_SKEW_SECONDS) return null;
  return ahead > 0n ? `its clock is ${ahead} s ahead of ours` : `its clock is ${-ahead} s behind ours`;
}

function sizeShown(body: Buffer, keys: readonly VerifierKey[], origin: string): bigint | null {
  try {
    return openCheckpoint(textOf(body, 'the checkpoint'), keys, origin).size;
  } catch {
    return null;
  }
}
