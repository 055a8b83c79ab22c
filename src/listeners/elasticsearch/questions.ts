import type { Exchange } from '../http/exchange.ts';
import { errorOf } from './errors.ts';

// What shippers ask before they send: Beats, Elastic Agent, Logstash, Fluent Bit, Vector and Elastic's client libraries.

const BUILT = '2025-01-01T00:00:00.000000000Z';
const UUID = 'c3Bvb3IgaGFzIG5vIGNsdXN0';
/** Things that a shipper looks for, and makes when they are not there. We need none of them, and remember none. */
const MADE =
  /^\/(?:_template|_index_template|_component_template|_ilm\/policy|_slm\/policy|_ingest\/pipeline|_data_stream|_alias|_security\/(?:role|api_key)|_scripts|_cluster\/settings|_snapshot)(?:\/(?<name>[^/]{1,255}))?(?:\/[\w-]{1,64})?$/;
const INDEX = /^\/(?<name>[^_/][^/]{0,254})(?:\/_(?:alias|mapping|settings)(?:\/[^/]{1,255})?)?$/;

/** A status, and an object as JSON. */
export interface Said {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers what is asked by GET and HEAD, and what is to be made by PUT, POST and DELETE; null where there is nothing of this path. */
export function answerQuestion(exchange: Exchange, version: string): Said | null {
  const { path, request } = exchange;
  const isAsked = request.method === 'GET' || request.method === 'HEAD';
  const known = isAsked
    ? (KNOWN.get(path) ?? (path.startsWith(HEALTH) ? KNOWN.get(HEALTH.slice(0, -1)) : undefined))
    : undefined;
  if (known !== undefined) return { status: 200, body: known(version, exchange) };
  const made = MADE.exec(path)?.groups;
  if (made !== undefined)
    return isAsked ? missing(path, made['name'] ?? '') : { status: 200, body: { acknowledged: true } };
  const index = decoded(INDEX.exec(path)?.groups?.['name'] ?? '');
  if (index === '') return null;
  if (isAsked) return { status: 404, body: errorOf(404, 'index_not_found_exception', `no such index [${index}]`) };
  return request.method === 'PUT'
    ? { status: 200, body: { acknowledged: true, shards_acknowledged: true, index } }
    : null;
}

type Known = (version: string, exchange: Exchange) => Readonly<Record<string, unknown>>;

const HEALTH = '/_cluster/health/';

const KNOWN: ReadonlyMap<string, Known> = new Map(
  Object.entries<Known>({
    '/': (version) => ({
      name: 'spoor',
      cluster_name: 'spoor',
      cluster_uuid: UUID,
      version: {
        number: version,
        build_flavor: 'default',
        build_type: 'deb',
        build_hash: '0000000000000000000000000000000000000000',
        build_date: BUILT,
        build_snapshot: false,
        lucene_version: '9.12.0',
        minimum_wire_compatibility_version: '7.17.0',
        minimum_index_compatibility_version: '7.0.0',
      },
      tagline: 'You Know, for Search',
    }),
    '/_license': () => ({
      license: {
        status: 'active',
        uid: '00000000-0000-0000-0000-000000000000',
        type: 'basic',
        issue_date: BUILT,
        max_nodes: 1000,
        issued_to: 'spoor',
        issuer: 'spoor',
      },
    }),
    '/_xpack': () => ({
      license: { uid: '00000000-0000-0000-0000-000000000000', type: 'basic', mode: 'basic', status: 'active' },
      features: { ilm: { available: true, enabled: true }, security: { available: true, enabled: true } },
      tagline: 'You know, for X',
    }),
    '/_cluster/health': () => ({
      cluster_name: 'spoor',
      status: 'green',
      timed_out: false,
      number_of_nodes: 1,
      number_of_data_nodes: 1,
      active_primary_shards: 1,
      active_shards: 1,
      relocating_shards: 0,
      initializing_shards: 0,
      unassigned_shards: 0,
      active_shards_percent_as_number: 100,
    }),
    '/_nodes': nodes,
    '/_nodes/http': nodes,
    '/_nodes/_all/http': nodes,
    '/_ilm/status': () => ({ operation_mode: 'RUNNING' }),
  }),
);

/** One node: the one that was asked, so that a client that looks for others finds only it. */
function nodes(version: string, { request }: Exchange): Readonly<Record<string, unknown>> {
  const { localAddress = '', localPort = 0 } = request.socket;
  const at = localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
  const node = { name: 'spoor', version, roles: ['data', 'ingest'], http: { publish_address: at } };
  return { _nodes: { total: 1, successful: 1, failed: 0 }, cluster_name: 'spoor', nodes: { [UUID]: node } };
}

function missing(path: string, name: string): Said {
  const kind = path.split('/')[1] ?? '';
  if (name === '' || kind === '_cluster')
    return { status: 200, body: kind === '_cluster' ? { persistent: {}, transient: {} } : {} };
  const what = `${kind.slice(1).replace(/_/g, ' ')} matching [${decoded(name)}] not found`;
  return { status: 404, body: errorOf(404, 'resource_not_found_exception', what) };
}

/** A name of a path; as it stands where it is not well written. */
export function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
