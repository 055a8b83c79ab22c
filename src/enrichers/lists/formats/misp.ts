import { AppError } from '../../../core/errors.ts';
import type { Entries } from '../entries.ts';
import type { About } from '../rows.ts';
import { noteOf } from './about.ts';
import { asList, asObject, asText, type JsonObject, readJson } from './json.ts';

type Taker = 'network' | 'domain' | 'url' | 'hash' | 'asn' | 'skip';

/** MISP's attribute types (misp-standard.org, core format, section 2.4.2.3): what each part of the value is, between `|`. */
const TYPES: Readonly<Record<string, readonly Taker[]>> = {
  'ip-src': ['network'],
  'ip-dst': ['network'],
  'ip-src|port': ['network', 'skip'],
  'ip-dst|port': ['network', 'skip'],
  domain: ['domain'],
  hostname: ['domain'],
  'hostname|port': ['domain', 'skip'],
  'domain|ip': ['domain', 'network'],
  url: ['url'],
  md5: ['hash'],
  sha1: ['hash'],
  sha256: ['hash'],
  sha384: ['hash'],
  sha512: ['hash'],
  'filename|md5': ['skip', 'hash'],
  'filename|sha1': ['skip', 'hash'],
  'filename|sha256': ['skip', 'hash'],
  'filename|sha384': ['skip', 'hash'],
  'filename|sha512': ['skip', 'hash'],
  AS: ['asn'],
};

/**
 * The attributes of a MISP event, of a list of events, or of what MISP's search gives. Those that are not meant for detection (`to_ids`),
 * are deleted, or of a type that no event has are skipped and counted. Throws E_MALFORMED with the attribute that is broken.
 */
export function readMisp(text: string, entries: Entries, about: About): void {
  const document = readJson(text);
  const answer = asObject(document)?.['response'] ?? document;
  const loose = asObject(answer)?.['Attribute'];
  if (loose !== undefined && asObject(answer)?.['Event'] === undefined) {
    takeAttributes(loose, {}, 'Attribute', entries, about);
    return;
  }
  const events = Array.isArray(answer) ? answer : [answer];
  for (const [nth, one] of events.entries()) {
    const event = asObject(asObject(one)?.['Event']);
    if (event === null)
      throw new AppError('E_MALFORMED', `${events.length === 1 ? '' : `[${nth}] `}is no MISP event: it has no "Event"`);
    takeEvent(event, entries, about);
  }
}

function takeEvent(event: JsonObject, entries: Entries, about: About): void {
  takeAttributes(event['Attribute'], event, 'Event.Attribute', entries, about);
  for (const [nth, object] of asList(event['Object']).entries())
    takeAttributes(asObject(object)?.['Attribute'], event, `Event.Object[${nth}].Attribute`, entries, about);
}

function takeAttributes(list: unknown, event: JsonObject, path: string, entries: Entries, about: About): void {
  for (const [nth, one] of asList(list).entries()) {
    const attribute = asObject(one);
    if (attribute === null) throw new AppError('E_MALFORMED', `${path}[${nth}] is no object`);
    const type = asText(attribute['type']);
    const takers = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
    if (attribute['deleted'] === true) entries.skip('deleted');
    else if (attribute['to_ids'] !== true && attribute['to_ids'] !== '1')
      entries.skip('not meant for detection (to_ids)');
    else if (takers === undefined) entries.skip(`of a type that no event has (${type.slice(0, 30)})`);
    else takeValue(attribute, takers, `${path}[${nth}]`, entries, aboutOf(attribute, event, about));
  }
}

function takeValue(
  attribute: JsonObject,
  takers: readonly Taker[],
  path: string,
  entries: Entries,
  about: About,
): void {
  const value = asText(attribute['value']);
  const bar = value.lastIndexOf('|');
  const parts = takers.length === 1 ? [value] : [value.slice(0, bar), value.slice(bar + 1)];
  for (const [nth, taker] of takers.entries())
    if (taker !== 'skip' && !entries[taker](parts[nth]?.trim() ?? '', about))
      throw new AppError(
        'E_MALFORMED',
        `${path}: ${JSON.stringify(value.slice(0, 80))} is no ${asText(attribute['type'])}`,
      );
}

function aboutOf(attribute: JsonObject, event: JsonObject, about: About): About {
  const { uuid, comment, category } = attribute as Record<string, unknown>;
  const said = [event['info'], comment].filter((text) => typeof text === 'string' && text !== '').join(': ');
  return {
    ...about,
    note: noteOf({
      'threat.indicator.id': uuid,
      'threat.indicator.description': said || asText(category),
      'threat.indicator.provider': asObject(event['Orgc'])?.['name'],
    }),
  };
}
