import { CidrSet } from '../../core/cidr.ts';

/** Which server answers for which numbers. */
export interface Bootstrap {
  /** Base URL of the server for an address or an AS number; null when none is named. */
  serverOf(asked: string | number): string | null;
}

interface Service {
  readonly bits: number;
  readonly covers: (asked: string | number) => boolean;
  readonly url: string;
}

const MAX_ENTRIES = 100_000;
const RANGE = /^(?<first>\d{1,10})(?:-(?<last>\d{1,10}))?$/;

/**
 * Reads IANA's registries (RFC 9224 §3: `services` is a list of pairs, of entries and of URLs). The longest prefix wins (§5.1).
 * Entries and URLs that are none are passed over. Throws for a document that is no registry.
 */
export function readBootstrap(documents: readonly unknown[]): Bootstrap {
  const services = documents.flatMap(servicesIn).sort((a, b) => b.bits - a.bits);
  return { serverOf: (asked) => services.find(({ covers }) => covers(asked))?.url ?? null };
}

function servicesIn(document: unknown): Service[] {
  const { services } = (document ?? {}) as { services?: unknown };
  if (!Array.isArray(services)) throw new Error('it is no registry of RDAP servers');
  const found = (services as unknown[]).flatMap(servicesOf);
  if (found.length > MAX_ENTRIES) throw new Error('it names too many networks');
  return found;
}

function servicesOf(pair: unknown): Service[] {
  const [entries, urls] = Array.isArray(pair) ? (pair as unknown[]) : [];
  const url = baseIn(urls);
  if (url === null || !Array.isArray(entries)) return [];
  return (entries as unknown[]).flatMap((entry) => (typeof entry === 'string' ? (serviceOf(entry, url) ?? []) : []));
}

/** The first https URL, else the first at all (RFC 9224 §3 asks clients to prefer https). */
function baseIn(urls: unknown): string | null {
  const given = Array.isArray(urls) ? urls.filter((url) => typeof url === 'string' && URL.canParse(url)) : [];
  const url = given.find((one) => one.startsWith('https:')) ?? given[0];
  return url === undefined ? null : url.endsWith('/') ? url : `${url}/`;
}

function serviceOf(entry: string, url: string): Service | null {
  const range = RANGE.exec(entry)?.groups;
  if (range) {
    const [first, last] = [Number(range['first']), Number(range['last'] ?? range['first'])];
    const covers = (asked: string | number) => typeof asked === 'number' && asked >= first && asked <= last;
    return { bits: -(last - first), covers, url };
  }
  try {
    const set = CidrSet.from([entry]);
    const covers = (asked: string | number) => typeof asked === 'string' && set.has(asked);
    return { bits: Number(entry.split('/')[1] ?? 128), covers, url };
  } catch {
    return null;
  }
}
