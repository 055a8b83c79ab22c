import { networkLabel } from './labels/known-networks.ts';
import { ListTable } from './lists/list-table.ts';
import type { LoadedList } from './lists/snapshot.ts';

/** What addresses are called: `tor`, `hosting`, `vpn`, and words of the operator's lists. */
export class Labels {
  readonly #lists: readonly { readonly label: string; readonly table: ListTable }[];
  readonly #networks: boolean;

  /** `networks`: the networks of well-known providers are labelled, too. */
  constructor(lists: readonly LoadedList[], networks: boolean) {
    this.#lists = lists
      .filter(({ role }) => role === 'label')
      .map(({ label, data }) => ({ label, table: new ListTable(data) }));
    this.#networks = networks;
  }

  /** Labels of a public address in an autonomous system (undefined: not known), in alphabetical order, none twice. */
  of(address: string, asn: number | undefined): readonly string[] {
    const found = new Set<string>();
    const known = this.#networks && asn !== undefined ? networkLabel(asn) : null;
    if (known !== null) found.add(known);
    for (const { label, table } of this.#lists) {
      if (found.has(label)) continue;
      if (table.networks(address).length > 0 || (asn !== undefined && table.name('asn', String(asn)) !== null))
        found.add(label);
    }
    return [...found].sort();
  }
}
