import { type Kysely, sql } from 'kysely';
import type { NamedMigration } from './index.ts';

export default {
  name: '0003-people',
  async up(db: Kysely<unknown>) {
    await sql`
      create table person (
        id bigint generated always as identity primary key,
        name text not null unique,
        role text check (role in ('viewer', 'analyst', 'reviewer', 'auditor', 'admin')),
        password_hash text,
        totp_secret text,
        totp_step bigint not null default 0,
        created_at timestamptz not null,
        disabled_at timestamptz
      )`.execute(db);
    await sql`
      create table recovery_code (
        person_id bigint not null references person (id) on delete cascade,
        sha256 bytea not null check (octet_length(sha256) = 32),
        used_at timestamptz,
        primary key (person_id, sha256)
      )`.execute(db);
    await sql`
      create table sign_in (
        id bigint generated always as identity primary key,
        person_id bigint not null references person (id) on delete cascade,
        sha256 bytea not null unique check (octet_length(sha256) = 32),
        how text not null,
        address text not null,
        agent text not null,
        began_at timestamptz not null,
        used_at timestamptz not null,
        ends_at timestamptz not null
      )`.execute(db);
    await sql`create index sign_in_person on sign_in (person_id)`.execute(db);
    await sql`alter table token
      drop constraint token_kind_check,
      add constraint token_kind_check check (kind in ('enrol', 'ingest', 'api', 'link')),
      add column person_id bigint references person (id) on delete cascade`.execute(db);
    await sql`create index token_person on token (person_id) where person_id is not null`.execute(db);
  },
} satisfies NamedMigration;
