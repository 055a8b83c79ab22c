import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { instant, notMadeAfter } from './instant.ts';
import { storable } from './storable.ts';
import type { SignInTable, Tables } from './tables.ts';

const BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{43}$/;
const MINUTE_MS = 60_000;
const MOST_SHOWN = 100;

/** Without being used, and at all, milliseconds. Whoever sits down at a machine the next morning signs in anew. */
const IDLE_MS = 8 * 3_600_000;
const LIFE_MS = 7 * 24 * 3_600_000;

/** A browser in which somebody signed in, until it signs out. Milliseconds since 1970. */
export interface SignIn {
  readonly id: number;
  readonly personId: number;
  /** `password`, `password+totp`, `passkey`, `oidc NAME` …: what he proved himself by. */
  readonly how: string;
  readonly address: string;
  /** What the browser calls itself. */
  readonly agent: string;
  readonly beganMs: number;
  /** To a minute. */
  readonly usedMs: number;
  readonly endsMs: number;
}

/** What is known of a new one. */
export interface NewSignIn extends Pick<SignIn, 'personId' | 'how' | 'address' | 'agent'> {
  readonly nowMs: number;
  /** As `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
}

/** Who is signed in where: 256 random bits in a cookie, of which only the SHA-256 is kept. */
export class SignIns {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Begins one. Its text is given here and never again. Those that ended long ago go. */
  async begin({ personId, how, address, agent, nowMs, random }: NewSignIn): Promise<{ text: string; signIn: SignIn }> {
    await this.#db.deleteFrom('sign_in').where('ends_at', '<', instant(nowMs)).execute();
    const text = random(BYTES).toString('base64url');
    const row = await this.#db
      .insertInto('sign_in')
      .values({
        person_id: personId,
        sha256: digest(text),
        how: storable(how, 100),
        address: storable(address, 100),
        agent: storable(agent, 300),
        began_at: new Date(nowMs),
        used_at: new Date(nowMs),
        ends_at: new Date(nowMs + LIFE_MS),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return { text, signIn: shown(row) };
  }

  /** The one that a cookie's text names, while it lasts; its use is written down once a minute. */
  async use(
    text: string,
    { address, agent, nowMs }: Pick<NewSignIn, 'address' | 'agent' | 'nowMs'>,
  ): Promise<SignIn | null> {
    if (!FORM.test(text)) return null;
    const row = await this.#db
      .selectFrom('sign_in')
      .selectAll()
      .where('sha256', '=', digest(text))
      .where('ends_at', '>', instant(nowMs))
      .where('used_at', '>', instant(nowMs - IDLE_MS))
      .where('used_at', '<', notMadeAfter(nowMs))
      .executeTakeFirst();
    if (row === undefined) return null;
    if (row.used_at < nowMs - MINUTE_MS || row.address !== address)
      await this.#db
        .updateTable('sign_in')
        .set({ used_at: new Date(nowMs), address: storable(address, 100), agent: storable(agent, 300) })
        .where('id', '=', row.id)
        .execute();
    return shown(row);
  }

  /** Those of a person that last, the last used first. */
  async list(personId: number, nowMs: number): Promise<SignIn[]> {
    const rows = await this.#db
      .selectFrom('sign_in')
      .selectAll()
      .where('person_id', '=', personId)
      .where('ends_at', '>', instant(nowMs))
      .where('used_at', '>', instant(nowMs - IDLE_MS))
      .where('used_at', '<', notMadeAfter(nowMs))
      .orderBy('used_at', 'desc')
      .limit(MOST_SHOWN)
      .execute();
    return rows.map(shown);
  }

  /** Ends one of a person's. False when there is none. */
  async end(personId: number, id: number): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sign_in')
      .where('id', '=', id)
      .where('person_id', '=', personId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Ends all of a person's, but for one where it is named. Gives how many. */
  async endAll(personId: number, but: number | null = null): Promise<number> {
    let query = this.#db.deleteFrom('sign_in').where('person_id', '=', personId);
    if (but !== null) query = query.where('id', '!=', but);
    return Number((await query.executeTakeFirst()).numDeletedRows);
  }
}

/** Enough by itself: nobody guesses 256 random bits. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function shown(row: Selectable<SignInTable>): SignIn {
  return {
    id: row.id,
    personId: row.person_id,
    how: row.how,
    address: row.address,
    agent: row.agent,
    beganMs: row.began_at,
    usedMs: row.used_at,
    endsMs: row.ends_at,
  };
}
