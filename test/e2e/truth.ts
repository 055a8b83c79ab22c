import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './program.ts';

/** What really happened, as sample/README.md tells it. */
export interface Truth {
  readonly wayIn: {
    readonly at: string;
    readonly host: string;
    readonly address: string;
    readonly user: string;
    readonly method: string;
    readonly failuresBefore: number;
  } | null;
  readonly entries: readonly {
    readonly at: string;
    readonly host: string;
    readonly address: string;
    readonly user: string;
    readonly method: string;
  }[];
  readonly accountsAdded: readonly { readonly host: string; readonly user: string; readonly uid: number }[];
  readonly keysAdded: readonly { readonly host: string; readonly file: string; readonly fingerprint: string }[];
  readonly hops: readonly {
    readonly at: string;
    readonly fromAddress: string;
    readonly toHost: string;
    readonly user: string;
  }[];
  readonly attackers: readonly { readonly address: string; readonly kind: string; readonly hosts: readonly string[] }[];
  readonly benignLogins: readonly { readonly address: string; readonly user: string }[];
}

export const truthOf = (file: string): Truth => JSON.parse(readFileSync(join(ROOT, 'sample', file), 'utf8')) as Truth;

/** Seconds between two instants; the truth is true to about two. */
export const apart = (a: string | null, b: string): number => Math.abs(Date.parse(a ?? '') - Date.parse(b)) / 1000;
