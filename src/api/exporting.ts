import type { Readable } from 'node:stream';
import type { Caller } from './caller.ts';

/** What is to be taken out: what a query finds, or a range of records. */
export interface ExportAsked {
  readonly q?: string | undefined;
  /** Times as the search language has them, for a query. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Both ends belong to it. */
  readonly range?: { readonly first: number; readonly last: number } | undefined;
  /** Why. */
  readonly reason: string;
  /** Also where too few witnesses have cosigned: the evidence says so. */
  readonly uncosigned: boolean;
}

/** An export that is under way. */
export interface BegunExport {
  /** Of the file: `spoor-export-20261122T090000Z-1a2b3c4d`. */
  readonly name: string;
  /** A zip file. It ends with an error when it is not whole. */
  readonly zip: Readable;
}

/** Takes evidence out. */
export interface ExportingView {
  /**
   * Throws E_USAGE for what is no question, E_NOT_FOUND where nothing is found, E_TOO_LARGE for too much, E_BUSY while others export. It is on
   * record before the first byte, and again, with the manifest's digest, before the last one.
   */
  begin(asked: ExportAsked, caller: Caller, signal: AbortSignal): Promise<BegunExport>;
}
