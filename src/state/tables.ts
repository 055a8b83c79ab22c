import type { ColumnType, Generated, JSONColumnType } from 'kysely';

// What migrations/ made, for Kysely. Times come out as milliseconds since 1970 (pool.ts) and go in as Date; JSON goes in as text.

type Instant = ColumnType<number, Date, Date>;
type MaybeInstant = ColumnType<number | null, Date | null | undefined, Date | null>;

/** How sure we are of who sends: by a certificate or token, by its address alone, our own machine, or not at all. */
export type Trust = 'authenticated' | 'address' | 'local' | 'none';

/** How a source is doing. */
export type SourceState = 'active' | 'silent' | 'cut' | 'drifting' | 'retired';

/** What can be told of a source, against its own past. */
export type SourceEventKind =
  | 'first_seen'
  | 'silence'
  | 'format_drift'
  | 'sequence_gap'
  | 'cut_connection'
  | 'clock_step';

export interface SourceTable {
  origin: string;
  stream: string;
  type: string;
  name: string;
  peer: string;
  hosts: JSONColumnType<string[]>;
  trust: Trust;
  state: Generated<SourceState>;
  first_seen: MaybeInstant;
  last_seen: MaybeInstant;
  records: number;
  bytes: number;
  parsed: number;
  unparsed: number;
  retransmitted: number;
  dropped: number;
  refused: JSONColumnType<Record<string, number>>;
  clock_skew_ms: number | null;
  rhythm_records: number;
  rhythm_ms: number;
  longest_gap_ms: number;
  counted_to: number;
}

export interface SourceEventTable {
  id: Generated<number>;
  origin: string;
  stream: string;
  kind: SourceEventKind;
  at: Instant;
  ended_at: MaybeInstant;
  ledger_index: number | null;
  detail: JSONColumnType<Record<string, unknown>>;
}

export interface TokenTable {
  id: Generated<number>;
  sha256: Buffer;
  kind: 'enrol' | 'ingest' | 'api' | 'link';
  name: string;
  person_id: number | null;
  scope: JSONColumnType<Record<string, unknown>>;
  created_at: Instant;
  expires_at: MaybeInstant;
  used_at: MaybeInstant;
  revoked_at: MaybeInstant;
}

export interface CertificateTable {
  serial: string;
  name: string;
  issued_at: Instant;
  not_after: Instant;
  revoked_at: MaybeInstant;
  revoked_why: string | null;
}

export interface PersonTable {
  id: Generated<number>;
  name: string;
  role: 'viewer' | 'analyst' | 'reviewer' | 'auditor' | 'admin' | null;
  password_hash: string | null;
  totp_secret: string | null;
  totp_step: Generated<number>;
  created_at: Instant;
  disabled_at: MaybeInstant;
}

export interface RecoveryCodeTable {
  person_id: number;
  sha256: Buffer;
  used_at: MaybeInstant;
}

export interface SignInTable {
  id: Generated<number>;
  person_id: number;
  sha256: Buffer;
  how: string;
  address: string;
  agent: string;
  began_at: Instant;
  used_at: Instant;
  ends_at: Instant;
}

export interface PasskeyTable {
  id: string;
  person_id: number;
  name: string;
  public_key: Buffer;
  counter: number;
  transports: JSONColumnType<string[]>;
  aaguid: string;
  is_synced: boolean;
  created_at: Instant;
  used_at: MaybeInstant;
  doubled_at: MaybeInstant;
}

export interface OidcLinkTable {
  issuer: string;
  subject: string;
  person_id: number;
  created_at: Instant;
  used_at: Instant;
}

export interface SettingTable {
  key: string;
  value: JSONColumnType<object>;
  set_at: Instant;
}

/** Every table. */
export interface Tables {
  source_position: { origin: string; counted_to: number };
  source: SourceTable;
  source_event: SourceEventTable;
  token: TokenTable;
  certificate: CertificateTable;
  setting: SettingTable;
  person: PersonTable;
  recovery_code: RecoveryCodeTable;
  sign_in: SignInTable;
  passkey_handle: { person_id: number; handle: Buffer };
  passkey: PasskeyTable;
  oidc_link: OidcLinkTable;
}
