import type { Asked, Gap } from './asking.ts';

/** What was done in a session with the rights of another account. */
export interface SessionDeed {
  readonly at: string;
  /** Null: no line says when it ended. */
  readonly until: string | null;
  /** `sudo`, `su`, `doas`, `pkexec` */
  readonly by: string;
  /** The account that was taken. */
  readonly as: string;
  readonly command: string;
  readonly outcome: string;
  /** Record that tells of it. */
  readonly position: string;
}

/** A session of a person, from its beginning to its end. Texts are '' where no line says it. */
export interface ShownSession {
  readonly user: string;
  readonly host: string;
  readonly since: string;
  /** Null: it is open, or no line tells its end. */
  readonly until: string | null;
  /** Address or name of the peer, or terminal. */
  readonly from: string;
  readonly country: string;
  readonly network: string;
  readonly method: string;
  readonly key: string;
  readonly service: string;
  /** Whose rights it has, when these are not the user's own. */
  readonly as: string;
  /** Record that opened it. */
  readonly position: string;
  readonly did: readonly SessionDeed[];
  readonly doubts: readonly string[];
}

/** An answer that can have more pages, and may miss something. */
interface Answer {
  /** Event times that it is about: [since, until). */
  readonly since: string;
  readonly until: string;
  readonly missing: readonly Gap[];
}

/** Sessions, the newest first. */
export interface SessionsAnswer extends Answer {
  readonly sessions: readonly ShownSession[];
  readonly next: string | null;
}

/** What an address, or a network, tried. */
export interface Tries {
  readonly failures: number;
  /** Logins that went well. */
  readonly successes: number;
  /** Web requests that are an attack by their own text. */
  readonly alerts: number;
  /** Names tried, and hosts: beyond a few an estimate within 2 %. */
  readonly users: number;
  readonly hosts: number;
  readonly first: string;
  readonly last: string;
  readonly country: string;
  readonly network: string;
}

/** An address or network that was refused oftener than it was let in. */
export interface ShownAttacker extends Tries {
  /** `203.0.113.7`; `AS64500` or `203.0.113.0/24`. */
  readonly source: string;
  readonly addresses: number;
}

/** Attackers, by how often they tried. */
export interface AttackersAnswer extends Answer {
  readonly attackers: readonly ShownAttacker[];
  readonly next: string | null;
}

/** An address, hour by hour where it tried something, the newest first. */
export interface AddressAnswer extends Answer {
  readonly address: string;
  readonly hours: readonly (Tries & { readonly at: string })[];
  /** There are older ones that are not shown. */
  readonly more: boolean;
}

/** A way in that is new: in what, as far back as is known. */
export interface NewAccess {
  readonly person: string;
  readonly network: string;
  readonly key: string;
  readonly host: string;
  readonly country: string;
  readonly networkName: string;
  readonly at: string;
  readonly last: string;
  readonly logins: number;
  readonly position: string;
  /** Never seen before: the person at all; the network, the key or the host of this person. */
  readonly new: readonly ('person' | 'network' | 'key' | 'host')[];
}

/** New ways in, the newest first. */
export interface NewAccessAnswer {
  readonly since: string;
  /** The oldest login that is known: what was seen before that is new again. Null: none is known. */
  readonly knownSince: string | null;
  readonly access: readonly NewAccess[];
  /** There are more that are not shown. */
  readonly more: boolean;
  readonly missing: readonly Gap[];
}

/** Events over time. */
export interface HistogramAnswer extends Answer {
  readonly stepSeconds: number;
  /** Every step of the time; the first and the last may be cut by it. */
  readonly steps: readonly {
    readonly at: string;
    readonly events: number;
    readonly failures: number;
    readonly successes: number;
  }[];
  readonly remarks: readonly string[];
}

interface Times {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Large questions, answered from summaries. Each throws E_USAGE for what is no question, E_TOO_LARGE beyond the limits. */
export interface SummariesView {
  sessions(
    asked: Times & {
      readonly person?: string | undefined;
      readonly host?: string | undefined;
      readonly limit: number;
      readonly cursor?: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<SessionsAnswer>;
  attackers(
    asked: Times & {
      readonly by: 'address' | 'network';
      readonly limit: number;
      readonly cursor?: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<AttackersAnswer>;
  address(address: string, asked: Times & { readonly limit: number }, signal: AbortSignal): Promise<AddressAnswer>;
  newAccess(
    asked: { readonly since?: string | undefined; readonly limit: number },
    signal: AbortSignal,
  ): Promise<NewAccessAnswer>;
  /** `step`: a length of time, as `1h`; absent: one that suits. */
  histogram(asked: Asked & { readonly step?: string | undefined }, signal: AbortSignal): Promise<HistogramAnswer>;
}
