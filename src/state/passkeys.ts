import { type Kysely, type Selectable, sql } from 'kysely';
import { AppError } from '../core/errors.ts';
import { storable, storableJson } from './storable.ts';
import type { PasskeyTable, Tables } from './tables.ts';

const HANDLE = 32;
const MOST = 20;

/** A passkey. Milliseconds since 1970. */
export interface Passkey {
  /** base64url, as the browser says it. */
  readonly id: string;
  readonly personId: number;
  /** As its owner calls it. */
  readonly name: string;
  /** COSE. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly isSynced: boolean;
  readonly createdMs: number;
  readonly usedMs: number | null;
  /** When its counter went back: there may be two of it, and neither is let in. */
  readonly doubledMs: number | null;
  /** What authenticators know its owner by: random, no name. */
  readonly handle: Buffer;
}

/** What is known of a new one. */
export interface AddedPasskey
  extends Pick<Passkey, 'id' | 'personId' | 'name' | 'publicKey' | 'counter' | 'transports' | 'aaguid' | 'isSynced'> {
  readonly nowMs: number;
}

/** Passkeys of people: public keys, so that who reads the database can use none. */
export class Passkeys {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** What authenticators know a person by; made at the first use. `random`: as `crypto.randomBytes`. */
  async handleOf(personId: number, random: (bytes: number) => Buffer): Promise<Buffer> {
    await this.#db
      .insertInto('passkey_handle')
      .values({ person_id: personId, handle: random(HANDLE) })
      .onConflict((conflict) => conflict.column('person_id').doNothing())
      .execute();
    const { handle } = await this.#db
      .selectFrom('passkey_handle')
      .select('handle')
      .where('person_id', '=', personId)
      .executeTakeFirstOrThrow();
    return handle;
  }

  /** Keeps a new one; its owner has a handle. Throws E_USAGE when it is known already, and for more than 20 of a person. */
  async add(made: AddedPasskey): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      await db
        .selectFrom('passkey_handle')
        .select('handle')
        .where('person_id', '=', made.personId)
        .forUpdate() // of two at once, the second counts the first
        .executeTakeFirstOrThrow();
      const { many } = await db
        .selectFrom('passkey')
        .select(sql<number>`count(*)::int`.as('many'))
        .where('person_id', '=', made.personId)
        .executeTakeFirstOrThrow();
      if (many >= MOST) throw new AppError('E_USAGE', `there are ${MOST} passkeys already: remove one first`);
      const added = await db
        .insertInto('passkey')
        .values(rowOf(made))
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .executeTakeFirst();
      if (added === undefined) throw new AppError('E_USAGE', 'this passkey is known already');
    });
  }

  async byId(id: string): Promise<Passkey | null> {
    const row = await this.#select().where('passkey.id', '=', id).executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  /** Of a person, the oldest first. */
  async list(personId: number): Promise<Passkey[]> {
    const rows = await this.#select()
      .where('passkey.person_id', '=', personId)
      .orderBy('passkey.created_at')
      .orderBy('passkey.id')
      .execute();
    return rows.map(shown);
  }

  /** How many of a person can be used. */
  async usable(personId: number): Promise<number> {
    const { many } = await this.#db
      .selectFrom('passkey')
      .select(sql<number>`count(*)::int`.as('many'))
      .where('person_id', '=', personId)
      .where('doubled_at', 'is', null)
      .executeTakeFirstOrThrow();
    return many;
  }

  /**
   * Writes a use down, with the counter that the answer said. False when the counter did not go up (WebAuthn section 6.1.1): the passkey
   * may be there twice. False, too, when that was found before. Authenticators that do not count say 0 each time.
   */
  async used(id: string, counter: number, nowMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('passkey')
      .set({ counter, used_at: new Date(nowMs) })
      .where('id', '=', id)
      .where('doubled_at', 'is', null)
      .where((eb) => eb.or([eb('counter', '<', counter), eb.and([eb('counter', '=', 0), eb.val(counter === 0)])]))
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Lets nobody in by it any more. */
  async doubled(id: string, nowMs: number): Promise<void> {
    await this.#db
      .updateTable('passkey')
      .set({ doubled_at: new Date(nowMs) })
      .where('id', '=', id)
      .where('doubled_at', 'is', null)
      .execute();
  }

  /** False when this person has none of that id. */
  async rename(personId: number, id: string, name: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('passkey')
      .set({ name: storable(name, 60) })
      .where('id', '=', id)
      .where('person_id', '=', personId)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Likewise. */
  async remove(personId: number, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('passkey')
      .where('id', '=', id)
      .where('person_id', '=', personId)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  /** All of a person. */
  async removeAll(personId: number): Promise<void> {
    await this.#db.deleteFrom('passkey').where('person_id', '=', personId).execute();
  }

  #select() {
    return this.#db
      .selectFrom('passkey')
      .innerJoin('passkey_handle', 'passkey_handle.person_id', 'passkey.person_id')
      .selectAll('passkey')
      .select('passkey_handle.handle');
  }
}

function rowOf(made: AddedPasskey) {
  return {
    id: made.id,
    person_id: made.personId,
    name: storable(made.name, 60),
    public_key: Buffer.from(made.publicKey),
    counter: made.counter,
    transports: storableJson(made.transports),
    aaguid: storable(made.aaguid, 36),
    is_synced: made.isSynced,
    created_at: new Date(made.nowMs),
  };
}

function shown(row: Selectable<PasskeyTable> & { handle: Buffer }): Passkey {
  return {
    id: row.id,
    personId: row.person_id,
    name: row.name,
    publicKey: new Uint8Array(row.public_key),
    counter: row.counter,
    transports: row.transports,
    aaguid: row.aaguid,
    isSynced: row.is_synced,
    createdMs: row.created_at,
    usedMs: row.used_at,
    doubledMs: row.doubled_at,
    handle: row.handle,
  };
}
