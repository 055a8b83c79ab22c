import type { SourceNote } from '../../core/stages.ts';
import { type Found, lengthWords } from './finding.ts';

// Is a sender gone that did not take its leave? Pure.

/** Nobody is missed earlier. */
const LEAST_MS = 60_000;
const LONGER = 2;
/** A habit of being away is no longer than this. */
const MOST_AWAY_MS = 86_400_000;
const MAX_STREAMS = 20_000;
const VIA = /^[\w+.-]{1,40}:(?:\[(?<v6>[^\]]{1,60})\]|(?<v4>[^:[\]]{1,60}))(?::\d{1,5})?$/;

/** A sender's connections. Plain data. */
export interface Links {
  open: number;
  /** When the last one broke; null while one is open, and after a goodbye. */
  brokeMs: number | null;
  /** The longest it was away between a break and its return. */
  longestAwayMs: number;
}

/** The stream that a note about a connection is of; null when it cannot be told. */
export function streamOf(name: string, { via = '', peer = 'none' }: SourceNote): string | null {
  if (peer !== 'none') return `${name}/${peer}`;
  const groups = VIA.exec(via)?.groups;
  const address = groups?.['v6'] ?? groups?.['v4'];
  return address === undefined ? null : `${name}/${address}`;
}

/** Takes note of a connection that came or went. Anybody can connect: what tells nothing any more is forgotten. */
export function takeNote(all: Map<string, Links>, stream: string, { kind, reason }: SourceNote, nowMs: number): void {
  const known = all.get(stream);
  if (kind === 'connected') {
    if (known === undefined && all.size >= MAX_STREAMS) return;
    const links = known ?? { open: 0, brokeMs: null, longestAwayMs: 0 };
    links.open += 1;
    cameBack(links, nowMs);
    all.set(stream, links);
    return;
  }
  if (known === undefined) return;
  known.open = Math.max(0, known.open - 1);
  if (known.open > 0) return;
  known.brokeMs = reason === 'reset' ? nowMs : null;
  if (known.brokeMs === null && known.longestAwayMs === 0) all.delete(stream);
}

/** It is there again. */
export function cameBack(links: Links, nowMs: number): void {
  if (links.brokeMs === null) return;
  links.longestAwayMs = Math.max(links.longestAwayMs, Math.min(nowMs - links.brokeMs, MOST_AWAY_MS));
  links.brokeMs = null;
}

/** The cut, when a sender is away for longer than it ever was; null while it is not. */
export function cutOf({ brokeMs, longestAwayMs }: Links, nowMs: number): Found | null {
  if (brokeMs === null || nowMs - brokeMs <= Math.max(LEAST_MS, LONGER * longestAwayMs)) return null;
  const habit = longestAwayMs === 0 ? '' : `; it was never away for longer than ${lengthWords(longestAwayMs)}`;
  return {
    phase: 'begin',
    atMs: brokeMs,
    words: `its connection broke without a goodbye, and it did not come back for ${lengthWords(nowMs - brokeMs)}${habit}.`,
    detail: { longestAwayMs },
  };
}
