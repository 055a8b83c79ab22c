import { type Document, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { AppError } from '../../../core/errors.ts';
import type { Entries } from '../entries.ts';
import { NOTHING_SAID } from '../rows.ts';
import { noteOf } from './about.ts';
import { csvRows } from './csv-rows.ts';
import { broken } from './lines.ts';

const HOST = /^[\w.-]{1,255}$/;
const MAX_YAML = 16 << 20;
const word = z.string().max(200).optional();

const asset = z.strictObject({
  host: z.string().regex(HOST, 'is no name of a host').optional(),
  addresses: z.array(z.string()).max(1000).optional(),
  role: word,
  environment: word,
  criticality: word,
  owner: word,
});
type Asset = z.output<typeof asset>;
const COLUMNS = ['host', 'address', 'role', 'environment', 'criticality', 'owner'];

/** An inventory in YAML: a list, or `assets:` with a list, of `{host, addresses, role, environment, criticality, owner}`. */
export function readInventoryYaml(text: string, entries: Entries): void {
  if (text.length > MAX_YAML) throw new AppError('E_TOO_LARGE', `YAML of over ${MAX_YAML >> 20} MB: use CSV`);
  const lineCounter = new LineCounter();
  const { document, whole } = parsed(text, lineCounter);
  const inKey = typeof whole === 'object' && whole !== null && 'assets' in whole;
  const list = inKey ? whole.assets : (whole ?? []);
  if (!Array.isArray(list)) throw new AppError('E_MALFORMED', 'is no list of assets');
  const assets = list.map((one: unknown, nth) => {
    const read = asset.safeParse(one);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const node = document.getIn(inKey ? ['assets', nth] : [nth], true) as { range?: [number] } | undefined;
    const line = lineCounter.linePos(node?.range?.[0] ?? 0).line;
    throw broken(line, `assets[${nth}] ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is no asset'}`);
  });
  takeAssets(assets, entries);
}

/** The library throws what it likes at aliases that multiply and at depths without end. */
function parsed(text: string, lineCounter: LineCounter): { readonly document: Document; readonly whole: unknown } {
  try {
    const document = parseDocument(text, { version: '1.2', schema: 'core', lineCounter });
    const [fault] = document.errors;
    if (fault === undefined) return { document, whole: document.toJS({ maxAliasCount: 100 }) };
    throw broken(lineCounter.linePos(fault.pos[0]).line, `is no YAML: ${fault.message.split('\n', 1)[0]}`);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('E_MALFORMED', `is no YAML that can be read: ${(cause as Error).message.slice(0, 160)}`, {
      cause,
    });
  }
}

/** The same in CSV: columns by the names in the first row; several addresses with a blank or `;` between. */
export function readInventoryCsv(text: string, separator: string, entries: Entries): void {
  let header: readonly string[] | null = null;
  const assets: Asset[] = [];
  for (const [row, line] of csvRows(text, separator)) {
    if ((row.length === 1 && row[0] === '') || row[0]?.startsWith('#')) continue;
    if (header === null) {
      header = row.map((name) => name.toLowerCase());
      const unknown = header.find((name) => !COLUMNS.includes(name));
      if (unknown !== undefined)
        throw broken(line, `is a column that an inventory has not (${COLUMNS.join(', ')})`, unknown);
      continue;
    }
    assets.push(assetOf(header, row, line));
  }
  takeAssets(assets, entries);
}

function assetOf(header: readonly string[], row: readonly string[], line: number): Asset {
  if (row.length !== header.length) throw broken(line, `has ${row.length} columns, the first row ${header.length}`);
  const { address = '', ...said } = Object.fromEntries(
    header.map((name, at) => [name, row[at]]).filter(([, one]) => one),
  );
  const read = asset.safeParse({ ...said, addresses: address.split(/[;\s]+/).filter((one: string) => one !== '') });
  if (read.success) return read.data;
  throw broken(line, read.error.issues[0]?.message ?? 'is no asset');
}

function takeAssets(assets: readonly Asset[], entries: Entries): void {
  const hosts = new Map<string, string>();
  for (const [nth, one] of assets.entries()) {
    const host = one.host?.toLowerCase().replace(/\.$/, '');
    const note = noteOf({ ...one, name: host, host: undefined, addresses: undefined });
    if (host === undefined && !one.addresses?.length)
      throw new AppError('E_MALFORMED', `assets[${nth}] has neither host nor addresses`);
    takeAddresses(one.addresses ?? [], nth, note, entries);
    if (host !== undefined && !entries.network(host, { ...NOTHING_SAID, note })) hosts.set(host, note);
  }
  for (const [host, note] of [...shortNames(hosts), ...hosts]) entries.host(host, { ...NOTHING_SAID, note });
}

function takeAddresses(addresses: readonly string[], nth: number, note: string, entries: Entries): void {
  for (const address of addresses)
    if (!entries.network(address, { ...NOTHING_SAID, note }))
      throw new AppError(
        'E_MALFORMED',
        `assets[${nth}]: ${JSON.stringify(address.slice(0, 80))} is no address or network`,
      );
}

/** Hosts by their name without the domain, as logs name them. A short name that would stand for two of them stands for none. */
function shortNames(hosts: ReadonlyMap<string, string>): Map<string, string> {
  const short = new Map<string, string | null>();
  for (const [host, note] of hosts) {
    const first = host.split('.', 1)[0] as string;
    if (first !== host && !hosts.has(first)) short.set(first, short.has(first) ? null : note);
  }
  return new Map([...short].filter((pair): pair is [string, string] => pair[1] !== null));
}
