import { type Kysely, sql } from 'kysely';
import type { NamedMigration } from './index.ts';

export default {
  name: '0002-access',
  async up(db: Kysely<unknown>) {
    await sql`
      create table token (
        id bigint generated always as identity primary key,
        sha256 bytea not null unique check (octet_length(sha256) = 32),
        kind text not null check (kind in ('enrol', 'ingest')),
        name text not null,
        scope jsonb not null default '{}',
        created_at timestamptz not null,
        expires_at timestamptz,
        used_at timestamptz,
        revoked_at timestamptz
      )`.execute(db);
    await sql`
      create table certificate (
        serial text primary key,
        name text not null,
        issued_at timestamptz not null,
        not_after timestamptz not null,
        revoked_at timestamptz,
        revoked_why text
      )`.execute(db);
    await sql`create index certificate_name on certificate (name, not_after desc)`.execute(db);
    await sql`create table setting (key text primary key, value jsonb not null, set_at timestamptz not null)`.execute(
      db,
    );
  },
} satisfies NamedMigration;
