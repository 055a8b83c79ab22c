import { hash } from 'node:crypto';
import type { DumpedState } from '../state/dump.ts';
import type { BackupManifest } from './backup-manifest.ts';

/**
 * What a backup holds beside the records of its ledger, which prove themselves: a record of the ledger has the digest of it. So whoever
 * knows the log's public key can tell the server's own backup from one that somebody else encrypted for the same reader.
 */
export class BackupContents {
  readonly #files = new Map<string, string>();

  /** Takes a file, by its name in the backup and its SHA-256 in hex. Of the ledgers only the policy counts: its records prove the rest. */
  add(name: string, sha256: string): void {
    if (!name.startsWith('ledger') || name.endsWith('/policy.txt')) this.#files.set(name, sha256);
  }

  /** The SHA-256 of them all, with what the manifest says of the tables; hex. */
  digest({ migrations, tables }: DumpedState): string {
    const state = JSON.stringify([migrations, tables.map(({ name, columns }) => [name, columns])]);
    const files = [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = [['manifest.json#state', hash('sha256', state)], ...files].map(
      ([name, sha256]) => `${sha256}  ${name}\n`,
    );
    return hash('sha256', lines.join(''));
  }
}

/** What was read of a backup, for whoever checks it before its tables are taken in. */
export interface ReadBackup {
  readonly manifest: BackupManifest;
  /** As `BackupContents` gives it. */
  readonly digest: string;
}
