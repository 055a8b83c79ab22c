import type { Sight } from './watched.ts';

/** An event that was found. */
export interface FoundEvent {
  /** `INDEX` or `FIRST..LAST` in the ledger. */
  readonly position: string;
  readonly stream: string;
  /** The parser that understood it; '' when none did. */
  readonly parser: string;
  /** Its flat ECS document: what is in `attrs` is text there, whatever it was. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** Why an answer may not be all there is. */
export interface Gap {
  readonly kind: 'index' | 'horizon' | 'unparsed' | 'source' | 'ledger' | 'unknown';
  /** One sentence. */
  readonly words: string;
}

/** A question in the search language. */
export interface Asked {
  readonly q: string;
  /** Times as the language has them; absent: open. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** What whoever asks may see; absent: all. */
  readonly sight?: Sight | undefined;
}

/** A page of what was found, newest first. */
export interface SearchAnswer {
  readonly events: readonly FoundEvent[];
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
  /** What a person should know of the query: fields that no parser writes. */
  readonly remarks: readonly string[];
  /** Complete but for this; empty: nothing is known to be missing. */
  readonly missing: readonly Gap[];
}

/** What a live answer is made of. */
export type TailPart =
  /** `at`: records before it were looked at; who goes on after it misses nothing. Without events: nothing came for a while. */
  | { readonly kind: 'events'; readonly events: readonly FoundEvent[]; readonly at: number }
  /** More came than is shown. */
  | { readonly kind: 'missed'; readonly events: number }
  /** The index does not answer now; it goes on when it does. */
  | { readonly kind: 'away'; readonly words: string };

/** Somebody who is in. */
export interface PresentSession {
  readonly user: string;
  readonly host: string;
  readonly since: string;
  /** Address or name of the peer, terminal, or '' when no line says it. */
  readonly from: string;
  /** `publickey`, `password`, …; '' when no line says it. */
  readonly method: string;
  readonly key: string;
  /** `sshd`, `sudo`, `su`, `login`, `logind`, `windows`, … */
  readonly service: string;
  /** Whose rights it has, when these are not the user's own: `root`. */
  readonly as: string;
  /** Record that opened it. */
  readonly position: string;
  /** What is not sure of it. */
  readonly doubts: readonly string[];
}

/** Who is in, as far as the index knows. */
export interface WhoAnswer {
  readonly at: string;
  /** Sessions that were opened before are not known. */
  readonly since: string;
  readonly sessions: readonly PresentSession[];
  /** What cannot be known. */
  readonly unknown: readonly string[];
}

/** What can be asked of the index. `signal` ends a question, in the engine too. */
export interface AskingView {
  /** Throws E_USAGE for a query that is none, E_TOO_LARGE for one that passes the limits of time, rows or memory. */
  search(
    asked: Asked & { readonly limit: number; readonly cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<SearchAnswer>;
  /**
   * Events as they come into the index, after the newest `last` ones, or after all that came behind `after`, the `at` of a tail that ended. Throws
   * E_USAGE before the first part.
   */
  tail(
    asked: Asked & { readonly last: number; readonly after?: number | undefined },
    signal: AbortSignal,
  ): AsyncGenerator<TailPart>;
  /** Events that were made of a record. */
  ofRecord(index: number, signal: AbortSignal): Promise<readonly FoundEvent[]>;
  who(
    asked: { readonly host?: string | undefined; readonly since?: string | undefined },
    signal: AbortSignal,
  ): Promise<WhoAnswer>;
}
