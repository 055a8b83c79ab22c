import * as z from 'zod';
import { canonicalIp } from '../core/ip.ts';
import { COLUMNS, TEXTS } from './columns.ts';
import { whole } from './query.ts';

const texts = Object.fromEntries(TEXTS.map(({ name }) => [name, z.string()]));

/** What a question that gives whole events selects. Times as microseconds: an alias of the column's name would shadow the column. */
export const EVENT_COLUMNS: string = [
  'first, last, sub, generation, toUnixTimestamp64Micro(ts) AS ts_us, toUnixTimestamp64Micro(ingest_ts) AS ingest_us',
  'pid, source_ip, source_port, destination_ip, destination_port, asn, count, certainty, outcome',
  ...TEXTS.map(({ name }) => name),
  'attrs',
].join(', ');

/** An address as we write it; '' for none. */
const address = z.string().transform((text) => (text === '::' ? '' : (canonicalIp(text) ?? text)));

/** An event as the index holds it. `ts_us`, `ingest_us`: microseconds since 1970. */
export const storedEvent = z.object({
  first: whole,
  last: whole,
  sub: whole,
  generation: whole,
  ts_us: whole,
  ingest_us: whole,
  pid: whole,
  source_ip: address,
  source_port: whole,
  destination_ip: address,
  destination_port: whole,
  asn: whole,
  count: whole,
  certainty: z.enum(['exact', 'zone', 'year', 'none']),
  outcome: z.enum(['', 'success', 'failure', 'unknown']),
  ...(texts as Record<(typeof TEXTS)[number]['name'], z.ZodString>),
  attrs: z.record(z.string(), z.string()),
});

export type StoredEvent = z.output<typeof storedEvent>;

const isoOf = (us: number) => {
  const text = new Date(Math.floor(us / 1000)).toISOString();
  const rest = us % 1000;
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
};

const TIMES = new Set(['ts', 'ingest_ts']);
const LISTS = new Set(['event.category', 'event.type']);
const COLUMNS_WITH_FIELD = COLUMNS.flatMap(({ name, field }) =>
  field === undefined || TIMES.has(name) ? [] : [{ name: name as keyof StoredEvent, field }],
);

/**
 * The flat ECS document of a stored event. Fields of `attrs` are texts, whatever they were, and go before columns, which may hold the
 * beginning of a long name only. `source.address` is `source.ip` where the line wrote nothing else.
 */
export function documentOf(event: StoredEvent): Record<string, unknown> {
  const document: Record<string, unknown> = { ...timesOf(event), ...columnsOf(event), ...event.attrs };
  for (const side of ['source', 'destination'])
    if (document[`${side}.ip`] !== undefined) document[`${side}.address`] ??= document[`${side}.ip`];
  return document;
}

function timesOf({ ts_us, ingest_us, certainty }: StoredEvent): Record<string, unknown> {
  const times = { '@timestamp': isoOf(ts_us), 'event.ingested': isoOf(ingest_us) };
  return certainty === 'exact' ? times : { ...times, 'spoor.time.certainty': certainty };
}

function columnsOf(event: StoredEvent): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const { name, field } of COLUMNS_WITH_FIELD) {
    const value = event[name];
    if (value === '' || value === 0) continue;
    document[field] = LISTS.has(field) ? String(value).split(',') : value;
  }
  return document;
}
