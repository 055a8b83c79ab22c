import { grouped } from '../../core/grouped.ts';
import { MAX_SKEW_MS } from './clocks.ts';
import type { Outgoing } from './heard.ts';
import { isInside } from './inside.ts';
import type { Login, World } from './world.ts';

/** What both ends tell outweighs what times alone do. */
export const PORTS = 1000;
const MAX_SAME_PORT = 64;

/** A connection out of one host and a login on another from the same port. */
export interface PortFit {
  readonly outgoing: Outgoing;
  readonly login: Login;
}

/** Pairs of a connection out and a login in that may be the same. */
export function portFits(world: World, outgoing: readonly Outgoing[]): PortFit[] {
  if (outgoing.length === 0) return [];
  const byPort = grouped(world.logins, ({ draft }) => String(draft.port));
  return outgoing.flatMap((one) => {
    if (one.sourcePort === null) return [];
    const logins = (byPort.get(String(one.sourcePort)) ?? []).filter(
      ({ host, draft, from }) =>
        host !== one.host && Math.abs(from - one.time) <= MAX_SKEW_MS && isSource(one, draft.address),
    );
    return logins.slice(0, MAX_SAME_PORT).map((login) => ({ outgoing: one, login }));
  });
}

// Where the line names its own address, the login must come from it (or through a translator from an address of the internet).
function isSource({ noted }: Outgoing, address: string): boolean {
  const own = noted.fields['source.ip'];
  return own === undefined || own === address || (typeof own === 'string' && isInside(own) && !isInside(address));
}
