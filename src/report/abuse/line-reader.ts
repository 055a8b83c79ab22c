import type { Event } from '../../core/event.ts';
import { Zone } from '../../core/zone.ts';
import { yearsFrom } from '../../decode/census.ts';
import { Decoder } from '../../decode/decoder.ts';
import type { Dispatch } from '../../decode/dispatch.ts';

export interface LineReaderOptions {
  readonly dispatch: Dispatch;
  /** Zone of stamps that name none, and the exceptions by host. */
  readonly zone: string;
  readonly hostZones: Readonly<Record<string, string>>;
  /** The instant that no stamp without a year lies after. */
  readonly endMs: number;
}

/** Understands single lines, out of their file: what a line says alone, without what its neighbours add. */
export type LineReader = (raw: string) => Event | null;

/** A reader of lines that were cited. */
export function lineReader({ dispatch, zone, hostZones, endMs }: LineReaderOptions): LineReader {
  const zones = new Map<string, Zone>();
  const zoneOf = (name: string): Zone => {
    const known = zones.get(name) ?? new Zone(name);
    zones.set(name, known);
    return known;
  };
  const read = (raw: string, name: string): Event | null => {
    const found = zoneOf(name);
    let event: Event | null = null;
    const year = yearsFrom({ base: null, endMs }, null, found);
    const decoder = new Decoder(dispatch, {
      zone: found,
      year,
      host: '',
      emit: (one) => {
        event ??= one;
      },
    });
    decoder.push(raw.split('\n', 1)[0] ?? '', 2);
    decoder.end();
    return event;
  };
  return (raw) => {
    const event = read(raw, zone);
    const own = event === null ? undefined : hostZones[event.host];
    return own === undefined ? event : read(raw, own);
  };
}
