import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RawRecord } from '../core/stages.ts';

/** One line of the latest events, as the page and the API show it. */
export interface ShownEvent {
  /** `INDEX` or `FIRST..LAST` in the ledger. */
  readonly position: string;
  readonly at: string;
  readonly host: string;
  readonly program: string;
  readonly action: string;
  readonly outcome: string;
  readonly user: string;
  readonly source: string;
  readonly message: string;
}

/** A stream, as it is known. */
export interface ShownSource {
  readonly stream: string;
  readonly type: string;
  readonly trust: string;
  readonly state: string;
  readonly hosts: readonly string[];
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  readonly records: number;
  readonly parsed: number;
  readonly unparsed: number;
  readonly dropped: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly retransmitted: number;
  readonly clockSkewMs: number | null;
  readonly ratePerHour: number | null;
}

/** A part of Spoor, and how it is. */
export interface Part {
  readonly name: string;
  readonly state: 'running' | 'starting' | 'failed' | 'missing';
  readonly detail: string;
  readonly pid: number | null;
}

/** How the server is. */
export interface Status {
  readonly version: string;
  readonly startedAt: string;
  readonly address: string;
  readonly data: string;
  readonly ledger: {
    readonly origin: string;
    readonly key: string;
    /** Durable, and under a signed checkpoint. */
    readonly size: number;
    readonly sealed: number;
    readonly tampered: string | null;
    readonly witnessed: boolean;
  };
  readonly index: {
    readonly indexed: number;
    readonly lag: number;
    readonly rows: number;
    readonly generation: number;
  };
  readonly parts: readonly Part[];
  /** Why an intruder could still reach what is kept; empty when nothing is known to be missing. */
  readonly unprotected: readonly string[];
  /** What went wrong of late, newest first. */
  readonly troubles: readonly { readonly at: string; readonly what: string }[];
}

/** What a question for events may say. */
export interface EventQuery {
  readonly words: string;
  readonly limit: number;
}

/** What the API asks of the server. */
export interface ServerView {
  status(): Status;
  sources(): Promise<readonly ShownSource[]>;
  events(query: EventQuery): Promise<readonly ShownEvent[]>;
  /** Prometheus text exposition format. */
  metrics(): string;
  /** Answers a request for the log at the paths of tlog-tiles. */
  serveLedger(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Takes records of a file that is handed in; resolves when they are durable. */
  take(records: readonly RawRecord[]): Promise<{ readonly first: number; readonly last: number }>;
}
