import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

// What every request of ours to a server of others needs: a name must not lead it into the network inside.

/** A look-up of names that gives only addresses which may be reached. It is asked for each connection: names change between two look-ups. */
export function guardedLookup(mayReach: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    dnsLookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses = (found ?? []) as unknown as LookupAddress[];
      if (error) done(error, '', 0);
      else if (!addresses.every(({ address }) => mayReach(address)))
        done(new Error('its name leads into an inner network'), '', 0);
      else if (options.all) (done as unknown as (error: null, all: LookupAddress[]) => void)(null, addresses);
      else done(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4);
    });
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved (is there a network?)',
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it broke the connection',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'it cannot be reached',
  ETIMEDOUT: 'it does not answer',
};

/** Why a request failed, in words. */
export function failureReason(cause: Error): string {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? (code === '' ? cause.message : code);
}
