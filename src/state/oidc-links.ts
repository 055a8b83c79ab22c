import type { Kysely } from 'kysely';
import { AppError } from '../core/errors.ts';
import type { Tables } from './tables.ts';

/** Who a person is at a provider: issuer and subject, as its ID token says them. */
export interface OidcSubject {
  readonly issuer: string;
  readonly subject: string;
}

/** Which account belongs to whom at which provider. Nothing else links them: names and addresses of mail are the provider's to change. */
export class OidcLinks {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** The person that is linked; null for nobody. */
  async find({ issuer, subject }: OidcSubject): Promise<number | null> {
    const row = await this.#db
      .selectFrom('oidc_link')
      .select('person_id')
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .executeTakeFirst();
    return row?.person_id ?? null;
  }

  /** Is this person linked? */
  async has(personId: number): Promise<boolean> {
    const row = await this.#db
      .selectFrom('oidc_link')
      .select('person_id')
      .where('person_id', '=', personId)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Ends a person's link, if there is one. */
  async remove(personId: number): Promise<void> {
    await this.#db.deleteFrom('oidc_link').where('person_id', '=', personId).execute();
  }

  /** Links a person. Throws E_USAGE when somebody is linked to that subject already, or this person to another. */
  async add({ issuer, subject }: OidcSubject, personId: number, nowMs: number): Promise<void> {
    const row = await this.#db
      .insertInto('oidc_link')
      .values({ issuer, subject, person_id: personId, created_at: new Date(nowMs), used_at: new Date(nowMs) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('person_id')
      .executeTakeFirst();
    if (row === undefined)
      throw new AppError('E_USAGE', 'this account of the provider is linked already: sign in again');
  }

  /** Writes a sign-in down. */
  async used(personId: number, nowMs: number): Promise<void> {
    await this.#db
      .updateTable('oidc_link')
      .set({ used_at: new Date(nowMs) })
      .where('person_id', '=', personId)
      .execute();
  }
}
