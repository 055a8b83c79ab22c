import type { Noted } from '../noted.ts';
import { text } from '../session-index.ts';

/** Its own connections say what a host's address is; a name that a peer gives of itself says it less surely. */
const OWN = 4;
const TOLD = 1;

/** Which host has which address, learnt from Windows' events. */
export class HostAddresses {
  readonly #votes = new Map<string, Map<string, number>>();
  readonly #byAddress = new Map<string, string>();
  readonly #byHost = new Map<string, Set<string>>();
  /** Names as the hosts themselves write them, by the name in small letters. */
  readonly #names = new Map<string, string>();

  constructor(events: readonly Noted[], hosts: readonly string[]) {
    for (const host of hosts) this.#names.set(host.toLowerCase(), host);
    for (const event of events) this.#learn(event);
    for (const [address, votes] of this.#votes) {
      const [host] = [...votes].reduce((best, next) => (next[1] > best[1] ? next : best));
      this.#byAddress.set(address, host);
      const own = this.#byHost.get(host) ?? new Set();
      this.#byHost.set(host, own.add(address));
    }
  }

  /** The host with this address; '' when none is known. */
  hostOf(address: string): string {
    return this.#byAddress.get(address) ?? '';
  }

  /** Every address that a host is known by. */
  addressesOf(host: string): ReadonlySet<string> {
    return this.#byHost.get(host) ?? new Set();
  }

  /** The host of this name whose logs are at hand; '' when there is none. */
  known(name: string): string {
    return this.#names.get(name.toLowerCase()) ?? '';
  }

  /** A host's name as its own logs write it; as given when they are not at hand. */
  named(host: string): string {
    return this.#names.get(host.toLowerCase()) ?? host;
  }

  #learn({ host, fields }: Noted): void {
    const source = text(fields['source.ip']);
    if (fields['event.action'] === 'connection') {
      const inward = fields['network.direction'] === 'ingress';
      this.#vote(inward ? text(fields['destination.ip']) : source, host, OWN);
      return;
    }
    if (source === '') return;
    const peer = fields['spoor.remote.sign'] === 'address' ? text(fields['user.name']).slice(0, -1) : '';
    const told = peer || text(fields['source.domain']);
    if (told !== '') this.#vote(source, this.named(told), TOLD);
  }

  #vote(address: string, host: string, weight: number): void {
    if (address === '' || host === '') return;
    const votes = this.#votes.get(address) ?? new Map<string, number>();
    this.#votes.set(address, votes.set(host, (votes.get(host) ?? 0) + weight));
  }
}
