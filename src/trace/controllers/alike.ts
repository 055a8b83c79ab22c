import type { Affected } from './affected.ts';
import { mainSight, type Party, type Talking } from './parties.ts';
import { median } from './rhythm.ts';

const CLASSES = 24;

/**
 * How many outside ends are talked to by just as many hosts and at least as often, by the same kind of log. Among many
 * such ends one that only affected hosts talk to turns up by chance (Bonferroni's correction takes this number).
 */
export class Alike {
  readonly #counts = new Map<string, number[]>();

  constructor({ parties }: Talking) {
    for (const party of parties) {
      const classes = this.#counts.get(kindOf(party)) ?? new Array<number>(CLASSES).fill(0);
      this.#counts.set(kindOf(party), classes);
      const often = oftenOf(party);
      classes[often] = (classes[often] ?? 0) + 1;
    }
  }

  /** At least 1. */
  of(party: Party): number {
    const classes = this.#counts.get(kindOf(party)) ?? [];
    return Math.max(
      1,
      classes.slice(oftenOf(party)).reduce((sum, one) => sum + one, 0),
    );
  }
}

function kindOf({ lens, contacts }: Party): string {
  return `${lens} ${contacts.size}`;
}

// Doublings of how often a host talks to it (median).
function oftenOf({ contacts }: Party): number {
  const often = median([...contacts.values()].map((contact) => mainSight(contact)?.count ?? contact.commands.length));
  return Math.min(CLASSES - 1, Math.floor(Math.log2(Math.max(1, often))));
}

/** What an end is measured against. */
export interface Field {
  readonly affected: Affected;
  readonly talking: Talking;
  readonly alike: Alike;
}
