import { LedgerReader } from '../ledger/reader.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { readKeyFile } from '../ledger/secrecy/keyring.ts';

/** A ledger's folder to read from. */
export interface LedgerPlace {
  readonly folder: string;
  readonly origin: string;
  /** Keys of a ledger that is encrypted at rest. */
  readonly keyFile: string | null;
}

/** The folder as it is read, with its keys where it is encrypted at rest. */
export function diskOf({ folder, origin, keyFile }: LedgerPlace) {
  return readingDisk(folder, origin, keyFile === null ? null : readKeyFile(keyFile, folder));
}

/** Opens a ledger for reading; also one that is damaged: what of it is, reading tells. */
export function openReader(place: LedgerPlace): Promise<LedgerReader> {
  return LedgerReader.open(diskOf(place), 'the ledger', { mayLack: true });
}
