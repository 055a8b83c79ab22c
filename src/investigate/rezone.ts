import { type Event, settled } from '../core/event.ts';
import { Zone } from '../core/zone.ts';

/**
 * Reads the stamps of single hosts in zones of their own: takes an event whose zone was assumed, and gives it at the instant
 * that its civil time has in its host's zone. Null when no host has a zone of its own.
 */
export function rezoner(zone: Zone, hostZones: Readonly<Record<string, string>>): ((event: Event) => Event) | null {
  const zones = new Map(Object.entries(hostZones).map(([host, name]) => [host, new Zone(name)]));
  if (zones.size === 0) return null;
  return (event) => {
    const own = zones.get(event.host);
    if (own === undefined || event.certainty === 'exact' || Number.isNaN(event.time)) return event;
    return { ...settled(event), time: own.toInstant(zone.toCivil(event.time)) };
  };
}
