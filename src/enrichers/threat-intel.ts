import type { EcsFields, EcsValue } from '../core/event.ts';
import { isPublic, parseIp } from '../core/ip.ts';
import { ListTable, type Match } from './lists/list-table.ts';
import type { LoadedList } from './lists/snapshot.ts';
import { canonicalDomain, canonicalHash, canonicalUrl, hashName } from './lists/values.ts';
import { Remembered } from './remembered.ts';

// Hot path: `hits` once for each event.

type Kind = 'address' | 'domain' | 'url' | 'hash';

/** What one list says of one value. */
interface Hit {
  readonly list: string;
  readonly kind: Kind;
  /** Nearest first; which of them holds depends on the event's time. */
  readonly matches: readonly Match[];
}

const NO_HITS: readonly Hit[] = [];
const NONE: readonly (readonly Hit[])[] = [];
const HASHES = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'];

/** The fields of an event that lists are asked about. A peer's own name is not among them: whoever owns an address may call it anything. */
const WATCHED: readonly (readonly [field: string, kind: Kind])[] = [
  ['source.ip', 'address'],
  ['destination.ip', 'address'],
  ['dns.resolved_ip', 'address'],
  ['dns.question.name', 'domain'],
  ['url.domain', 'domain'],
  ['destination.domain', 'domain'],
  ['tls.client.server_name', 'domain'],
  ['url.full', 'url'],
  ['url.original', 'url'],
  ...HASHES.flatMap((name) => [[`file.hash.${name}`, 'hash'] as const, [`process.hash.${name}`, 'hash'] as const]),
];

/** Asks lists of indicators, in memory; remembers what they said. */
export class ThreatIntel {
  readonly #lists: readonly { readonly name: string; readonly table: ListTable }[];
  readonly #watched: typeof WATCHED;
  readonly #known: Readonly<Record<Kind, Remembered<readonly Hit[]>>> = {
    address: new Remembered((value) => this.#ask('address', value)),
    domain: new Remembered((value) => this.#ask('domain', value)),
    url: new Remembered((value) => this.#ask('url', value)),
    hash: new Remembered((value) => this.#ask('hash', value)),
  };

  constructor(lists: readonly LoadedList[]) {
    const own = lists.filter(({ role }) => role === 'intel');
    this.#lists = own.map(({ name, data }) => ({ name, table: new ListTable(data) }));
    const named = own.some(({ data }) => data.names !== null);
    this.#watched = own.length === 0 ? [] : WATCHED.filter(([, kind]) => named || kind === 'address');
  }

  /** What lists say of the event: ECS `threat.indicator.*` of the surest, `threat.feed.name` of all; null when they say nothing. */
  of(fields: EcsFields, time: number): EcsFields | null {
    if (this.#lists.length === 0) return null;
    let said: Said | null = null; // made for the few that hit
    for (const [field, kind] of this.#watched) {
      const value = fields[field];
      if (value === undefined) continue;
      for (const hits of this.#asked(kind, value)) {
        if (hits.length === 0) continue;
        said ??= new Said(time);
        said.take(field, hits);
      }
    }
    return said?.fields() ?? null;
  }

  #asked(kind: Kind, value: Exclude<EcsValue, undefined>): readonly (readonly Hit[])[] {
    if (typeof value === 'string') {
      const hits = this.#hits(kind, value);
      return hits.length === 0 ? NONE : [hits];
    }
    if (typeof value !== 'object') return NONE;
    return value.map((one) => (typeof one === 'string' ? this.#hits(kind, one) : NO_HITS));
  }

  #hits(kind: Kind, value: string): readonly Hit[] {
    if (kind === 'url' && !value.includes('://')) return NO_HITS; // nearly all: the path of a request to a server of ours
    return this.#known[kind].of(value);
  }

  #ask(kind: Kind, value: string): readonly Hit[] {
    const found: Hit[] = [];
    const canonical = CANONICAL[kind](value);
    if (canonical === null) return NO_HITS;
    for (const { name, table } of this.#lists) {
      const matches = ASK[kind](table, canonical);
      if (matches.length > 0) found.push({ list: name, kind, matches });
    }
    return found.length === 0 ? NO_HITS : found;
  }
}

const CANONICAL: Readonly<Record<Kind, (value: string) => string | null>> = {
  // Lists are of the Internet: that 10.0.0.7 is evil somewhere says nothing of ours.
  address: (value) => {
    const ip = parseIp(value);
    return ip !== null && isPublic(ip) ? ip.text : null;
  },
  domain: canonicalDomain,
  url: canonicalUrl,
  hash: canonicalHash,
};

const one = (match: Match | null): readonly Match[] => (match === null ? [] : [match]);
const ASK: Readonly<Record<Kind, (table: ListTable, value: string) => readonly Match[]>> = {
  address: (table, value) => table.networks(value),
  domain: (table, value) => table.domains(value),
  url: (table, value) => one(table.name('url', value)),
  hash: (table, value) => one(table.name('hash', value)),
};

/** What was said of one event. */
class Said {
  readonly #time: number;
  #best: { readonly hit: Hit; readonly match: Match } | null = null;
  readonly #lists = new Set<string>();
  readonly #matched = new Set<string>();

  constructor(time: number) {
    this.#time = time;
  }

  // An event without a time is taken to be before any end: a hit too many is looked at, one too few is never seen.
  take(field: string, hits: readonly Hit[]): void {
    for (const hit of hits) {
      const match = hit.matches.find(({ untilMs }) => !(untilMs <= this.#time));
      if (match === undefined) continue;
      this.#lists.add(hit.list);
      this.#matched.add(field);
      if (this.#best === null || match.confidence > this.#best.match.confidence) this.#best = { hit, match };
    }
  }

  fields(): EcsFields | null {
    if (this.#best === null) return null;
    const { hit, match } = this.#best;
    return {
      ...(match.note !== '' && (JSON.parse(match.note) as EcsFields)),
      ...indicator(hit.kind, match.entry),
      'threat.indicator.confidence': confidenceWord(match.confidence),
      'threat.feed.name': [...this.#lists],
      'threat.enrichments.matched.field': [...this.#matched],
    };
  }
}

function indicator(kind: Kind, entry: string): EcsFields {
  const named = { 'threat.indicator.name': entry };
  switch (kind) {
    case 'address':
      return {
        ...named,
        'threat.indicator.type': entry.includes(':') ? 'ipv6-addr' : 'ipv4-addr',
        ...(!entry.includes('/') && { 'threat.indicator.ip': entry }),
      };
    case 'domain':
      return {
        ...named,
        'threat.indicator.type': 'domain-name',
        'threat.indicator.url.domain': entry.replace(/^\*\./, ''),
      };
    case 'url':
      return { ...named, 'threat.indicator.type': 'url', 'threat.indicator.url.full': entry };
    default:
      return { ...named, 'threat.indicator.type': 'file', [`threat.indicator.file.hash.${hashName(entry)}`]: entry };
  }
}

/** ECS's words, by the None / Low / Med / High scale of STIX 2.1, appendix A. */
function confidenceWord(confidence: number): string {
  if (confidence < 0) return 'Not Specified';
  if (confidence === 0) return 'None';
  if (confidence < 30) return 'Low';
  return confidence < 70 ? 'Medium' : 'High';
}
