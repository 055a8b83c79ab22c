import * as z from 'zod';
import { AppError } from '../../core/errors.ts';
import { type Secret, secret } from '../../core/secret.ts';
import type { ListRole } from './entries.ts';
import type { CsvColumns } from './formats/csv.ts';

/** One list, as whoever loads it needs to know it. Plain data: it is sent to a thread. */
export interface ListConfig {
  readonly name: string;
  readonly role: ListRole;
  /** What addresses of the list are called; '' when its role is not `label`. */
  readonly label: string;
  /** Absolute path, or URL. */
  readonly from: string;
  readonly format: 'auto' | 'plain' | 'csv' | 'stix' | 'misp' | 'yaml';
  readonly csv: CsvColumns;
  readonly confidence: number | null;
  readonly subdomains: boolean;
  readonly refreshMs: number;
  readonly maxMb: number;
  readonly maxEntries: number;
  readonly allowPrivate: boolean;
  /** A header that is sent to the URL's own server. */
  readonly header: { readonly name: string; readonly value: string } | null;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const MINUTE_MS = 60_000;

const place = {
  name: z
    .string()
    .regex(NAME, 'small letters, digits, dots and hyphens')
    .describe('Name of the list: each hit has it.'),
  from: z
    .string()
    .regex(/^(?:\/|https?:\/\/)[^\s]+$/, 'an absolute path or a URL')
    .describe('Absolute path of a file, or URL (https; http only with allowPrivate).'),
  refreshMinutes: z
    .int()
    .min(1)
    .max(44_640)
    .default(60)
    .describe('How often a URL is asked. Files are read again within seconds of a change.'),
  maxMb: z.int().min(1).max(512).default(64).describe('A list of more megabytes, unpacked, is refused.'),
  maxEntries: z.int().min(1).max(10_000_000).default(2_000_000).describe('A list of more entries is refused.'),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe('The URL may lead to this machine or an inner network, and be http.'),
  header: z
    .strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/)
        .default('Authorization')
        .describe('Name of the header.'),
      value: secret().describe('Its value, from the environment or a file.'),
    })
    .optional()
    .describe('A header with a key, sent to the URL’s own server.'),
};

const columns = {
  column: z.string().max(100).optional().describe('CSV: the column with the entry, by name or by number from 1.'),
  confidenceColumn: z.string().max(100).optional().describe('CSV: the column with a confidence of 0 to 100.'),
  untilColumn: z.string().max(100).optional().describe('CSV: the column with the instant when an entry ends.'),
  descriptionColumn: z.string().max(100).optional().describe('CSV: the column with what is known of it.'),
  separator: z.string().length(1).default(',').describe('CSV: what stands between columns.'),
};

const intel = z.strictObject({
  ...place,
  ...columns,
  format: z
    .enum(['auto', 'plain', 'csv', 'stix', 'misp'])
    .default('auto')
    .describe(
      'plain: one entry a line; csv; stix: a STIX 2.1 bundle; misp: events of MISP; auto: told by its beginning.',
    ),
  confidence: z.int().min(0).max(100).optional().describe('Confidence of entries for which the list says none.'),
  subdomains: z.boolean().default(false).describe('A domain means the names below it as well.'),
});

const label = z.strictObject({
  ...place,
  column: columns.column,
  separator: columns.separator,
  format: z.enum(['auto', 'plain', 'csv']).default('auto').describe('plain: one entry a line; csv.'),
  label: z.string().regex(NAME).describe('What its addresses are called: tor, vpn, hosting, or a word of yours.'),
});

const assets = z.strictObject({
  ...place,
  format: z.enum(['auto', 'yaml', 'csv']).default('auto').describe('Of the inventory.'),
  separator: columns.separator,
});

/** The part `enrich` of the configuration. */
export const enrichSchema = z.strictObject({
  networks: z.boolean().default(true).describe('Networks of well-known hosting and VPN providers are labelled.'),
  labels: z
    .array(label)
    .max(50)
    .default([])
    .describe('Lists of addresses, networks and AS numbers, and what they are called.'),
  intel: z
    .array(intel)
    .max(100)
    .default([])
    .describe('Threat intelligence: lists of addresses, domains, URLs and hashes.'),
  assets: z
    .array(assets)
    .max(20)
    .default([])
    .describe('Inventories: role, environment, criticality and owner of hosts and networks.'),
});

export type EnrichConfig = z.output<typeof enrichSchema>;

type Described = z.output<typeof intel> | z.output<typeof label> | z.output<typeof assets>;

function listConfig(one: Described, role: ListRole): ListConfig {
  const { name, from, format, refreshMinutes, maxMb, maxEntries, allowPrivate, separator } = one;
  const header = one.header as { readonly name: string; readonly value: Secret } | undefined;
  const csv = one as Partial<z.output<typeof intel>>;
  return {
    name,
    role,
    from,
    format,
    maxMb,
    maxEntries,
    allowPrivate,
    label: 'label' in one ? one.label : '',
    csv: {
      value: csv.column ?? '',
      confidence: csv.confidenceColumn,
      until: csv.untilColumn,
      description: csv.descriptionColumn,
      separator,
    },
    confidence: csv.confidence ?? null,
    subdomains: csv.subdomains ?? false,
    refreshMs: refreshMinutes * MINUTE_MS,
    header: header === undefined ? null : { name: header.name, value: header.value.reveal() },
  };
}

/** All lists of a configuration. Throws E_CONFIG for two of the same name. */
export function listConfigs({ labels, intel: threats, assets: inventories }: EnrichConfig): ListConfig[] {
  const lists = [
    ...labels.map((one) => listConfig(one, 'label')),
    ...threats.map((one) => listConfig(one, 'intel')),
    ...inventories.map((one) => listConfig(one, 'asset')),
  ];
  const names = new Set<string>();
  for (const { name } of lists) {
    if (names.has(name)) throw new AppError('E_CONFIG', `enrich: two lists are called ${name}`);
    names.add(name);
  }
  return lists;
}
