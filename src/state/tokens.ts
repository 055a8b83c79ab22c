import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { instant, notMadeAfter } from './instant.ts';
import { storable, storableJson } from './storable.ts';
import type { Tables } from './tables.ts';

const BYTES = 32;
const PREFIX = 'spoor_';
const FORM = /^spoor_[A-Za-z0-9_-]{43}$/;
const COLUMNS = [
  'id',
  'kind',
  'name',
  'person_id',
  'scope',
  'created_at',
  'expires_at',
  'used_at',
  'revoked_at',
] as const;

/**
 * `enrol`: lets one host ask for a certificate, once. `ingest`: lets a sender hand in records, until it ends. `api`: lets a program ask in a
 * person's name. `link`: lets somebody set a name and password, once.
 */
export type TokenKind = 'enrol' | 'ingest' | 'api' | 'link';
type OnceKind = 'enrol' | 'link';

/** What is known of a token; never the token itself. Milliseconds since 1970. */
export interface Token {
  readonly id: number;
  readonly kind: TokenKind;
  readonly name: string;
  /** Whose it is; of `api` and `link`. */
  readonly personId: number | null;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  readonly expiresMs: number | null;
  /** When it was used up; of `api`: when it was used last. */
  readonly usedMs: number | null;
  readonly revokedMs: number | null;
}

/** A token to be made. */
export interface NewToken {
  readonly kind: TokenKind;
  /** Of the host, sender or program. */
  readonly name: string;
  readonly personId?: number | null;
  readonly scope?: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
  /** One that is used once must have one. */
  readonly expiresMs?: number;
  /** As `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
}

/** Tokens. 256 random bits each, of which only the SHA-256 is kept: who reads the database can use none. */
export class Tokens {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Makes one. Its text is given here and never again. Throws E_USAGE for one that is used once and does not end. */
  async create({
    kind,
    name,
    personId,
    scope,
    nowMs,
    expiresMs,
    random,
  }: NewToken): Promise<{ text: string; token: Token }> {
    if ((kind === 'enrol' || kind === 'link') && expiresMs === undefined)
      throw new AppError('E_USAGE', 'a token that is used once needs an end');
    const text = PREFIX + random(BYTES).toString('base64url');
    const row = await this.#db
      .insertInto('token')
      .values({
        sha256: digest(text),
        kind,
        name: storable(name, 255),
        person_id: personId ?? null,
        scope: storableJson(scope ?? {}),
        created_at: new Date(nowMs),
        expires_at: expiresMs === undefined ? null : new Date(expiresMs),
      })
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    return { text, token: shown(row) };
  }

  /** Uses a token up. Of any number that try at once, one gets it; all others, and every later one, null. */
  async useOnce(kind: OnceKind, text: string, nowMs: number): Promise<Token | null> {
    if (!FORM.test(text)) return null;
    const row = await this.#db
      .updateTable('token')
      .set({ used_at: new Date(nowMs) })
      .where('sha256', '=', digest(text))
      .where('kind', '=', kind)
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', instant(nowMs))
      .where('created_at', '<', notMadeAfter(nowMs))
      .returning(COLUMNS)
      .executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  /** A token of that kind that holds now; null for any other text. Changes nothing. */
  async check(kind: TokenKind, text: string, nowMs: number): Promise<Token | null> {
    if (!FORM.test(text)) return null;
    const row = await this.#db
      .selectFrom('token')
      .select(COLUMNS)
      .where('sha256', '=', digest(text))
      .where('kind', '=', kind)
      .where('revoked_at', 'is', null)
      .$if(kind === 'enrol' || kind === 'link', (query) =>
        query.where('used_at', 'is', null).where('created_at', '<', notMadeAfter(nowMs)),
      )
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', instant(nowMs))]))
      .executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  /** Ends a token for good. False when there is none that holds. */
  async revoke(id: number, nowMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('token')
      .set({ revoked_at: new Date(nowMs) })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Says that a token was used. */
  async touch(id: number, nowMs: number): Promise<void> {
    await this.#db
      .updateTable('token')
      .set({ used_at: new Date(nowMs) })
      .where('id', '=', id)
      .execute();
  }

  /** Ends all tokens of a kind and a person (null: of nobody) that hold. Gives how many. */
  async revokeAll(kind: TokenKind, personId: number | null, nowMs: number): Promise<number> {
    const { numUpdatedRows } = await this.#db
      .updateTable('token')
      .set({ revoked_at: new Date(nowMs) })
      .where('kind', '=', kind)
      .where('person_id', personId === null ? 'is' : '=', personId)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    return Number(numUpdatedRows);
  }

  /** All, newest first; of one kind, or of one person. */
  async list({ kind, personId }: { kind?: TokenKind; personId?: number } = {}): Promise<Token[]> {
    let query = this.#db.selectFrom('token').select(COLUMNS).orderBy('id', 'desc');
    if (kind !== undefined) query = query.where('kind', '=', kind);
    if (personId !== undefined) query = query.where('person_id', '=', personId);
    return (await query.execute()).map(shown);
  }
}

/** Enough by itself: nobody guesses 256 random bits, so there is nothing to slow down. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function shown(row: Pick<Selectable<Tables['token']>, (typeof COLUMNS)[number]>): Token {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    personId: row.person_id,
    scope: row.scope,
    createdMs: row.created_at,
    expiresMs: row.expires_at,
    usedMs: row.used_at,
    revokedMs: row.revoked_at,
  };
}
