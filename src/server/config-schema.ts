import * as z from 'zod';
import { oidcSchema } from '../access/oidc-config.ts';
import { openAnchors } from '../anchors/index.ts';
import { AppError } from '../core/errors.ts';
import { secret } from '../core/secret.ts';
import type { Source } from '../core/stages.ts';
import { isKeyName } from '../core/tlog/note.ts';
import { Zone } from '../core/zone.ts';
import { enrichSchema } from '../enrichers/lists/list-config.ts';

const REACHED = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/;
const ZONE = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const DURATION = /^(?:P\d{1,5}[DWMY]|\d{1,5}[dwmy])$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** What is collected where nobody said anything: this machine’s own logs, and syslog from this machine’s programs. */
export const DEFAULT_SOURCES: { type: string; port?: number }[] = [
  { type: 'file' },
  { type: 'journald' },
  { type: 'syslog-udp', port: 5514 },
  { type: 'syslog-tcp', port: 5514 },
];

function isOrigin({ value, issues }: z.core.ParsePayload<string>): void {
  if (isKeyName(value)) return;
  const message = 'a name like ledger.example/main, of at most 255 characters, without space or plus';
  issues.push({ code: 'custom', input: value, message });
}

function isAnchor({ value, issues }: z.core.ParsePayload<string>): void {
  try {
    openAnchors([value]);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    issues.push({ code: 'custom', input: value, message: error.message });
  }
}

const ledger = z.strictObject({
  origin: z
    .string()
    .check(isOrigin)
    .optional()
    .describe(
      'Name of the ledger, for its whole life. Absent: the host’s, and some letters that are the data folder’s own.',
    ),
  keyFile: z
    .string()
    .optional()
    .describe('File with the keys of a ledger that is encrypted at rest; outside of the data folder.'),
  auditorToken: secret().optional().describe('Who gives it may read entries at /ledger; nobody may without.'),
  scrub: z
    .string()
    .regex(DURATION)
    .default('7d')
    .describe('Within so long each record is read again, and compared with what was signed.'),
  anchors: z
    .array(z.string().check(isAnchor))
    .max(16)
    .default([])
    .describe('Places outside that keep its checkpoints: file:/FOLDER, or rfc3161:https://AUTHORITY.'),
  anchorMinutes: z.int().min(1).max(10_080).default(60).describe('How often they are given the newest one.'),
  policy: z.string().default('').describe('What is kept and how long, in words: goes into the first record.'),
});

const clickhouse = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('A ClickHouse of your own.'),
  user: z.string().default('default').describe('Its user.'),
  password: secret().optional().describe('Its password, from the environment or a file.'),
  cluster: z.string().optional().describe('Name of the cluster: tables are Replicated and Distributed.'),
});

const index = z.strictObject({
  clickhouse: clickhouse.optional().describe('Absent: the engine that Spoor brings along.'),
  database: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/)
    .default('spoor')
    .describe('Name of the database.'),
  memoryMb: z.int().min(256).max(1_048_576).default(1024).describe('What the engine may take, MB.'),
});

const http = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address of the page and the API.'),
  port: z.int().min(0).max(65535).default(7300).describe('Port; 0 takes a free one.'),
  names: z
    .array(z.string().regex(REACHED))
    .max(50)
    .default([])
    .describe(
      'More names by which browsers ask for it; the first stands in links. Its own name and addresses are known.',
    ),
  tls: z
    .union([
      z.literal('off'),
      z.strictObject({
        certificate: z
          .string()
          .min(1)
          .describe('File with the certificate and those between, PEM. Read again when it changes.'),
        key: z.string().min(1).describe('File with its key, PEM.'),
      }),
    ])
    .optional()
    .describe('Absent: none on loopback, else a certificate of its own. "off" behind a proxy that has TLS.'),
  trustProxy: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(50)
    .default([])
    .describe('Proxies whose word is taken for who asks (X-Forwarded-For, -Proto, -Host).'),
  oidc: oidcSchema,
});

const sql = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Answers SQL over views of the index. The index’s engine must have an account of its own.'),
  user: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/)
    .optional()
    .describe('With a ClickHouse of your own: a user who may only read the views (docs/guides/sql.md).'),
  password: secret().optional().describe('Its password, from the environment or a file.'),
});

