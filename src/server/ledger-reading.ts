import { LedgerReader } from '../ledger/reader.ts';
import { readingDisk } from '../ledger/secrecy/at-rest.ts';
import { readKeyFile } from '../ledger/secrecy/keyring.ts';
import type { Config } from './config-schema.ts';
import type { Layout } from './paths.ts';

/** Opens the server's ledger for reading, with its keys where it is encrypted at rest. */
export function openReader({ ledger }: Layout, { origin, keyFile }: Config['ledger']): Promise<LedgerReader> {
  const keys = keyFile === undefined ? null : readKeyFile(keyFile, ledger);
  return LedgerReader.open(readingDisk(ledger, origin, keys));
}
