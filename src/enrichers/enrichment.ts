import { type EcsFields, type Event, withFields } from '../core/event.ts';
import { isPublic, parseIp } from '../core/ip.ts';
import type { Enricher } from '../core/stages.ts';
import { Assets } from './assets.ts';
import { type Geo, toEcs } from './geo.ts';
import { Labels } from './labels.ts';
import { type ListSnapshot, NO_LISTS } from './lists/snapshot.ts';
import { Remembered } from './remembered.ts';
import { ThreatIntel } from './threat-intel.ts';

// Hot path: once for each event. What depends on an address or a host alone is made once and remembered.

const NOTHING: EcsFields = {};
const MAX_HOSTS = 100;

/** What is known of an address, and together with what is known of a host. */
interface Known {
  readonly fields: EcsFields;
  /** `fields` and those of a host, by the latter. */
  readonly with: Map<EcsFields, EcsFields>;
}

export interface EnrichmentOptions {
  readonly geo: Geo;
  /** Networks of well-known providers are labelled. */
  readonly networks: boolean;
}

/**
 * All that look-ups in memory add to an event: place and network, labels, threat intelligence, assets. It depends on the event and on
 * the lists that are in use, never on the clock: an indicator ends by the time of the event.
 */
export class Enrichment implements Enricher {
  readonly name = 'enrichment';
  readonly #options: EnrichmentOptions;
  #snapshot: ListSnapshot = NO_LISTS;
  #labels: Labels;
  #assets: Assets;
  #intel: ThreatIntel;
  readonly #sources = new Remembered<Known>((address) => ({ fields: this.#source(address), with: new Map() }));
  readonly #destinations = new Remembered((address) => this.#destination(address));
  readonly #hosts = new Remembered((host) => this.#host(host));

  constructor(options: EnrichmentOptions) {
    this.#options = options;
    this.#labels = new Labels([], options.networks);
    this.#assets = new Assets([]);
    this.#intel = new ThreatIntel([]);
  }

  /** Lists that are asked from now on. */
  use(snapshot: ListSnapshot): void {
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    this.#labels = new Labels(snapshot.lists, this.#options.networks);
    this.#assets = new Assets(snapshot.lists);
    this.#intel = new ThreatIntel(snapshot.lists);
    this.#sources.clear();
    this.#destinations.clear();
    this.#hosts.clear();
  }

  /** Never what a parser wrote itself. */
  enrich({ fields, host, time }: Event): EcsFields {
    const source = fields['source.ip'];
    const destination = fields['destination.ip'];
    const named = fields['host.name'] ?? host;
    const ofHost = this.#assets.isEmpty || typeof named !== 'string' ? NOTHING : this.#hosts.of(named);
    let known = typeof source === 'string' ? this.#ofSource(source, ofHost) : ofHost;
    if (typeof destination === 'string') known = joined(known, this.#destinations.of(destination));
    const said = this.#intel.of(fields, time);
    if (said !== null) known = withFields(known, said);
    for (const key in known) if (fields[key] !== undefined) return without(known, fields);
    return known;
  }

  #ofSource(address: string, ofHost: EcsFields): EcsFields {
    const known = this.#sources.of(address);
    if (ofHost === NOTHING) return known.fields;
    let both = known.with.get(ofHost);
    if (both === undefined) {
      if (known.with.size >= MAX_HOSTS) known.with.clear();
      both = joined(ofHost, known.fields);
      known.with.set(ofHost, both);
    }
    return both;
  }

  #source(address: string): EcsFields {
    const place = this.#options.geo.lookup(address);
    const labels = this.#labelsOf(address, place.asn);
    return {
      ...toEcs(place),
      ...(labels.length > 0 && { 'spoor.source.labels': labels }),
      ...this.#assets.ofAddress(address, 'source'),
    };
  }

  #destination(address: string): EcsFields {
    const labels = this.#labelsOf(address, this.#options.geo.lookup(address).asn);
    const asset = this.#assets.ofAddress(address, 'destination');
    return labels.length > 0 ? { ...asset, 'spoor.destination.labels': labels } : asset;
  }

  #labelsOf(address: string, asn: number | undefined): readonly string[] {
    const ip = parseIp(address);
    return ip !== null && isPublic(ip) ? this.#labels.of(ip.text, asn) : [];
  }

  #host(host: string): EcsFields {
    const found = this.#assets.ofHost(host);
    return isEmpty(found) ? NOTHING : found;
  }
}

function isEmpty(fields: EcsFields): boolean {
  for (const _ in fields) return false;
  return true;
}

function joined(a: EcsFields, b: EcsFields): EcsFields {
  if (isEmpty(a)) return b;
  return isEmpty(b) ? a : withFields(a, b);
}

function without(known: EcsFields, fields: EcsFields): EcsFields {
  return Object.fromEntries(Object.entries(known).filter(([name]) => fields[name] === undefined));
}