const enroll = z.strictObject({
  host: z
    .union([z.ipv4(), z.ipv6()])
    .describe('Address to listen on for hosts that ask for certificates; 0.0.0.0 or :: for all.'),
  port: z.int().min(0).max(65535).default(7301).describe('Port; 0 takes a free one.'),
  address: z
    .string()
    .regex(REACHED)
    .optional()
    .describe('Name or address by which hosts reach this server; its host name when absent.'),
  names: z
    .array(z.string().regex(REACHED))
    .max(50)
    .default([])
    .describe('More names and addresses for its certificate.'),
  zones: z
    .array(z.string().regex(ZONE))
    .max(50)
    .default([])
    .describe(
      'Domains of all hosts that will enrol. The authority, when it is made, is limited to them for its life; absent: to none.',
    ),
});

const keep = z.strictObject({
  index: z
    .string()
    .regex(DURATION)
    .optional()
    .describe('How long events can be searched: 90d. Absent: as long as the ledger has their records.'),
  ledger: z
    .strictObject({
      minimum: z.string().regex(DURATION).describe('Records are kept at least so long: 365d.'),
      maximum: z.string().regex(DURATION).optional().describe('And no longer than that. Absent: nothing says so.'),
    })
    .optional()
    .describe('What the ledger states and follows. Absent: as its own records state; a new one keeps all for ever.'),
});

/** A source with TLS names its three files, or says `tls: own`. */
function needsTlsFiles({ value, issues }: z.core.ParsePayload<object>): void {
  const source = value as Readonly<Record<string, unknown>>;
  if (!String(source['type']).endsWith('-tls') || source['tls'] === 'own') return;
  for (const key of ['certificate', 'key', 'ca'])
    if (source[key] === undefined)
      issues.push({ code: 'invalid_type', expected: 'string', input: undefined, path: [key] });
}

/** Two sources of one name would write over what the other remembers, and their streams would be one. */
function haveOwnNames({
  value,
  issues,
}: z.core.ParsePayload<{ readonly type: string; readonly name?: string | undefined }[]>): void {
  const taken = new Set<string>();
  for (const [at, { type, name }] of value.entries()) {
    const own = name ?? type;
    if (taken.has(own))
      issues.push({
        code: 'custom',
        input: own,
        path: [at, name === undefined ? 'type' : 'name'],
        message: `a name of its own (name: ${own}-2): an earlier source is called so, too`,
      });
    taken.add(own);
  }
}

function isZone({ value, issues }: z.core.ParsePayload<string>): void {
  try {
    new Zone(value);
  } catch {
    const message = 'an IANA name such as Europe/Berlin, or an offset such as +09:00';
    issues.push({ code: 'custom', input: value, message });
  }
}

/** The whole configuration file. `sources`: one form for each source that Spoor has, told apart by `type`. */
export function configSchema(sources: readonly Source<z.ZodType>[]) {
  const forms = sources.map(({ name, config }) =>
    z.strictObject({
      ...(config as z.ZodObject).shape,
      type: z.literal(name).describe('What kind of source.'),
      name: z.string().regex(NAME).optional().describe('What its streams begin with; its type when absent.'),
      erasable: z
        .boolean()
        .default(false)
        .describe(
          'Its lines are about persons: each can be erased by order (spoor ledger erase). The log has a salted hash of it, the line lies beside. Lines that came before stay as they came.',
        ),
    }),
  );
  const source = z.discriminatedUnion('type', forms as unknown as [(typeof forms)[number]]).check(needsTlsFiles);
  return z.strictObject({
    timezone: z
      .string()
      .check(isZone)
      .optional()
      .describe('Zone of time stamps that name none; this machine’s when absent.'),
    ledger: ledger.prefault({}),
    index: index.prefault({}),
    database: secret()
      .optional()
      .describe('URL of a PostgreSQL of your own. Absent: DATABASE_URL, else the one that Spoor brings along.'),
    geoip: z.array(z.string()).default([]).describe('Your own MMDB files for places and networks.'),
    enrich: enrichSchema.prefault({}).describe('What look-ups in memory add to events, beside place and network.'),
    http: http.prefault({}),
    keep: keep.prefault({}).describe('How long what is kept; d, w, m (of 31 days) or y (of 366).'),
    sql: sql.prefault({}).describe('SQL for analysts (spoor sql). Off unless it says otherwise.'),
    enroll: enroll.optional().describe('Lets hosts enrol (spoor enroll HOST). Absent: none can.'),
    sources: z.array(source).check(haveOwnNames).prefault(DEFAULT_SOURCES).describe('Where records come from.'),
  });
}

export type Config = z.output<ReturnType<typeof configSchema>>;

/** The configuration of a server whose ledger is known. */
export type ServedConfig = Config & { readonly ledger: { readonly origin: string } };
