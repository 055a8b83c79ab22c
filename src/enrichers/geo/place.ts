import type { Ip } from '../../core/ip.ts';

/** Where an address is and whose network it is in. Absent parts are unknown. */
export interface Place {
  /** ISO 3166-1 alpha-2, capitals. */
  readonly country?: string;
  /** Autonomous system number, without "AS". */
  readonly asn?: number;
  /** Who runs that autonomous system. Never without `asn`. */
  readonly organisation?: string;
}

/** One set of data that knows places. */
export interface PlaceSource {
  /** Its name, date, licence and the attribution that the licence asks for: one line for the end of a report. */
  readonly title: string;
  /** What it knows of a public address; {} when nothing. */
  lookup(ip: Ip): Place;
}

export const NOWHERE: Place = Object.freeze({});

/** Codes that data sets use for "no country": ISO 3166-1 leaves them to users. */
const UNKNOWN = new Set(['ZZ', 'XX']);

/** A country code as ISO writes it, or undefined for anything else. */
export function countryCode(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z]{2}$/.test(value)) return undefined;
  const code = value.toUpperCase();
  return UNKNOWN.has(code) ? undefined : code;
}

/** An AS number from 15169, "15169" or "AS15169" (RFC 6793: 32 bits; 0 is nobody's), or undefined. */
export function asNumber(value: unknown): number | undefined {
  const digits = typeof value === 'string' ? /^(?:AS)?(\d{1,10})$/i.exec(value)?.[1] : undefined;
  const number = typeof value === 'number' ? value : Number(digits);
  return Number.isInteger(number) && number > 0 && number <= 0xffffffff ? number : undefined;
}

/** A place of the parts that are known. */
export function place(country: string | undefined, asn: number | undefined, organisation: string | undefined): Place {
  return {
    ...(country !== undefined && { country }),
    ...(asn !== undefined && { asn }),
    ...(asn !== undefined && organisation && { organisation }),
  };
}

/**
 * What `first` knows, completed by `second`. The network comes whole from one of them: a number of one source beside
 * the organisation of another would accuse somebody else, unless both name the same number.
 */
export function complete(first: Place, second: Place): Place {
  const country = first.country ?? second.country;
  if (first.asn === undefined) return place(country, second.asn, second.organisation);
  const agreed = second.asn === first.asn ? second.organisation : undefined;
  return place(country, first.asn, first.organisation ?? agreed);
}
