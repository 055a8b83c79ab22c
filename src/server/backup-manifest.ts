import * as z from 'zod';

/** The first file of a backup. */
export const MANIFEST = 'manifest.json';
/** Its form. */
export const BACKUP_FORMAT = 'spoor-backup/1';

const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/);

/** What a backup says of itself. */
export const manifestSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  version: z.string(),
  made: z.iso.datetime(),
  origin: z.string(),
  /** Records under the checkpoint. There may be more behind them, not yet signed. */
  records: z.int().nonnegative(),
  checkpoint: z.string().nullable(),
  /** The record that has the digest of what else is in it (`BackupContents`); null in those of early versions. */
  act: z.int().nonnegative().nullable().default(null),
  /** Then the ledger's key file, which is not in it, is needed. */
  isEncryptedAtRest: z.boolean(),
  /** The configuration of the data folder is in it. */
  hasConfig: z.boolean(),
  state: z.object({
    migrations: z.array(z.string().max(100)).readonly(),
    tables: z.array(z.object({ name, columns: z.array(name).readonly() })).readonly(),
  }),
});

export type BackupManifest = z.output<typeof manifestSchema>;
