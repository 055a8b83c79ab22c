import { readFile } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import type { EcsFields, Event } from '../core/event.ts';
import { isPublic, parseIp } from '../core/ip.ts';
import type { Enricher } from '../core/stages.ts';
import { bundledSources } from './geo/bundled.ts';
import { mmdbSource } from './geo/mmdb.ts';
import { complete, NOWHERE, type Place, type PlaceSource } from './geo/place.ts';

export interface GeoOptions {
  /** Paths of the operator's own MMDB files. They are asked first, in this order; what they lack, the bundled data adds. */
  readonly mmdb: readonly string[];
  /** Where Debian's tor-geoipdb has its files. */
  readonly torFolder?: string;
}

export interface Geo extends Enricher {
  /** {} for text that is no address, for addresses that are not public, and for what no source knows. In memory, no wait. */
  lookup(ip: string): Place;
  /** What may have been asked, one line each with date, licence and the attribution that reports must show. */
  readonly sources: readonly string[];
}

const NOTHING: EcsFields = {};
const MAX_KNOWN = 50_000;
const TOR_FOLDER = '/usr/share/tor';

async function ownSource(path: string): Promise<PlaceSource> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new AppError('E_CONFIG', `cannot use geo file ${path}: ${(error as Error).message}`, { cause: error });
  }
  return mmdbSource(bytes, path);
}

/** The ECS fields of a place, under `source` or `destination`. */
export function toEcs({ country, asn, organisation }: Place, side: 'source' | 'destination' = 'source'): EcsFields {
  return {
    ...(country !== undefined && { [`${side}.geo.country_iso_code`]: country }),
    ...(asn !== undefined && { [`${side}.as.number`]: asn }),
    ...(organisation !== undefined && { [`${side}.as.organization.name`]: organisation }),
  };
}

function isWhole({ country, organisation }: Place): boolean {
  return country !== undefined && organisation !== undefined;
}

/** Keys of what a parser wrote itself are left out. */
function enrich({ fields }: Event, known: EcsFields): EcsFields {
  for (const key in known)
    if (fields[key] !== undefined)
      return Object.fromEntries(Object.entries(known).filter(([name]) => fields[name] === undefined));
  return known;
}

/** Remembers what is known of an address: a log has the same ones again and again. */
class Known {
  readonly #lookup: Geo['lookup'];
  readonly #fields = new Map<string, EcsFields>();

  constructor(lookup: Geo['lookup']) {
    this.#lookup = lookup;
  }

  of(address: string): EcsFields {
    let fields = this.#fields.get(address);
    if (fields === undefined) {
      if (this.#fields.size >= MAX_KNOWN) this.#fields.clear();
      fields = toEcs(this.#lookup(address));
      this.#fields.set(address, fields);
    }
    return fields;
  }
}

/**
 * Opens the sources of place and network. The operator's files are read and checked now; the bundled data is read when
 * the first address is looked up. Throws E_CONFIG naming a file of the operator that cannot be used, and why.
 */
export async function openGeo({ mmdb, torFolder = TOR_FOLDER }: GeoOptions): Promise<Geo> {
  const own = await Promise.all(mmdb.map(ownSource));
  const sources = [...own, ...bundledSources(torFolder)];
  const lookup = (text: string): Place => {
    const ip = parseIp(text);
    if (ip === null || !isPublic(ip)) return NOWHERE;
    let found = NOWHERE;
    for (const source of sources) {
      if (isWhole(found)) break;
      found = complete(found, source.lookup(ip));
    }
    return found;
  };
  const known = new Known(lookup);
  return {
    name: 'geo',
    lookup,
    sources: sources.map((source) => source.title),
    enrich: (event) => {
      const address = event.fields['source.ip'];
      return typeof address === 'string' ? enrich(event, known.of(address)) : NOTHING;
    },
  };
}

export default { name: 'geo', open: openGeo } as const;
