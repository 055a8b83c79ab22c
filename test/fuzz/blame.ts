import type { Event } from '../../src/core/event.ts';
import { canonicalIp } from '../../src/core/ip.ts';

/** Fields that name somebody as the source. */
const FIELDS = ['source.ip', 'source.address', 'client.ip', 'client.address'];

/** Every address that an event names as its source, in the one spelling; texts that are no address (host names) are left out. */
export function blamed(event: Event): string[] {
  return FIELDS.flatMap((field) => {
    const value = event.fields[field];
    const found = typeof value === 'string' ? canonicalIp(value) : null;
    return found === null ? [] : [found];
  });
}
