import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { counted } from '../core/text.ts';
import { formatSecret, formatVerifierKey, parseSecret, parseVerifierKey, type VerifierKey } from '../core/tlog/note.ts';
import type { Disk } from '../ledger/disk.ts';
import { SIGNER_KEY, VKEY } from '../ledger/folder-check.ts';
import { Ledger, type LedgerOptions } from '../ledger/ledger.ts';
import { type WritingDisk, type WritingKeys, writingDisk } from '../ledger/secrecy/at-rest.ts';
import { startSigner } from '../signer/process.ts';
import { type Cosigning, lastRound, startCosigning, type TellOfWitness, tellOfWitness } from './ledger-cosigning.ts';
import { takeFolder } from './lock-holder.ts';

/** A ledger that this process writes to. */
export interface WritingLedger {
  readonly ledger: Ledger;
  /** Its folder, as it is written to. */
  readonly disk: Disk;
  readonly key: VerifierKey;
  /** Its witnesses, who are asked every ten seconds. */
  readonly cosigning: Cosigning;
  /** Seals what there is, has it cosigned, and lets go of everything. */
  close(): Promise<void>;
}

const nowUs = () => Date.now() * 1000;

/** What a ledger that goes on from another, which had to end, says of it. */
export interface Succession {
  readonly previous: NonNullable<LedgerOptions['previous']>;
  /** Its second record, of kind `act`. */
  readonly act: { readonly who: string; readonly what: string; readonly about: string };
  readonly payload: Buffer;
}

/** Makes a ledger in a new or empty folder: its key, readable by its owner only, and its first record, sealed. Throws E_USAGE where one is. */
export async function initLedger(
  folder: string,
  origin: string,
  policy: string,
  keyFile: string | null = null,
  succession: Succession | null = null,
): Promise<VerifierKey> {
  const text = secretFor(origin);
  for (const name of [VKEY, 'head', 'wal', 'pack', 'signer'])
    if (existsSync(join(folder, name)))
      throw new AppError('E_USAGE', `"${folder.slice(0, 80)}" holds a ledger already, or a part of one: ${name}`);
  const { key } = parseSecret(text);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    mkdirSync(join(folder, 'signer'), { mode: 0o700 });
    writeDurably(join(folder, SIGNER_KEY), `${text}\n`, 0o400);
    writeDurably(join(folder, VKEY), `${formatVerifierKey(key)}\n`, 0o444);
  } catch (cause) {
    throw new AppError('E_OUTPUT', `cannot make a ledger in "${folder.slice(0, 80)}": ${(cause as Error).message}`, {
      cause,
    });
  }
  const made = await openForWriting(folder, {
    policy,
    keyFile,
    begin: keyFile !== null,
    previous: succession?.previous,
  });
  try {
    if (succession !== null) await made.ledger.note('act', succession.act, succession.payload);
  } finally {
    await made.close();
  }
  return key;
}

function secretFor(origin: string): string {
  try {
    return formatSecret(origin, randomBytes(32));
  } catch (cause) {
    throw new AppError(
      'E_USAGE',
      `--origin "${origin.slice(0, 80)}": a name like ledger.example/main, without space or plus`,
      { cause },
    );
  }
}

function writeDurably(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
}

/** The public key of a ledger's folder. Throws E_NOT_FOUND where there is none. */
export function ledgerKey(folder: string): VerifierKey {
  let text: string;
  try {
    text = readFileSync(join(folder, VKEY), 'utf8');
  } catch (cause) {
    throw new AppError(
      'E_NOT_FOUND',
      `"${folder.slice(0, 80)}" is no ledger: it has no ${VKEY} (spoor ledger init makes one)`,
      {
        cause,
      },
    );
  }
  return parseVerifierKey(text.trimEnd());
}

/** What a crash left unfinished was never acknowledged; somebody who cut there is told the same way, so it is said. */
function tellTorn(torn: Ledger['found']['torn']): void {
  if (torn === null) return;
  const { path, bytes, why } = torn;
  process.stderr.write(
    `spoor: the end of the log was not whole (${why}): ${counted(bytes, 'byte is', 'bytes are')} kept in ${path}; nothing acknowledged and sealed is in them\n`,
  );
}

/** Of a ledger that is opened for the first time: what it is to state. */
type WritingOptions = Partial<WritingKeys> &
  Partial<Pick<LedgerOptions, 'policy' | 'previous'>> & { readonly tell?: TellOfWitness };

/**
 * Takes a ledger for writing: the lock first, then the process that holds the key, then the word of its witnesses that they hold no more of
 * it. Throws E_UNAVAILABLE when another writes, E_TAMPERED when the folder was set back, E_CONFIG for a policy.txt that cannot be read, and as
 * `writingDisk` where the folder is encrypted at rest.
 */
export async function openForWriting(
  folder: string,
  { policy = '', keyFile = null, begin: first = false, previous, tell = tellOfWitness }: WritingOptions = {},
): Promise<WritingLedger> {
  const { name: origin } = ledgerKey(folder);
  const lock = await takeFolder(folder);
  try {
    const { disk, begun } = await writingDisk(folder, origin, { keyFile, begin: first });
    const signer = await startSigner(folder, join(folder, SIGNER_KEY), origin, { restKeys: keyFile });
    try {
      const ledger = await Ledger.open({ disk, random: randomBytes, nowUs, origin, signer, policy, previous });
      tellTorn(ledger.found.torn);
      const cosigning = await begin({ folder, ledger, key: signer.key, tell }, begun);
      return {
        ledger,
        disk,
        key: signer.key,
        cosigning,
        close: async () => {
          try {
            await ledger.seal();
            await lastRound(cosigning, tell);
            await ledger.close();
          } finally {
            await cosigning.stop();
            await signer.stop();
            await lock.release();
          }
        },
      };
    } catch (error) {
      await signer.stop();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What comes before anything is signed, and what a key that comes into use needs. Closes the ledger when it fails. */
async function begin(
  { folder, ledger, key, tell }: { folder: string; ledger: Ledger; key: VerifierKey; tell: TellOfWitness },
  begun: WritingDisk['begun'],
): Promise<Cosigning> {
  try {
    const cosigning = await startCosigning(folder, ledger, key, tell);
    try {
      await begun(ledger);
      return cosigning;
    } catch (error) {
      await cosigning.stop();
      throw error;
    }
  } catch (error) {
    await ledger.close();
    throw error;
  }
}
