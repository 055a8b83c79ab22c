import { sessionLines } from './schema/0003-session-lines.ts';
import { attackersHour } from './schema/0004-attackers-hour.ts';
import { firstSeen } from './schema/0005-first-seen.ts';
import type { Making } from './schema-tables.ts';

/** A table that a materialised view fills from `events`. It has a `_shadow`, filled from `events_shadow`, and days (partitions) as those have. */
export interface Derived {
  readonly name: string;
  /** How to make it of events that were there before it was; null: it is as old as `events`. */
  readonly making: Making | null;
}

/** All tables that are made of events. What drops, replaces or rebuilds a day of events does the same to these. */
export const DERIVED: readonly Derived[] = [
  { name: 'sources_minute', making: null },
  { name: 'session_lines', making: sessionLines },
  { name: 'attackers_hour', making: attackersHour },
  { name: 'first_seen', making: firstSeen },
];
