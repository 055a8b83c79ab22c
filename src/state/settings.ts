import { type Kysely, sql } from 'kysely';
import { storable, storableJson } from './storable.ts';
import type { Tables } from './tables.ts';

/** Small things that outlive a run, by key. Whoever reads one checks it: any JSON may be there. */
export class Settings {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Undefined when nothing is kept under the key. */
  async get(key: string): Promise<unknown> {
    // As text: node-postgres gives a JSON null and an SQL null alike.
    const row = await this.#db
      .selectFrom('setting')
      .select(sql<string>`value::text`.as('text'))
      .where('key', '=', storable(key, 200))
      .executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.text) as unknown);
  }

  /** Keeps a JSON value; the last one stays. */
  async set(key: string, value: unknown, nowMs: number): Promise<void> {
    const row = { value: storableJson(value, 1_000_000), set_at: new Date(nowMs) };
    await this.#db
      .insertInto('setting')
      .values({ key: storable(key, 200), ...row })
      .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
      .execute();
  }

  /** False when there was nothing. */
  async delete(key: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('setting')
      .where('key', '=', storable(key, 200))
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Keys that begin so, sorted by their bytes. */
  async keys(prefix = ''): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('setting')
      .select('key')
      .where(sql<boolean>`starts_with(key, ${storable(prefix, 200)})`)
      .orderBy(sql`key collate "C"`)
      .execute();
    return rows.map(({ key }) => key);
  }
}
