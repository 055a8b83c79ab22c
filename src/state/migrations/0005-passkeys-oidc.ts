import { type Kysely, sql } from 'kysely';
import type { NamedMigration } from './index.ts';

export default {
  name: '0005-passkeys-oidc',
  async up(db: Kysely<unknown>) {
    await sql`
      create table passkey_handle (
        person_id bigint primary key references person (id) on delete cascade,
        handle bytea not null unique check (octet_length(handle) = 32)
      )`.execute(db);
    await sql`
      create table passkey (
        id text primary key,
        person_id bigint not null references passkey_handle (person_id) on delete cascade,
        name text not null,
        public_key bytea not null,
        counter bigint not null check (counter >= 0),
        transports jsonb not null default '[]',
        aaguid text not null,
        is_synced boolean not null,
        created_at timestamptz not null,
        used_at timestamptz,
        doubled_at timestamptz
      )`.execute(db);
    await sql`create index passkey_person on passkey (person_id)`.execute(db);
    await sql`
      create table oidc_link (
        issuer text not null,
        subject text not null,
        person_id bigint not null unique references person (id) on delete cascade,
        created_at timestamptz not null,
        used_at timestamptz not null,
        primary key (issuer, subject)
      )`.execute(db);
  },
} satisfies NamedMigration;
