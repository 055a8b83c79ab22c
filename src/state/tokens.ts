import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { instant } from './instant.ts';
import { storable, storableJson } from './storable.ts';
import type { Tables } from './tables.ts';

const BYTES = 32;
const PREFIX = 'spoor_';
const FORM = /^spoor_[A-Za-z0-9_-]{43}$/;
const COLUMNS = ['id', 'kind', 'name', 'scope', 'created_at', 'expires_at', 'used_at', 'revoked_at'] as const;

/** `enrol`: lets one host ask for a certificate, once. `ingest`: lets a sender hand in records, until it ends. */
export type TokenKind = 'enrol' | 'ingest';

/** What is known of a token; never the token itself. Milliseconds since 1970. */
export interface Token {
  readonly id: number;
  readonly kind: TokenKind;
  readonly name: string;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly usedMs: number | null;
  readonly revokedMs: number | null;
}

/** A token to be made. */
export interface NewToken {
  readonly kind: TokenKind;
  /** Of the host or sender. */
  readonly name: string;
  readonly scope?: Readonly<Record<string, unknown>>;
  readonly nowMs: number;
  /** An enrolment token must have one. */
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

  /** Makes one. Its text is given here and never again. Throws E_USAGE for an enrolment token that does not end. */
  async create({ kind, name, scope, nowMs, expiresMs, random }: NewToken): Promise<{ text: string; token: Token }> {
    if (kind === 'enrol' && expiresMs === undefined) throw new AppError('E_USAGE', 'an enrolment token needs an end');
    const text = PREFIX + random(BYTES).toString('base64url');
    const row = await this.#db
      .insertInto('token')
      .values({
        sha256: digest(text),
        kind,
        name: storable(name, 255),
        scope: storableJson(scope ?? {}),
        created_at: new Date(nowMs),
        expires_at: expiresMs === undefined ? null : new Date(expiresMs),
      })
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    return { text, token: shown(row) };
  }

  /** Uses an enrolment token up. Of any number that try at once, one gets it; all others, and every later one, null. */
  async useOnce(text: string, nowMs: number): Promise<Token | null> {
    if (!FORM.test(text)) return null;
    const row = await this.#db
      .updateTable('token')
      .set({ used_at: new Date(nowMs) })
      .where('sha256', '=', digest(text))
      .where('kind', '=', 'enrol')
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', instant(nowMs))
      .returning(COLUMNS)
      .executeTakeFirst();
    return row === undefined ? null : shown(row);
  }

  /** An ingest token that holds now; null for any other text. Changes nothing. */
  async check(text: string, nowMs: number): Promise<Token | null> {
    if (!FORM.test(text)) return null;
    const row = await this.#db
      .selectFrom('token')
      .select(COLUMNS)
      .where('sha256', '=', digest(text))
      .where('kind', '=', 'ingest')
      .where('revoked_at', 'is', null)
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

  /** All, newest first. */
  async list(): Promise<Token[]> {
    return (await this.#db.selectFrom('token').select(COLUMNS).orderBy('id', 'desc').execute()).map(shown);
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
    scope: row.scope,
    createdMs: row.created_at,
    expiresMs: row.expires_at,
    usedMs: row.used_at,
    revokedMs: row.revoked_at,
  };
}
