import type { Campaign, Controller, Hop, Motive } from './tracks.ts';

/** Where a claim comes from: a line of an input, as it stood. */
export interface Citation {
  /** Path of the input as it was handed in. */
  readonly file: string;
  /** 1-based line (record, for binary logs). */
  readonly line: number;
  readonly raw: string;
}

export type Verdict = 'breached' | 'attacked' | 'quiet' | 'cannot_tell';
export type Confidence = 'high' | 'medium' | 'low';
/** Sigma's levels. */
export type Level = 'informational' | 'low' | 'medium' | 'high' | 'critical';

/** Where an address is and whose it is. Absent parts are unknown. */
export interface Place {
  readonly country?: string; // ISO 3166-1 alpha-2
  readonly asn?: number;
  readonly organisation?: string;
}

/** A login that an intruder is thought to have made. */
export interface Entry {
  readonly id: string;
  readonly at: string | null; // RFC 3339 UTC
  readonly host: string;
  readonly user: string;
  readonly method: string; // password, publickey, …; '' when unknown
  readonly address: string; // '' when unknown (a local login, or the line is missing)
  readonly place: Place;
  readonly session: string | null; // Session.id
  /** Failures from the same address (or against the same account) before it. */
  readonly failuresBefore: number;
  /** From the first failure to the login. */
  readonly guessingSeconds: number | null;
  readonly confidence: Confidence;
  readonly reasons: readonly string[];
  readonly evidence: readonly Citation[];
}

export type StepKind =
  | 'command'
  | 'sudo'
  | 'su'
  | 'account'
  | 'group'
  | 'password'
  | 'key'
  | 'cron'
  | 'package'
  | 'file'
  | 'service';

/** One thing done inside a session. */
export interface Step {
  readonly at: string | null;
  readonly kind: StepKind;
  readonly text: string;
  readonly user: string;
  readonly asUser: string; // '' when the same
  readonly outcome: 'success' | 'failure' | 'unknown';
  /** ATT&CK technique ids; empty for an ordinary step. */
  readonly techniques: readonly string[];
  readonly evidence: Citation;
}

/** From login to logout. */
export interface Session {
  readonly id: string;
  readonly host: string;
  readonly user: string;
  readonly service: string; // sshd, login, su, web, …
  readonly method: string;
  readonly key: { readonly type: string; readonly fingerprint: string } | null;
  readonly certificate: string | null; // its id
  readonly address: string;
  readonly port: number | null;
  readonly place: Place;
  readonly terminal: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly seconds: number | null;
  /** `closed`; `open`: no end in the logs; `cut`: ended by a reboot or the log's end; `no_start`: the login line is missing. */
  readonly state: 'closed' | 'open' | 'cut' | 'no_start';
  /** Did it act as root? */
  readonly root: boolean;
  /** Hidden kinds of sessions (a routine of a machine, folded) count more than one. */
  readonly count: number;
  readonly steps: readonly Step[];
  /** All steps, also those beyond what is listed. */
  readonly stepsTotal: number;
  readonly evidence: readonly Citation[];
}

export type AttackerKind =
  | 'password_guessing' // many passwords, few names
  | 'name_guessing' // many names
  | 'password_spraying' // many names, one or two tries each, slow
  | 'scanner' // came and went without trying to log in
  | 'web_scan' // asked for many paths that are not there
  | 'web_exploit' // a request that is an attack by its own text
  | 'web_guessing' // many failed web logins
  | 'port_scan' // many ports, by the firewall's lines
  | 'flood'; // more than a person or a guesser could send

/** What one address did. */
export interface Attacker {
  readonly address: string;
  readonly place: Place;
  readonly kinds: readonly AttackerKind[];
  readonly first: string | null;
  readonly last: string | null;
  /** Login failures that count as attempts, repeats unfolded. */
  readonly failures: number;
  /** Logins that succeeded. */
  readonly successes: number;
  /** "Invalid user" notices: names tried that no account has. */
  readonly invalidNames: number;
  /** Connections that ended before any login. */
  readonly probes: number;
  readonly requests: number;
  readonly hostileRequests: number;
  /** Logins to web pages that were refused, where it guessed at them. */
  readonly webFailures: number;
  readonly blockedPackets: number;
  /** Most failures (or requests, for web) in any 10 minutes. */
  readonly peakPer10Minutes: number;
  /** Names tried, in the order of their first try; at most 64. */
  readonly names: readonly string[];
  readonly namesTotal: number;
  readonly hosts: readonly string[];
  readonly categories: readonly string[]; // of hostile requests
  /** A login succeeded after failures from this address. */
  readonly successAfterFailure: boolean;
  readonly evidence: readonly Citation[];
}

/** Something that a person should know, with its technique. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  readonly techniques: readonly string[];
  readonly at: string | null;
  readonly host: string;
  readonly session: string | null;
  readonly detail: string;
  /** How many times; the evidence shows some. */
  readonly count: number;
  readonly evidence: readonly Citation[];
  /** Of a finding about requests to a web server. */
  readonly request?: Requested | undefined;
}

