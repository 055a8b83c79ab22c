import { type Kysely, sql } from 'kysely';
import type { NamedMigration } from './index.ts';

export default {
  name: '0001-sources',
  async up(db: Kysely<unknown>) {
    await sql`
      create table source_position (
        origin text primary key,
        counted_to bigint not null
      )`.execute(db);
    await sql`
      create table source (
        origin text not null,
        stream text not null,
        type text not null,
        name text not null,
        peer text not null,
        hosts jsonb not null default '[]',
        trust text not null check (trust in ('authenticated', 'address', 'local', 'none')),
        state text not null default 'active' check (state in ('active', 'silent', 'cut', 'drifting', 'retired')),
        first_seen timestamptz,
        last_seen timestamptz,
        records bigint not null default 0,
        bytes bigint not null default 0,
        parsed bigint not null default 0,
        unparsed bigint not null default 0,
        retransmitted bigint not null default 0,
        dropped bigint not null default 0,
        refused jsonb not null default '{}',
        clock_skew_ms double precision,
        rhythm_records double precision not null default 0,
        rhythm_ms double precision not null default 0,
        longest_gap_ms double precision not null default 0,
        counted_to bigint not null default 0,
        primary key (origin, stream)
      )`.execute(db);
    await sql`
      create table source_event (
        id bigint generated always as identity primary key,
        origin text not null,
        stream text not null,
        kind text not null check (kind in ('first_seen', 'silence', 'format_drift', 'sequence_gap', 'cut_connection', 'clock_step')),
        at timestamptz not null,
        ended_at timestamptz,
        ledger_index bigint,
        detail jsonb not null default '{}'
      )`.execute(db);
    await sql`create index source_event_at on source_event (at desc, id desc)`.execute(db);
    await sql`create index source_event_stream on source_event (origin, stream, at desc)`.execute(db);
    // One at a time of what lasts; and a replay of the ledger finds again, at the same index, what it found before.
    await sql`create unique index source_event_open on source_event (origin, stream, kind) where ended_at is null`.execute(
      db,
    );
    await sql`create unique index source_event_found on source_event (origin, stream, kind, ledger_index) where ledger_index is not null`.execute(
      db,
    );
  },
} satisfies NamedMigration;
