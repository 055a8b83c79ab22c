import type { EcsFields } from '../core/event.ts';
import { canonicalIp } from '../core/ip.ts';
import { ListTable } from './lists/list-table.ts';
import type { LoadedList } from './lists/snapshot.ts';

const NOTHING: EcsFields = {};
const PREFIX = 'labels.';

/** What the operator's inventories know of hosts and addresses. */
export class Assets {
  readonly #tables: readonly ListTable[];

  constructor(lists: readonly LoadedList[]) {
    this.#tables = lists.filter(({ role }) => role === 'asset').map(({ data }) => new ListTable(data));
  }

  get isEmpty(): boolean {
    return this.#tables.length === 0;
  }

  /** The JSON of the first inventory that knows it; ''. */
  #noteOf(name: string): string {
    const address = canonicalIp(name);
    const host = name.toLowerCase();
    for (const table of this.#tables) {
      const match = address === null ? this.#host(table, host) : table.networks(address)[0];
      if (match) return match.note;
    }
    return '';
  }

  #host(table: ListTable, host: string) {
    const whole = host.endsWith('.') ? host.slice(0, -1) : host;
    return table.name('host', whole) ?? table.name('host', whole.split('.', 1)[0] as string);
  }

  /** `labels.role`, `.environment`, `.criticality`, `.owner` (ECS: labels are the operator's own) of the host of an event: a name or an address. */
  ofHost(host: string): EcsFields {
    return this.#fields(this.#noteOf(host), PREFIX, false);
  }

  /** `spoor.source.asset.name`, `.role` … of an address; `spoor.destination.asset.…`. */
  ofAddress(address: string, side: 'source' | 'destination'): EcsFields {
    return this.#fields(this.#noteOf(address), `spoor.${side}.asset.`, true);
  }

  #fields(note: string, prefix: string, named: boolean): EcsFields {
    if (note === '') return NOTHING;
    const said = Object.entries(JSON.parse(note) as Record<string, string>);
    return Object.fromEntries(
      said.filter(([key]) => named || key !== 'name').map(([key, text]) => [prefix + key, text]),
    );
  }
}
