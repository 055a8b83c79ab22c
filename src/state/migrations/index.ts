import { type Kysely, type Migration, Migrator } from 'kysely';
import { AppError } from '../../core/errors.ts';
import { loadFolder } from '../../core/registry.ts';

/** One step of the schema. Its name is its file's: a number, and what it makes. Never edited once it was released. */
export interface NamedMigration extends Migration {
  readonly name: string;
}

/** Every step in this folder, in order. */
export const migrations: readonly NamedMigration[] = await loadFolder<NamedMigration>(import.meta.url);

/**
 * Brings a database to the newest schema, each step in the one transaction, under an advisory lock: of several that start at once, one
 * does it and the others wait. Rejects with E_CONFIG when a newer Spoor made the database.
 */
export async function migrate<T>(db: Kysely<T>, steps: readonly NamedMigration[] = migrations): Promise<void> {
  const provider = { getMigrations: async () => Object.fromEntries(steps.map((step) => [step.name, step])) };
  const names = { migrationTableName: 'spoor_migration', migrationLockTableName: 'spoor_migration_lock' };
  const { error, results } = await new Migrator({ db, provider, ...names }).migrateToLatest();
  if (error === undefined) return;
  if (error instanceof AppError) throw error;
  const said = error instanceof Error ? error.message : String(error);
  if (said.startsWith('corrupted migrations'))
    throw new AppError(
      'E_CONFIG',
      `the state was made by another version of Spoor (${said.slice(0, 160)}): start that one, or a newer`,
      {
        cause: error,
      },
    );
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'its preparation';
  throw new AppError('E_CONFIG', `could not bring the state's tables up to date (${failed}): ${said.slice(0, 200)}`, {
    cause: error,
  });
}
