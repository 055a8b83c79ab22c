import type { LineContext, Parsed } from '../../core/stages.ts';
import type { Stamps } from './record.ts';

type Timed = Pick<Parsed, 'time' | 'certainty'>;

const QUARTER_MS = 900_000;
/** No zone is further from UTC. */
const FARTHEST_MS = 14 * 3_600_000;
/** A shipper is this fast: what is left of the difference is the way, not the zone. */
const ON_THE_WAY_MS = 120_000;
const STAMP =
  /^(?<date>\d{4}-\d\d-\d\d)[T ](?<clock>\d\d:\d\d:\d\d)(?<fraction>\.\d{1,9})? ?(?<zone>Z|UTC|[+-]\d\d:?\d\d)?$/;
const DATE_CALL = /^\/Date\((?<ms>-?\d{1,15})(?:[+-]\d{4})?\)\/$/; // ConvertTo-Json of Windows PowerShell 5

/**
 * When an event happened. A stamp with a zone says it. NXLog writes the clock on the wall without a zone; beside it stands
 * when the event was taken in, by the same clock, and the shipper's stamp in UTC: their difference, in whole quarters of an
 * hour, is the zone.
 */
export function timeOf(stamps: Stamps, utc: string, { zone }: LineContext): Timed {
  const created = readStamp(stamps.created);
  if (created?.zoned) return exact(created.ms);
  const local = readStamp(stamps.local);
  if (local?.zoned) return exact(local.ms);
  const shipped = readStamp(stamps.shipped);
  if (local) {
    const offset = shipped?.zoned ? offsetOf(shipped.ms, readStamp(stamps.received)?.ms ?? local.ms) : null;
    return offset === null ? { time: zone.toInstant(local.ms), certainty: 'zone' } : exact(local.ms + offset);
  }
  if (shipped?.zoned) return exact(shipped.ms);
  const said = readStamp(utc); // Sysmon's own, in UTC
  if (said) return exact(said.ms);
  const bare = created ?? shipped;
  return bare ? { time: zone.toInstant(bare.ms), certainty: 'zone' } : {};
}

function exact(time: number): Timed {
  return { time, certainty: 'exact' };
}

function offsetOf(utcMs: number, wallMs: number): number | null {
  const offset = Math.round((utcMs - wallMs) / QUARTER_MS) * QUARTER_MS;
  const way = utcMs - wallMs - offset;
  return Math.abs(offset) <= FARTHEST_MS && Math.abs(way) <= ON_THE_WAY_MS ? offset : null;
}

/** Milliseconds as written, and whether the stamp named a zone (they are UTC then). */
function readStamp(text: string): { readonly ms: number; readonly zoned: boolean } | null {
  const call = DATE_CALL.exec(text)?.groups?.['ms'];
  if (call !== undefined) return { ms: Number(call), zoned: true };
  if (/^\d{13}(?:\d{3})?$/.test(text))
    return { ms: Math.floor(text.length === 16 ? Number(text) / 1000 : Number(text)), zoned: true };
  const parts = STAMP.exec(text)?.groups;
  if (!parts) return null;
  const { date, clock, fraction = '', zone } = parts;
  const offset = zone === undefined || zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const ms = Date.parse(`${date}T${clock}${fraction.slice(0, 4)}${offset}`);
  return Number.isNaN(ms) ? null : { ms, zoned: zone !== undefined };
}
