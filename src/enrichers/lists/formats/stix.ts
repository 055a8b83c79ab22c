import { AppError } from '../../../core/errors.ts';
import type { Entries } from '../entries.ts';
import type { About } from '../rows.ts';
import { confidenceOf, noteOf, untilOf } from './about.ts';
import { asList, asObject, asText, type JsonObject, readJson } from './json.ts';
import { type Comparison, comparisonsOf } from './stix-pattern.ts';

const FILE_HASH = /^file:hashes\.(?:'[\w-]+'|[\w-]+)$/;
type Taker = 'network' | 'domain' | 'url' | 'hash';
const PATHS: Readonly<Record<string, readonly Taker[]>> = {
  'ipv4-addr:value': ['network'],
  'ipv6-addr:value': ['network'],
  'domain-name:value': ['domain'],
  'url:value': ['url'],
  'network-traffic:src_ref.value': ['network', 'domain'],
  'network-traffic:dst_ref.value': ['network', 'domain'],
};

/**
 * The indicators of a STIX 2.1 bundle, or of TAXII's envelope. Other objects, revoked indicators and patterns that one value cannot
 * fulfil are skipped and counted; references between objects are not followed. Throws E_MALFORMED with the object that is broken.
 */
export function readStix(text: string, entries: Entries, about: About): void {
  const document = readJson(text);
  const objects = Array.isArray(document) ? document : asObject(document)?.['objects'];
  if (objects === undefined && asObject(document)?.['type'] === 'bundle') return; // a bundle may be empty
  if (!Array.isArray(objects)) throw new AppError('E_MALFORMED', 'is no STIX bundle: it has no list of objects');
  for (const [nth, one] of objects.entries()) {
    const object = asObject(one);
    if (object === null) throw new AppError('E_MALFORMED', `objects[${nth}] is no object`);
    if (object['type'] === 'indicator') takeIndicator(object, nth, entries, about);
  }
}

function takeIndicator(object: JsonObject, nth: number, entries: Entries, about: About): void {
  const { pattern_type: type = 'stix', revoked, pattern } = object as Record<string, unknown>;
  const unused = unusedFor(type, revoked);
  if (unused !== null) {
    entries.skip(unused);
    return;
  }
  const comparisons = comparisonsOf(asText(pattern));
  if (comparisons === 'broken')
    throw new AppError(
      'E_MALFORMED',
      `objects[${nth}].pattern is no STIX pattern: ${JSON.stringify(asText(pattern).slice(0, 80))}`,
    );
  if (comparisons === null) {
    entries.skip('a pattern of more than one value');
    return;
  }
  const said = aboutOf(object, about);
  for (const comparison of comparisons)
    if (!takeComparison(comparison, entries, said))
      throw new AppError(
        'E_MALFORMED',
        `objects[${nth}].pattern: ${JSON.stringify(comparison.value.slice(0, 80))} is no ${comparison.path.slice(0, 40)}`,
      );
}

function unusedFor(type: unknown, revoked: unknown): string | null {
  if (revoked === true) return 'revoked';
  return type === 'stix' ? null : `a pattern in another language (${asText(type).slice(0, 20)})`;
}

function takeComparison({ path, value }: Comparison, entries: Entries, about: About): boolean {
  const takers = FILE_HASH.test(path) ? (['hash'] as const) : PATHS[path];
  if (takers === undefined) {
    entries.skip(`what no event has (${path.split(':', 1)[0]?.slice(0, 30)})`);
    return true;
  }
  if (takers.some((taker) => entries[taker](value, about))) return true;
  if (takers[0] !== 'hash') return false;
  entries.skip('a hash that ECS has no name for'); // SSDEEP, TLSH, SHA3
  return true;
}

function aboutOf(object: JsonObject, about: About): About {
  const { valid_until: until, confidence, id, name, description, modified } = object as Record<string, unknown>;
  const reference = asList(object['external_references'])
    .map((one) => asText(asObject(one)?.['url']))
    .find((url) => url !== '');
  return {
    untilS: untilOf(until) ?? about.untilS,
    confidence: confidenceOf(confidence) ?? about.confidence,
    note: noteOf({
      'threat.indicator.id': id,
      'threat.indicator.description': description ?? name,
      'threat.indicator.reference': reference,
      'threat.indicator.modified_at': modified,
    }),
  };
}
