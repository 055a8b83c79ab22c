import type { Judged } from '../attackers.ts';
import type { Citation } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Motive } from '../tracks.ts';
import { many, motive } from './telling.ts';

export interface RelayFacts {
  readonly judged: readonly Judged[];
  readonly relays: ReadonlySet<string>;
  readonly citeRef: (ref: Ref) => Citation;
  readonly hostsOf: (refs: readonly Ref[]) => readonly string[];
}

/** The web server logs who passed a request on, not who asked. */
export function unseenVisitors({ judged, relays, citeRef, hostsOf }: RelayFacts): Motive[] {
  const among = judged.filter(({ address }) => relays.has(address));
  if (among.length === 0) return [];
  const refs = among.slice(0, 5).flatMap(({ tally }) => tally.refs.slice(0, 1));
  return [
    motive('invited', {
      title: 'The web log does not say who asked',
      detail: `${many(among.length, 'address', 'addresses')} of a content network or proxy passed attacks on, among what many people asked; they are not blocked`,
      mend: 'Log the visitor’s own address: nginx `set_real_ip_from` with the proxy’s networks and `real_ip_header X-Forwarded-For` (Cloudflare: `CF-Connecting-IP`), Apache `RemoteIPHeader`. Until then block attackers at the proxy.',
      hosts: hostsOf(refs),
      count: among.length,
      confidence: 'medium',
      evidence: refs.map(citeRef),
    }),
  ];
}
