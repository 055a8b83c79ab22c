import type { Kysely, Selectable, Updateable } from 'kysely';
import { sql } from 'kysely';
import { AppError } from '../core/errors.ts';
import type { PersonTable, Tables } from './tables.ts';

type Role = NonNullable<PersonTable['role']>;

/** Somebody with an account. Milliseconds since 1970. What he proves himself by is asked for apart (`secretsOf`). */
export interface Person {
  readonly id: number;
  /** As `personName` of src/access made it. */
  readonly name: string;
  /** Null: may do nothing, for instance because a provider names no role any more. */
  readonly role: Role | null;
  readonly createdMs: number;
  readonly disabledMs: number | null;
  readonly hasPassword: boolean;
  readonly hasTotp: boolean;
}

/** What a person proves himself by. */
export interface PersonSecrets {
  readonly passwordHash: string | null;
  /** Base32. */
  readonly totpSecret: string | null;
  /** The last step (of 30 seconds since 1970) whose code was used. */
  readonly totpStep: number;
}

/** Accounts. Nobody is ever removed, only disabled: the ledger names people for as long as it is kept. */
export class People {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Is there anybody? */
  async any(): Promise<boolean> {
    const row = await this.#db.selectFrom('person').select('id').limit(1).executeTakeFirst();
    return row !== undefined;
  }

  /** By name. */
  async list(): Promise<Person[]> {
    return (await this.#db.selectFrom('person').selectAll().orderBy('name').execute()).map(shown);
  }

  async byId(id: number): Promise<Person | null> {
    const row = await this.#db.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  async byName(name: string): Promise<Person | null> {
    const row = await this.#db.selectFrom('person').selectAll().where('name', '=', name).executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  async secretsOf(id: number): Promise<PersonSecrets | null> {
    const row = await this.#db
      .selectFrom('person')
      .select(['password_hash', 'totp_secret', 'totp_step'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) return null;
    return { passwordHash: row.password_hash, totpSecret: row.totp_secret, totpStep: row.totp_step };
  }

  /** Throws E_USAGE when the name is taken. */
  async add({ name, role, nowMs }: { name: string; role: Role | null; nowMs: number }): Promise<Person> {
    const row = await this.#db
      .insertInto('person')
      .values({ name, role, created_at: new Date(nowMs) })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw new AppError('E_USAGE', `the name ${name} is taken`);
    return shown(row);
  }

  setRole(id: number, role: Role | null): Promise<void> {
    return this.#set(id, { role });
  }

  /** Null: enabled again. */
  setDisabled(id: number, atMs: number | null): Promise<void> {
    return this.#set(id, { disabled_at: atMs === null ? null : new Date(atMs) });
  }

  /** As argon2 encodes it; null: none. */
  setPassword(id: number, hash: string | null): Promise<void> {
    return this.#set(id, { password_hash: hash });
  }

  /** Puts a better hash of the same password in the place of `old`, unless another password was set meanwhile. */
  async rehash(id: number, old: string, hash: string): Promise<void> {
    await this.#db
      .updateTable('person')
      .set({ password_hash: hash })
      .where('id', '=', id)
      .where('password_hash', '=', old)
      .execute();
  }

  /** Sets the second factor with its recovery codes (their SHA-256), or takes all away (null). `step`: the one that was just shown. */
  async setTotp(id: number, totp: { secret: string; step: number; recovery: readonly Buffer[] } | null): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      await db
        .updateTable('person')
        .set({ totp_secret: totp?.secret ?? null, totp_step: totp?.step ?? 0 })
        .where('id', '=', id)
        .execute();
      await db.deleteFrom('recovery_code').where('person_id', '=', id).execute();
      if (totp === null || totp.recovery.length === 0) return;
      await db
        .insertInto('recovery_code')
        .values(totp.recovery.map((sha256) => ({ person_id: id, sha256 })))
        .execute();
    });
  }

  /** Uses a step up. Of any number that try the same code at once, one gets true. */
  async useStep(id: number, step: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('person')
      .set({ totp_step: step })
      .where('id', '=', id)
      .where('totp_secret', 'is not', null)
      .where('totp_step', '<', step)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Uses a recovery code up, likewise. */
  async useRecovery(id: number, sha256: Buffer, nowMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('recovery_code')
      .set({ used_at: new Date(nowMs) })
      .where('person_id', '=', id)
      .where('sha256', '=', sha256)
      .where('used_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** How many recovery codes are left. */
  async recoveryLeft(id: number): Promise<number> {
    const { left } = await this.#db
      .selectFrom('recovery_code')
      .select(sql<number>`count(*)`.as('left'))
      .where('person_id', '=', id)
      .where('used_at', 'is', null)
      .executeTakeFirstOrThrow();
    return left;
  }

  async #set(id: number, values: Updateable<PersonTable>): Promise<void> {
    await this.#db.updateTable('person').set(values).where('id', '=', id).execute();
  }
}

function shown(row: Selectable<PersonTable>): Person {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdMs: row.created_at,
    disabledMs: row.disabled_at,
    hasPassword: row.password_hash !== null,
    hasTotp: row.totp_secret !== null,
  };
}
