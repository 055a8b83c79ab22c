import { addTo } from '../../core/grouped.ts';
import { printable } from '../../core/text.ts';
import type { AbuseDesk, Rdap } from '../../enrichers/rdap/lookup.ts';
import { count } from '../words.ts';
import type { NetworkCase } from './cases.ts';
import type { Contact, Contacts } from './contact.ts';

/** Questions about one network, and in all: registries are shared by everybody. */
const MOST_OF_NETWORK = 8;
const MOST = 300;

/**
 * Asks the registry for each network whom to write to: for its worst address, and for others as long as no answer covers them.
 * Never fails: what could not be found says why.
 */
export async function findContacts(networks: readonly NetworkCase[], rdap: Rdap): Promise<Map<NetworkCase, Contacts>> {
  const found = new Map<NetworkCase, Contacts>();
  const budget = { left: MOST };
  for (const network of networks) found.set(network, await contactsOf(network, rdap, budget));
  return found;
}

async function contactsOf(network: NetworkCase, rdap: Rdap, budget: { left: number }): Promise<Contacts> {
  const desks = new Map<AbuseDesk, string[]>();
  let problem = '';
  let asked = 0;
  let unasked = 0;
  for (const { address } of network.cases) {
    const known = [...desks.keys()].find(({ covers }) => covers(address));
    if (known !== undefined) desks.get(known)?.push(address);
    else if (asked >= MOST_OF_NETWORK || budget.left <= 0) unasked += 1;
    else {
      asked += 1;
      budget.left -= 1;
      try {
        const desk = await rdap.deskOf(address, network.asn);
        addTo(desks, desk, address);
      } catch (error) {
        problem ||= printable((error as Error).message, 160);
      }
    }
  }
  if (unasked > 0) problem ||= `${count(unasked, 'address was', 'addresses were')} not looked up: too many`;
  return { found: contactsFrom(desks), problem };
}

function contactsFrom(desks: ReadonlyMap<AbuseDesk, readonly string[]>): Contact[] {
  return [...desks].map(([{ mails, range, name, from }, addresses]) => ({ mails, range, name, from, addresses }));
}

/** The same answer for all: nothing could be asked. */
export function noContacts(networks: readonly NetworkCase[], problem: string): Map<NetworkCase, Contacts> {
  return new Map(networks.map((network) => [network, { found: [], problem: printable(problem, 160) }]));
}
