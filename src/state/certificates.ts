import type { Kysely, Selectable } from 'kysely';
import { instant } from './instant.ts';
import { storable } from './storable.ts';
import type { Tables } from './tables.ts';

/** A certificate that Spoor's CA issued. Milliseconds since 1970. */
export interface Certificate {
  /** Lower-case hex, as in the certificate. */
  readonly serial: string;
  /** Of the host, as in its subject alternative name. */
  readonly name: string;
  readonly issuedMs: number;
  readonly notAfterMs: number;
  readonly revokedMs: number | null;
  readonly revokedWhy: string | null;
}

/** Certificates that were issued, and those that hold no more. */
export class Certificates {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Keeps one. False when the serial is taken: then it must not be handed out. */
  async add(certificate: Omit<Certificate, 'revokedMs' | 'revokedWhy'>): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('certificate')
      .values({
        serial: plain(certificate.serial),
        name: storable(certificate.name, 255),
        issued_at: new Date(certificate.issuedMs),
        not_after: new Date(certificate.notAfterMs),
        revoked_at: null,
        revoked_why: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Null when we never issued it. */
  async get(serial: string): Promise<Certificate | null> {
    const row = await this.#db
      .selectFrom('certificate')
      .selectAll()
      .where('serial', '=', plain(serial))
      .executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  /** Those of one host, or all; that which ends last comes first. */
  async list(name?: string): Promise<Certificate[]> {
    let query = this.#db.selectFrom('certificate').selectAll().orderBy('not_after', 'desc').orderBy('serial');
    if (name !== undefined) query = query.where('name', '=', storable(name, 255));
    return (await query.execute()).map(shown);
  }

  /** Ends one, or all of a host. Gives how many held until now. */
  async revoke(of: { serial: string } | { name: string }, nowMs: number, why: string): Promise<number> {
    const query = this.#db
      .updateTable('certificate')
      .set({ revoked_at: new Date(nowMs), revoked_why: storable(why, 500) })
      .where('revoked_at', 'is', null);
    const { numUpdatedRows } = await ('serial' in of
      ? query.where('serial', '=', plain(of.serial))
      : query.where('name', '=', storable(of.name, 255))
    ).executeTakeFirst();
    return Number(numUpdatedRows);
  }

  /** Serials of those that were revoked and have not ended by themselves: what a listener must refuse. */
  async revoked(nowMs: number): Promise<ReadonlySet<string>> {
    const rows = await this.#db
      .selectFrom('certificate')
      .select('serial')
      .where('revoked_at', 'is not', null)
      .where('not_after', '>', instant(nowMs))
      .execute();
    return new Set(rows.map(({ serial }) => serial));
  }
}

/** Node prints serials in capitals, OpenSSL with colons at times. */
function plain(serial: string): string {
  return storable(serial, 100).replaceAll(':', '').toLowerCase();
}

function shown(row: Selectable<Tables['certificate']>): Certificate {
  return {
    serial: row.serial,
    name: row.name,
    issuedMs: row.issued_at,
    notAfterMs: row.not_after,
    revokedMs: row.revoked_at,
    revokedWhy: row.revoked_why,
  };
}
