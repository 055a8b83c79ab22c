import { AppError } from '../../core/errors.ts';
import {
  type Checkpoint,
  cosign,
  openCheckpoint,
  parseCheckpoint,
  type SignedCheckpoint,
} from '../../core/tlog/checkpoint.ts';
import { provesConsistency } from '../../core/tlog/merkle.ts';
import { formatNote, formatSignature, splitNote, type VerifierKey } from '../../core/tlog/note.ts';
import type { Disk } from '../disk.ts';
import type { WitnessKey } from './key.ts';
import { keepRefused, keysOf, remember, remembered, rememberedNote } from './memory.ts';
import { parseRequest, SIZE_TYPE, type WitnessRequest } from './request.ts';

/** An answer as HTTP gives it. */
export interface WitnessReply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface WitnessOptions extends WitnessKey {
  readonly disk: Disk;
  /** Our clock, seconds since 1970. */
  readonly nowSeconds: () => number;
  /** Told of what somebody should look at: a fork, a disk that fails. */
  readonly onTrouble?: (words: string) => void;
}

const PLAIN = 'text/plain; charset=utf-8';
const say = (status: number, words: string): WitnessReply => ({ status, type: PLAIN, body: `${words}\n` });

/**
 * A witness: cosigns of each log that it was told of only what continues the last checkpoint that it cosigned (C2SP tlog-witness
 * 1.0.0). It checks, remembers durably, and only then answers; requests for one log take turns.
 */
export class WitnessCore {
  readonly #options: WitnessOptions;
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Logs for which the disk failed: what it holds is not known until the next start. */
  readonly #broken = new Set<string>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Answers a request's body. Never rejects. */
  async addCheckpoint(body: Buffer): Promise<WitnessReply> {
    try {
      const request = parseRequest(body);
      const { origin } = parseCheckpoint(splitNote(request.note).text);
      const keys = await keysOf(this.#options.disk, origin);
      if (keys.length === 0) return say(404, 'this witness was not told of that log');
      const checkpoint = openedOrNull(request.note, keys, origin);
      if (checkpoint === null) return say(403, 'the checkpoint is not signed by the log');
      if (request.old > checkpoint.size) return say(400, 'the old size is above the checkpoint’s');
      return await this.#inTurn(origin, () => this.#continue(request, checkpoint, body));
    } catch (error) {
      if (error instanceof AppError && error.code === 'E_MALFORMED') return say(400, error.message);
      this.#options.onTrouble?.(error instanceof Error ? error.message : String(error));
      return say(500, 'the witness cannot answer');
    }
  }

  /** The last checkpoint cosigned, with the cosignature, by the hash of its origin: for those who compare views. */
  async latest(name: string): Promise<WitnessReply> {
    const note = await rememberedNote(this.#options.disk, name);
    if (note === null || !note.includes('\n\n')) return say(404, 'nothing was cosigned for that log');
    return { status: 200, type: PLAIN, body: note };
  }

  async #inTurn<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(origin) ?? Promise.resolve();
    const done = before.then(work);
    const settled = done.catch(() => {});
    this.#turns.set(origin, settled);
    await settled;
    if (this.#turns.get(origin) === settled) this.#turns.delete(origin);
    return done;
  }

  async #continue(request: WitnessRequest, checkpoint: SignedCheckpoint, body: Buffer): Promise<WitnessReply> {
    const { disk } = this.#options;
    const { origin, size } = checkpoint;
    if (this.#broken.has(origin)) return say(503, 'the disk failed: the witness must be started anew');
    const last = await remembered(disk, origin);
    if (request.old !== last.size) return { status: 409, type: SIZE_TYPE, body: `${last.size}\n` };
    const fault = faultOf(last, request, checkpoint);
    if (fault !== null) {
      this.#options.onTrouble?.(`${origin}: ${fault}`);
      // Of one size and two roots, both signed: proof. A proof that does not verify is none, anybody can send one.
      if (size === last.size && !checkpoint.root.equals(last.root)) await keepRefused(disk, origin, body);
      return say(422, fault);
    }
    return this.#cosigned(checkpoint);
  }

  async #cosigned({ note, origin }: SignedCheckpoint): Promise<WitnessReply> {
    const { disk, key, secret, nowSeconds } = this.#options;
    const signature = cosign(note.text, BigInt(nowSeconds()), key, secret);
    const signatures = note.signatures.filter(({ name }) => name === origin);
    try {
      await remember(disk, formatNote({ text: note.text, signatures: [...signatures, signature] }), origin);
    } catch (error) {
      this.#broken.add(origin);
      throw error;
    }
    return { status: 200, type: PLAIN, body: formatSignature(signature) };
  }
}

/** The checkpoint when the log signed it; null when not. Throws E_MALFORMED. */
function openedOrNull(note: string, keys: readonly VerifierKey[], origin: string): SignedCheckpoint | null {
  try {
    return openCheckpoint(note, keys, origin);
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_TAMPERED') return null;
    throw error;
  }
}

// Version 1.0.0 has 409 where the sizes are the same and the roots are not. Witnesses in use answer 422, as for each other fork: a
// log that took 409 for "ask again with another size" would never notice.
function faultOf(last: Checkpoint, { proof }: WitnessRequest, { size, root }: Checkpoint): string | null {
  if (provesConsistency(last.size, size, proof, last.root, root)) return null;
  if (last.size === size && !last.root.equals(root))
    return `a fork: another tree of ${size} records was cosigned before`;
  return `the proof does not show that the tree of ${size} records continues the one of ${last.size} that was cosigned`;
}