/** What somebody asked a web server for. */
export interface Requested {
  readonly address: string;
  /** Targets as they were sent, cut; one of each page, a few, the first first. */
  readonly urls: readonly string[];
}

export type MissingKind =
  | 'gap' // silence against the source's own rhythm
  | 'ends_early' // ends before the host's last sign of life
  | 'rotation_missing' // a rotated file's number is absent
  | 'wtmp_zeroed' // login records overwritten
  | 'login_without_record' // sshd session without its wtmp record
  | 'record_without_login' // wtmp record without its sshd lines
  | 'session_without_login' // a session opened or ended whose login line is missing
  | 'logging_stopped'
  | 'history_emptied'
  | 'nul_run'
  | 'audit_gap'
  | 'audit_lost'
  | 'lines_lost' // the logger itself said that it dropped lines
  | 'truncated' // a file cut in the middle of a line or record
  | 'clock_step'
  | 'flooded' // so many different lines, or so long ones, that not all of it is told
  | 'host_unseen'; // an intruder's way leads to or through a host whose logs are not here

/** A hole in the evidence. */
export interface Missing {
  readonly kind: MissingKind;
  readonly host: string;
  readonly file: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly detail: string;
  /** `high`: somebody removed it; `low`: may well be innocent. */
  readonly suspicion: Confidence;
  readonly evidence: readonly Citation[];
}

/** What to do now. */
export interface Action {
  readonly kind:
    | 'preserve'
    | 'lock_account'
    | 'remove_account'
    | 'remove_key'
    | 'block'
    | 'change_password'
    | 'inspect'
    | 'collect'
    | 'report';
  readonly host: string; // '' for all
  readonly target: string;
  readonly reason: string;
  /** A command to paste; '' when there is none. */
  readonly command: string;
}

/** Custody of one input and what was read from it. */
export interface InputReport {
  readonly path: string;
  /** Whose evidence it is (`--source LABEL=PATH`); '' for one's own. */
  readonly source: string;
  readonly container: string | null;
  readonly size: number;
  readonly mtime: string | null;
  readonly sha256: string; // of the file as handed in (the container's, for a member)
  readonly lines: number;
  readonly events: number;
  /** Lines that nothing could read. */
  readonly unparsed: number;
  /** Lines of which only the syslog envelope was read. */
  readonly envelopeOnly: number;
  readonly parsers: Readonly<Record<string, number>>;
  readonly hosts: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
  /** Why it was not read, or not to its end; null when it was. */
  readonly refused: string | null;
  readonly samples: readonly { readonly line: number; readonly raw: string }[]; // of unparsed lines
}

export interface HostReport {
  readonly host: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly events: number;
}

export interface Totals {
  readonly files: number;
  readonly bytes: number;
  readonly lines: number;
  readonly events: number;
  readonly unparsed: number;
  readonly attackers: number;
  readonly sessions: number;
  readonly failures: number;
  /** Hostile requests of all attackers, listed or not; so their wrong logins to web pages. */
  readonly hostileRequests: number;
  readonly webFailures: number;
  /** Lines before `--since`, after `--until`. */
  readonly outOfRange: number;
  readonly seconds: number;
}

/** What of a server's store was read. Citations are then of streams, and their lines are indexes of the ledger's records. */
export interface LiveReading {
  /** Name of the ledger. */
  readonly origin: string;
  /** The time asked for: events outside of it were left out. */
  readonly since: string;
  /** Null: open. */
  readonly until: string | null;
  /** The host and the sender whose lines alone were asked for; '' for all. */
  readonly host: string;
  readonly sender: string;
  /** Records that were read; those that can hold no event of the time were not. */
  readonly records: number;
  /** Complete but for this, a sentence each; empty: nothing is known to be missing. */
  readonly missing: readonly string[];
}

/**
 * What an investigation found: the document of `--json`. Attackers are listed worst first, at most `--top` of them;
 * `totals` counts all.
 */
export interface Story {
  readonly schema: 'spoor.investigation/1';
  /** Name of the case (`--case`); '' without one. */
  readonly case: string;
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  readonly reasons: readonly string[];
  /** True when the run was ended before all was read. */
  readonly partial: boolean;
  readonly from: string | null;
  readonly to: string | null;
  /** Zone that stamps without one were read in. */
  readonly zone: string;
  readonly entries: readonly Entry[];
  readonly sessions: readonly Session[];
  readonly attackers: readonly Attacker[];
  readonly campaigns: readonly Campaign[];
  readonly hops: readonly Hop[];
  readonly controllers: readonly Controller[];
  readonly findings: readonly Finding[];
  readonly missing: readonly Missing[];
  readonly motives: readonly Motive[];
  readonly actions: readonly Action[];
  readonly hosts: readonly HostReport[];
  readonly inputs: readonly InputReport[];
  readonly totals: Totals;
  /** Addresses to block, aggregated; never one with an unexplained good login, a private range or a kept address. */
  readonly block: readonly string[];
  /** Where places and networks come from, with the attribution that their licences ask for. */
  readonly geo: readonly string[];
  /** Where it was told from what a server keeps; absent: from files. */
  readonly live?: LiveReading | undefined;
}
