import { type EcsFields, withFields } from '../../core/event.ts';
import { fieldsOf, headOf, instantOf, type Naming, PairReader, type Pairs } from './event.ts';

const MAX_LENGTH = 262_144;
const VERSION = /^(?:LEEF:)?(?<version>[12])\.0\|/;
/** A delimiter of version 2.0: one character, or its code as 0x5E or x5E. */
const CODE = /^0?x(?<hex>[0-9A-Fa-f]{1,4})$/;
const NAME = /^ {0,8}(?<name>[\w.[\]-]{1,64})=/;
/** How rsyslog writes a tab that it was told to escape. */
const ESCAPED_TAB = '#011';
const MAX_PAIRS = 1000;

/** IBM QRadar, "Log Event Extended Format", predefined attributes. Names on the right are ECS. */
const NAMING: Naming = {
  prefix: 'leef',
  sourceAddress: ['src', 'identSrc'],
  destinationAddress: ['dst'],
  numbers: {
    srcPort: 'source.port',
    dstPort: 'destination.port',
    srcPreNATPort: 'source.nat.port',
    dstPostNATPort: 'destination.nat.port',
    srcBytes: 'source.bytes',
    dstBytes: 'destination.bytes',
    srcPackets: 'source.packets',
    dstPackets: 'destination.packets',
    sev: 'event.severity',
  },
  texts: {
    usrName: 'user.name',
    accountName: 'user.target.name',
    domain: 'user.domain',
    srcMAC: 'source.mac',
    dstMAC: 'destination.mac',
    identHostName: 'source.domain',
    proto: 'network.transport',
    srcPostNAT: 'source.nat.ip',
    dstPostNAT: 'destination.nat.ip',
    url: 'url.original',
    policy: 'rule.name',
    resource: 'file.path',
    reason: 'event.reason',
  },
  action: ['action', 'act'],
  outcome: ['outcome', 'result', 'status'],
};

/** One LEEF event. */
export interface Leef {
  readonly fields: EcsFields;
  /** When the device saw it, ms since 1970. */
  readonly time: number | undefined;
}

/** Reads "LEEF:1.0|Vendor|Product|Version|EventID|key=value⇥…" and 2.0, also without "LEEF:"; null for what is none. */
export function readLeef(text: string): Leef | null {
  const version = text.length > MAX_LENGTH ? undefined : VERSION.exec(text.slice(0, 12))?.groups?.['version'];
  const split = version === undefined ? null : headOf(text, 5);
  if (split === null) return null;
  const [, vendor = '', product = '', release = '', code = ''] = split.head;
  const { delimiter, rest } = version === '2' ? delimited(split.rest) : { delimiter: '\t', rest: split.rest };
  const pairs = pairsOf(rest, delimiter);
  const fields = withFields(fieldsOf(pairs, NAMING), {
    'observer.vendor': vendor,
    'observer.product': product,
    'observer.version': release,
    'event.code': code,
  });
  return { fields, time: instantOf(pairs.values.get('devTime')) };
}

/** Version 2.0 names its delimiter before the pairs; where it is a tab, it need not. */
function delimited(text: string): { readonly delimiter: string; readonly rest: string } {
  const bar = text.indexOf('|');
  const named = bar === -1 || bar > 6 ? null : text.slice(0, bar);
  if (named === null || named.includes('=')) return { delimiter: '\t', rest: text };
  const rest = text.slice(bar + 1);
  const hex = CODE.exec(named)?.groups?.['hex'];
  if (hex !== undefined) return { delimiter: String.fromCharCode(Number.parseInt(hex, 16)), rest };
  return { delimiter: named === '' ? '\t' : named, rest };
}

// What stands between two delimiters and is no pair belongs to the value before it.
function pairsOf(text: string, delimiter: string): Pairs {
  const pairs = new PairReader();
  const separator = delimiter === '\t' && !text.includes('\t') && text.includes(ESCAPED_TAB) ? ESCAPED_TAB : delimiter;
  let name = '';
  let value = '';
  for (const part of text.split(separator, MAX_PAIRS)) {
    const found = NAME.exec(part);
    if (found === null) {
      value += name === '' ? '' : separator + part;
      continue;
    }
    if (name !== '') pairs.add(name, value.trim());
    name = found.groups?.['name'] as string;
    value = part.slice(found[0].length);
  }
  if (name !== '') pairs.add(name, value.trim());
  return pairs;
}
