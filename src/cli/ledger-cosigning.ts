import { AppError } from '../core/errors.ts';
import { counted, printable } from '../core/text.ts';
import type { VerifierKey } from '../core/tlog/note.ts';
import {
  type CosignAlarm,
  type Cosignable,
  Cosigner,
  type CosignRound,
  type CosignStanding,
  proofsOf,
} from '../ledger/cosign.ts';
import { cosignerOf, policyIn } from '../ledger/cosign-folder.ts';
import { publishCosignatures } from '../ledger/cosigned.ts';
import { type Disk, realDisk } from '../ledger/disk.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type FolderLock, lockFolder } from '../ledger/lock.ts';
import { LedgerReader } from '../ledger/reader.ts';
import { lastCheckpoint } from '../ledger/seal.ts';

const EVERY_MS = 10_000;

/** Witnesses that are asked while a ledger is written to. */
export interface Cosigning {
  /** Asks them now; null where the policy names none, or it failed, which was told. */
  round(): Promise<CosignRound | null>;
  /** Null where the policy names no witness that could be asked. */
  standing(): CosignStanding | null;
  /** Resolves when nothing is asked any more. */
  stop(): Promise<void>;
}

/** Is told of witnesses; nothing is stopped for them. */
export type TellOfWitness = (alarm: Pick<CosignAlarm, 'witness' | 'words'>) => void;

/** Tells of witnesses on standard error. */
export const tellOfWitness: TellOfWitness = (alarm) => {
  process.stderr.write(`spoor: ${printable(witnessWords(alarm))}\n`);
};

/** What is told of a witness, in words. */
export function witnessWords({ witness, words }: Pick<CosignAlarm, 'witness' | 'words'>): string {
  return witness === null ? words : `witness ${witness}: ${words}`;
}

/**
 * Has a ledger cosigned while it is written to, where its policy.txt names witnesses. To be called before anything is signed. Rejects with
 * E_TAMPERED when a witness holds more of the log than the folder, E_CONFIG for a policy that cannot be read.
 */
export async function startCosigning(
  folder: string,
  ledger: Ledger,
  key: VerifierKey,
  tell: TellOfWitness,
): Promise<Cosigning> {
  const nowMs = () => Date.now();
  const cosigner = await cosignerOf({ disk: realDisk(folder), ledger, keys: [key], onAlarm: tell, nowMs });
  if (cosigner === null) return { round: async () => null, standing: () => null, stop: async () => {} };
  await cosigner.checkRollback();
  const running = cosigner.start(EVERY_MS);
  return {
    round: () => told(() => cosigner.round(), tell),
    standing: () => cosigner.standing,
    stop: () => running.stop(),
  };
}

async function told(round: () => Promise<CosignRound | null>, tell: TellOfWitness): Promise<CosignRound | null> {
  try {
    return await round();
  } catch (error) {
    tell({ witness: null, words: `cosigning failed: ${error instanceof Error ? error.message : String(error)}` });
    return null;
  }
}

/** The last round before a writer ends: what it sealed at the end is cosigned as well, or it is told that it is not. */
export async function lastRound(cosigning: Cosigning, tell: TellOfWitness): Promise<void> {
  await cosigning.stop();
  const round = await cosigning.round();
  if (round?.met === false)
    tell({
      witness: null,
      words: `too few witnesses have cosigned the last checkpoint, of ${counted(Number(round.size), 'record')}`,
    });
}

/** A checkpoint in a folder that others write to: the lock is held while something is put under it, and nobody is waited for. */
class Published implements Cosignable {
  readonly #folder: string;
  checkpoint: string | null = null;
  lock: FolderLock | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async addCosignatures(...[text, signatures]: Parameters<Cosignable['addCosignatures']>): Promise<void> {
    const disk = realDisk(this.#folder);
    this.lock = await lockFolder(this.#folder);
    const now = await lastCheckpoint(disk);
    if (now !== this.checkpoint || now === null) throw new AppError('E_UNAVAILABLE', 'it was sealed anew meanwhile');
    this.checkpoint = await publishCosignatures(disk, now, text, signatures);
  }

  async release(): Promise<void> {
    await this.lock?.release();
    this.lock = null;
  }
}

/**
 * Has what a folder holds cosigned while it is served and nobody writes to it: witnesses may have been away when its writer ended. Whoever
 * writes does that by itself.
 */
export async function cosignWhileServing(
  folder: string,
  key: VerifierKey,
  disk: Disk = realDisk(folder),
): Promise<Pick<Cosigning, 'stop'>> {
  const policy = await policyIn(disk, key.name);
  if (policy === null || policy.witnesses.length === 0) return { stop: async () => {} };
  const published = new Published(folder);
  const reader = await LedgerReader.open(disk, folder);
  const nowMs = () => Date.now();
  const options = { disk, origin: key.name, keys: [key], policy, onAlarm: tellOfWitness, nowMs };
  const cosigner = new Cosigner({ ...options, ledger: published, proof: proofsOf(reader) });
  const running = every(async () => {
    try {
      await (await lockFolder(folder)).release(); // nobody writes
      published.checkpoint = await lastCheckpoint(disk);
      await cosigner.round();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'E_UNAVAILABLE') throw error;
    } finally {
      await published.release();
    }
  });
  return {
    stop: async () => {
      await running.stop();
      await reader.close();
    },
  };
}

/** Does something now and every ten seconds after it was done; the same failure is told once. */
function every(work: () => Promise<void>): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let said = '';
  const once = async (): Promise<void> => {
    await work().catch((error: unknown) => {
      const words = `cosigning failed: ${error instanceof Error ? error.message : String(error)}`;
      if (words !== said) tellOfWitness({ witness: null, words });
      said = words;
    });
    if (stopped) return;
    timer = setTimeout(() => {
      running = once();
    }, EVERY_MS);
    timer.unref();
  };
  let running = once();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
