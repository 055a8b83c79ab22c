import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { RawRecord } from '../core/stages.ts';
import type { AccessView } from './access.ts';
import type { AskingView } from './asking.ts';
import type { ExportingView } from './exporting.ts';
import type { InvestigatingView } from './investigating.ts';
import type { KeepingView } from './keeping.ts';
import type { SqlView } from './sql.ts';
import type { SummariesView } from './summaries.ts';
import type { Sight, WatchedView } from './watched.ts';

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
  /** False where the protocol tells the sender nothing of what was kept: what is lost on the way then, nobody knows. */
  readonly isAcknowledged: boolean;
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

/** Something that was told of a source against its own past. */
export interface ShownSourceEvent {
  readonly stream: string;
  /** `silence`, `format_drift`, `sequence_gap`, `cut_connection`, `clock_step`, `first_seen` */
  readonly kind: string;
  readonly at: string;
  /** Null while it lasts. */
  readonly endedAt: string | null;
  /** The record at which it was found. */
  readonly ledgerIndex: number | null;
  /** One sentence. */
  readonly words: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What a question for events of sources may say. */
export interface SourceEventQuery {
  readonly stream?: string | undefined;
  readonly kind?: string | undefined;
  /** Those that last. */
  readonly open: boolean;
  readonly limit: number;
}

/** A line of `spoor doctor`. */
export interface DoctorLine {
  /** What it is about: `canary syslog-tcp`, `disk`. */
  readonly area: string;
  readonly level: 'ok' | 'warn' | 'bad';
  readonly what: string;
  /** What to do; empty when there is nothing. */
  readonly todo: string;
}

/** A part of Spoor, and how it is. */
export interface Part {
  readonly name: string;
  readonly state: 'running' | 'starting' | 'failed' | 'missing';
  readonly detail: string;
  readonly pid: number | null;
}

/** What is to be rebuilt: whole ingest days. */
export interface ReindexWish {
  /** Days from that of this instant on; null: all. */
  readonly since: string | null;
  /** Days with events of this parser, or of none; null: all. */
  readonly parser: string | null;
}

/** A reindex, under way or the last one. */
export interface ShownReindex extends ReindexWish {
  /** `ended`: before all was done, `ended` says why. */
  readonly state: 'running' | 'done' | 'ended';
  readonly ended: string | null;
  readonly generation: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Since it began, or went on after a start. */
  readonly seconds: number;
  /** Null while nothing can be said. */
  readonly secondsLeft: number | null;
  readonly days: number;
  readonly daysDone: number;
  /** The one that is made anew now, as 20260921. */
  readonly day: number | null;
  readonly records: number;
  readonly recordsDone: number;
  readonly rows: number;
  /** Records that were erased: they have no events. */
  readonly erased: number;
}

/** A list that events are enriched by. */
interface ShownList {
  readonly name: string;
  readonly role: 'intel' | 'label' | 'asset';
  readonly from: string;
  readonly entries: number;
  /** What is in it and is not used, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** When its content was got, and when it was last seen to be so. */
  readonly gotAt: string | null;
  readonly checkedAt: string | null;
  /** Why the last try failed; what was loaded before stays in use. */
  readonly failure: string | null;
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
    /** What of it is not as it was signed; null while nothing is known to be. And what to do about it. */
    readonly tampered: string | null;
    readonly todo: string | null;
    /** Nothing is kept until a person mends it: senders are told to come again, or wait. */
    readonly closed: boolean;
    /** Records that are not as they were sealed: no event is made of them. The first ranges of them, with their last record. */
    readonly unreadable: number;
    readonly damage: readonly { readonly from: number; readonly to: number; readonly why: string }[];
    /** The slow reading again of all records: how far it is, and when the last pass ended. */
    readonly scrub: {
      readonly at: number;
      readonly of: number;
      readonly beganAt: string | null;
      readonly lastFinishedAt: string | null;
      readonly lastRecords: number;
    };
    /** Witnesses must cosign it; and the last checkpoint since the start that enough of them did: its size, and when. */
    readonly witnessed: boolean;
    readonly cosigned: { readonly size: number; readonly at: string } | null;
    /** Places of the configuration that keep its checkpoints: the last one since the start, and why the one after that failed. */
    readonly anchors: readonly {
      readonly place: string;
      readonly kept: { readonly size: number; readonly at: string } | null;
      readonly failure: string | null;
    }[];
  };
  readonly index: {
    readonly indexed: number;
    readonly lag: number;
    readonly rows: number;
    readonly generation: number;
    /** From this instant on the index is whole; null: from the first record on. What is older is in the ledger alone, as far as it is kept. */
    readonly horizon: string | null;
    /** Why a reindex would change old events; null when nothing says so. */
    readonly outdated: string | null;
    readonly reindex: ShownReindex | null;
  };
  readonly lists: readonly ShownList[];
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
  /** What whoever asks may see. */
  readonly sight: Sight;
}

/** What a host is given to enrol. The script holds a token that is shown this once. */
export interface EnrolmentOffer {
  readonly host: string;
  readonly expires: string;
  readonly script: string;
}

/** A host that has, or had, a certificate of Spoor's. */
export interface EnrolledHost {
  readonly host: string;
  readonly state: 'holds' | 'ended' | 'revoked';
  readonly issued: string;
  readonly ends: string;
}

/** Hosts that send with certificates of Spoor's. `who`: the person that asks, for the ledger. Throws E_USAGE where none can enrol. */
export interface HostsView {
  list(): Promise<readonly EnrolledHost[]>;
  offer(host: string, who: string): Promise<EnrolmentOffer>;
  revoke(host: string, why: string, who: string): Promise<{ readonly certificates: number; readonly tokens: number }>;
}

/** Which sources are asked for. */
export interface SourceQuery {
  /** Only those whose stream holds it; '': all. */
  readonly q: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Some of the sources, and how many there are of those that were asked for. */
export interface SourcePage {
  readonly sources: readonly ShownSource[];
  readonly total: number;
  readonly next: string | null;
}

/** What the API asks of the server. */
export interface ServerView {
  status(): Status;
  /** By stream. Throws E_USAGE for a cursor that is none. */
  sources(query: SourceQuery): Promise<SourcePage>;
  /** Newest first. */
  sourceEvents(query: SourceEventQuery): Promise<readonly ShownSourceEvent[]>;
  /** Tries everything, which takes some seconds. */
  doctor(): Promise<readonly DoctorLine[]>;
  /** `signal` ends the question, in the engine too. */
  events(query: EventQuery, signal?: AbortSignal): Promise<readonly ShownEvent[]>;
  /** Keeps in the ledger what somebody does, before it is done. */
  act(who: string, what: string, about: string, detail: Record<string, unknown>): Promise<void>;
  readonly access: AccessView;
  readonly hosts: HostsView;
  readonly asking: AskingView;
  readonly sql: SqlView;
  readonly investigating: InvestigatingView;
  readonly summaries: SummariesView;
  readonly watched: WatchedView;
  readonly exporting: ExportingView;
  readonly keeping: KeepingView;
  /** A tar of everything that cannot be made anew. `who`: the person that asks, for the ledger. */
  backUp(who: string): Promise<Readable>;
  /** Begins a reindex. Throws E_USAGE when one is under way. */
  reindex(wish: ReindexWish): Promise<ShownReindex>;
  /** Prometheus text exposition format. */
  metrics(): string;
  /** Answers a request for the log at the paths of tlog-tiles. */
  serveLedger(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Takes records of a file that is handed in; resolves when they are durable. */
  take(records: readonly RawRecord[], erasable: boolean): Promise<{ readonly first: number; readonly last: number }>;
}
