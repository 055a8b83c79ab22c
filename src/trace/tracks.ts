import type { Citation, Confidence, Place } from './story.ts';

export type CampaignKind =
  | 'guessing' // passwords and names for logins
  | 'web' // requests that probe or attack
  | 'scan' // connections that come and go
  | 'flood'; // more than the service could bear

/** Addresses that act as one. */
export interface Campaign {
  readonly id: string; // c1, c2, … the weightiest first
  readonly kind: CampaignKind;
  /** Every address of it, IPv4 before IPv6, each in the order of numbers. */
  readonly addresses: readonly string[];
  /** The same as networks (CIDR), to block: at least 99 % of them, at most 1 % others. */
  readonly cidrs: readonly string[];
  /** How many autonomous systems (where unknown: /16 of IPv4, /32 of IPv6) they lie in. */
  readonly networks: number;
  readonly countries: readonly string[]; // ISO 3166-1 alpha-2, most addresses first
  readonly first: string | null;
  readonly last: string | null;
  /** Failed logins, requests or connections, all addresses together. */
  readonly attempts: number;
  /** Most attempts of any one address: under a threshold that counts addresses alone, it stays unseen. */
  readonly mostOfOne: number;
  readonly names: readonly string[]; // in their common order; at most 64
  readonly namesTotal: number;
  /** What the client says of itself: its banner, its parting words, its user agent; '' when it does not. */
  readonly client: string;
  readonly hosts: readonly string[];
  readonly entries: readonly string[]; // Entry.id of logins by its addresses
  /** Why they are one, the strongest first: "same 37 names in the same order". */
  readonly reasons: readonly string[];
  readonly confidence: Confidence;
  readonly evidence: readonly Citation[];
}

/** One end of a hop. */
export interface HopEnd {
  readonly host: string; // '' when unknown
  readonly address: string; // '' when unknown
  readonly user: string; // '' when unknown
  readonly session: string | null; // Session.id; null: not seen in any log
  /** Are logs of this host at hand? */
  readonly logs: boolean;
}

/** A session on one host that opened a session on another; or the first way in, from outside, which begins a chain. */
export interface Hop {
  readonly id: string; // h1, h2, …
  /** Which chain it belongs to, and its place in it: 1 is the way in from outside. */
  readonly chain: number;
  readonly depth: number;
  /** The hop that led to its source; null for the first. */
  readonly after: string | null;
  readonly entry: string | null; // Entry.id of the login that it made, where it is thought an intruder's
  readonly from: HopEnd;
  readonly to: HopEnd;
  /** By the clock of the host that was entered (of the source, where that is all there is). */
  readonly at: string | null;
  readonly method: string;
  readonly key: string; // fingerprint; ''
  readonly port: number | null; // of the source
  /** The target's clock minus the source's, where both tell of the same; null when that is unknown. */
  readonly skewSeconds: number | null;
  readonly confidence: Confidence;
  readonly reasons: readonly string[];
  readonly evidence: readonly Citation[];
}

/** An outside address that affected hosts talk to and quiet ones do not. */
export interface Controller {
  readonly address: string;
  readonly place: Place;
  /** 0 to 1: how much it stands out. */
  readonly score: number;
  readonly affected: readonly string[]; // affected hosts that talk to it
  readonly quiet: readonly string[]; // others that do as well
  readonly ports: readonly number[];
  readonly first: string | null;
  readonly last: string | null;
  readonly connections: number;
  /** Seconds between connections, where they are regular; else null. */
  readonly period: number | null;
  readonly reasons: readonly string[];
  readonly evidence: readonly Citation[];
}

export type MotiveKind =
  | 'sought' // what they were after
  | 'aim' // aimed at you, or at anybody
  | 'invited'; // what made it easy, and how to mend it

/** Part of the answer to "why me?". */
export interface Motive {
  readonly kind: MotiveKind;
  readonly title: string;
  readonly detail: string;
  /** What to do about it; '' when there is nothing. */
  readonly mend: string;
  readonly hosts: readonly string[];
  readonly count: number;
  readonly confidence: Confidence;
  readonly evidence: readonly Citation[];
}
