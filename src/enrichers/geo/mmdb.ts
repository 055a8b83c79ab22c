import { gunzipSync } from 'node:zlib';
import { Reader } from 'mmdb-lib';
import { AppError } from '../../core/errors.ts';
import type { Ip } from '../../core/ip.ts';
import { asNumber, countryCode, NOWHERE, type Place, type PlaceSource, place } from './place.ts';

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const SEPARATOR = 16; // zero bytes between the search tree and the data
const MAX_BYTES = 2 ** 31 - 1;

/** Where the usual makers put a thing, best first. */
type Paths = readonly (readonly [string, string?])[];

/** MaxMind and DB-IP nest; IPLocate, IPinfo and ip-location-db do not; IPinfo's `country` is a code or a name. */
const COUNTRY: Paths = [['country', 'iso_code'], ['country_code'], ['country'], ['registered_country', 'iso_code']];

/** MaxMind and DB-IP; IPinfo and IPLocate; MaxMind's web-service-like `traits`; CIRCL's GeoOpen. */
const ASN: Paths = [
  ['autonomous_system_number'],
  ['asn'],
  ['as_number'],
  ['traits', 'autonomous_system_number'],
  ['country', 'AutonomousSystemNumber'],
  ['as', 'number'],
  ['as', 'asn'],
  ['asn', 'asn'],
];

const ORGANISATION: Paths = [
  ['autonomous_system_organization'],
  ['as_org'],
  ['as_name'],
  ['org'],
  ['name'],
  ['traits', 'autonomous_system_organization'],
  ['country', 'AutonomousSystemOrganization'],
  ['as', 'organization'],
  ['as', 'name'],
  ['asn', 'name'],
];

function part(record: unknown, key: string): unknown {
  return typeof record === 'object' && record !== null ? (record as Record<string, unknown>)[key] : undefined;
}

/** The first value on the paths that the reading accepts. */
function first<T>(record: unknown, paths: Paths, read: (value: unknown) => T | undefined): T | undefined {
  for (const [outer, inner] of paths) {
    const value = part(record, outer);
    const found = read(inner === undefined ? value : part(value, inner));
    if (found !== undefined) return found;
  }
  return undefined;
}

function words(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function damaged(path: string, why: string, cause?: unknown): AppError {
  return new AppError('E_CONFIG', `cannot use geo file ${path}: ${why}`, { cause });
}

/** DB-IP hands its files out gzipped. */
function unpacked(bytes: Buffer, path: string): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw damaged(path, 'its gzip is damaged', error);
  }
}

/** Reads the header and checks what the tree walk relies upon (MaxMind DB file format 2.0). */
function openReader(bytes: Buffer, path: string): Reader<never> {
  const end = bytes.lastIndexOf(MARKER);
  if (end < 0) throw damaged(path, 'it is not a MaxMind DB (.mmdb) file');
  let reader: Reader<never>;
  try {
    reader = new Reader<never>(bytes);
  } catch (error) {
    throw damaged(path, 'its header cannot be read', error);
  }
  const { binaryFormatMajorVersion: major, ipVersion, nodeCount, searchTreeSize } = reader.metadata;
  if (major !== 2) throw damaged(path, `its format version is ${major}, not 2`);
  if (ipVersion !== 4 && ipVersion !== 6) throw damaged(path, `its IP version is ${ipVersion}, not 4 or 6`);
  if (!(nodeCount > 0) || !(searchTreeSize + SEPARATOR <= end)) throw damaged(path, 'it is cut short');
  return reader;
}

/** An AS data set without places: a country in it is where the network's owner is registered (IPLocate). */
function isNetworksOnly(type: string): boolean {
  return /asn/i.test(type) && !/country|city|location|lite|bundle/i.test(type);
}

/** What of a record is ours, whoever made the file. */
export function placeOf(record: unknown, networksOnly = false): Place {
  if (record === null) return NOWHERE;
  const country = networksOnly ? undefined : first(record, COUNTRY, countryCode);
  return place(country, first(record, ASN, asNumber), first(record, ORGANISATION, words));
}

/**
 * Places of an MMDB file given as bytes, gzipped or not. A file of IPv4 answers nothing for IPv6, where the tree walk
 * would take the first bits for an IPv4 address; nor is an answer taken that no bit of the address led to.
 * Throws E_CONFIG, naming the file, when it is no MMDB or is damaged: at once where the header shows it, else at the
 * look-up that runs into it.
 */
export function mmdbSource(bytes: Buffer, path: string, title?: string): PlaceSource {
  const reader = openReader(unpacked(bytes, path), path);
  const { buildEpoch, databaseType, ipVersion } = reader.metadata;
  const networksOnly = isNetworksOnly(databaseType);
  const built = Number.isNaN(buildEpoch.getTime()) ? '' : ` of ${buildEpoch.toISOString().slice(0, 10)}`;
  return {
    title: title ?? `${databaseType || 'unnamed data'}${built}, from ${path}`,
    lookup(ip: Ip): Place {
      if (ip.version > ipVersion) return NOWHERE;
      try {
        const [record, bits] = reader.getWithPrefixLength(ip.text);
        return bits === 0 ? NOWHERE : placeOf(record, networksOnly);
      } catch (error) {
        throw damaged(path, `its data is damaged where ${ip.text} is kept`, error);
      }
    },
  };
}
