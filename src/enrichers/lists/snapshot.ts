import { createHash } from 'node:crypto';
import type { ListRole } from './entries.ts';
import type { ListConfig } from './list-config.ts';
import type { TableData } from './list-table.ts';

/** One list, ready to be asked. */
export interface LoadedList {
  readonly name: string;
  readonly role: ListRole;
  /** What its addresses are called; '' when its role is not `label`. */
  readonly label: string;
  readonly data: TableData;
}

/** All lists as they were at one time. */
export interface ListSnapshot {
  /** Hash of all lists' contents and of how they are read: 16 hex digits; the same for the same. */
  readonly id: string;
  readonly lists: readonly LoadedList[];
}

/** How a list is, for people. */
export interface ListStatus {
  readonly name: string;
  readonly role: ListRole;
  readonly from: string;
  /** 0 when it never was loaded. */
  readonly entries: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** When its content came (of a file: was written), and when it was last seen to be so; RFC 3339, null for never. */
  readonly gotAt: string | null;
  readonly checkedAt: string | null;
  /** Why the last try failed; null when it did not. What was loaded before stays in use. */
  readonly failure: string | null;
}

/** No list. */
export const NO_LISTS: ListSnapshot = { id: '', lists: [] };

/** Where a list is from, as it may be shown: feeds carry keys in a URL's query. */
export function shownPlace(from: string): string {
  if (from.startsWith('/')) return from;
  const { origin, pathname, search } = new URL(from);
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}

/** The id of lists, each with the hash of its text. */
export function snapshotId(lists: readonly { readonly config: ListConfig; readonly sha256: string }[]): string {
  if (lists.length === 0) return '';
  const hash = createHash('sha256');
  for (const { config, sha256 } of lists) {
    const { name, role, label, format, csv, confidence, subdomains } = config;
    hash.update(`${JSON.stringify([name, role, label, format, csv, confidence, subdomains, sha256])}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
