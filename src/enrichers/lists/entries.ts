import { AppError } from '../../core/errors.ts';
import { isPublic, kindOf, parseIp, textOfV4, textOfV6 } from '../../core/ip.ts';
import { TableBuilder, type TableData } from './list-table.ts';
import type { About } from './rows.ts';
import { asnOf, canonicalDomain, canonicalHash, canonicalUrl, readNetwork, refanged, withoutPort } from './values.ts';

/** What a list is for. */
export type ListRole = 'intel' | 'label' | 'asset';

export interface EntryLimits {
  readonly role: ListRole;
  /** A domain means the names below it as well. */
  readonly subdomains: boolean;
  readonly maxEntries: number;
}

/** Networks wider than this say nothing of an address: a list that was poisoned with one would accuse everybody. */
const WIDEST = { 4: 8, 6: 16 } as const;
const WORDS = new Uint32Array(4);

/**
 * Takes the entries of one list. Each method gives false for a text that is no such thing. What is one and is not used is counted in
 * `skipped`, by reason. Throws E_TOO_LARGE for one entry too many.
 */
export class Entries {
  readonly #limits: EntryLimits;
  readonly #table = new TableBuilder();
  readonly skipped = new Map<string, number>();

  constructor(limits: EntryLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#table.count;
  }

  skip(reason: string, count = 1): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + count);
  }

  #counted(): true {
    const { maxEntries } = this.#limits;
    if (this.#table.count > maxEntries) throw new AppError('E_TOO_LARGE', `more than ${maxEntries} entries`);
    return true;
  }

  /** An address or a network. */
  network(text: string, about: About): boolean {
    const read = readNetwork(text, WORDS);
    if (read === null) return false;
    const { version, prefix } = read;
    if (this.#limits.role !== 'asset' && !this.#isUseful(version, prefix)) return true;
    this.#table.addNetwork(version, WORDS, prefix, about);
    return this.#counted();
  }

  // Lists of "bogons" name private networks: whoever took them for evil would accuse his own hosts.
  #isUseful(version: 4 | 6, prefix: number): boolean {
    const text =
      version === 4
        ? textOfV4(WORDS[0] as number)
        : textOfV6([WORDS[0] as number, WORDS[1] as number, WORDS[2] as number, WORDS[3] as number]);
    const ip = parseIp(text);
    if (ip === null || !isPublic(ip)) this.skip(`no address of the Internet (${ip === null ? 'none' : kindOf(ip)})`);
    else if (prefix < WIDEST[version]) this.skip(`wider than /${WIDEST[version]}`);
    else return true;
    return false;
  }

  domain(text: string, about: About): boolean {
    const starred = text.startsWith('*.') || text.startsWith('.');
    const domain = canonicalDomain(starred ? text.slice(text.indexOf('.') + 1) : text);
    if (domain === null) return false;
    if (!this.#isIntel('a domain')) return true;
    if (!text.startsWith('*.')) this.#table.addName('domain', domain, about);
    if (starred || this.#limits.subdomains) this.#table.addName('domains-below', domain, about);
    return this.#counted();
  }

  url(text: string, about: About): boolean {
    const url = canonicalUrl(text);
    if (url === null) return false;
    if (!this.#isIntel('a URL')) return true;
    this.#table.addName('url', url, about);
    return this.#counted();
  }

  hash(text: string, about: About): boolean {
    const hash = canonicalHash(text);
    if (hash === null) return false;
    if (!this.#isIntel('a hash')) return true;
    this.#table.addName('hash', hash, about);
    return this.#counted();
  }

  /** `AS64500`: for labels. That one address of a network is evil says nothing of the others. */
  asn(text: string, about: About): boolean {
    const number = asnOf(text);
    if (number === null) return false;
    if (this.#limits.role !== 'label') {
      this.skip('a whole autonomous system');
      return true;
    }
    this.#table.addName('asn', number, about);
    return this.#counted();
  }

  /** A host's name, of one label or more, in small letters. */
  host(name: string, about: About): void {
    this.#table.addName('host', name, about);
    this.#counted();
  }

  /** Whatever of these it is. */
  any(text: string, about: About): boolean {
    const value = refanged(text);
    if (this.network(value, about) || this.hash(value, about) || this.asn(value, about)) return true;
    if (this.url(value, about)) return true;
    const bare = withoutPort(value);
    return (bare !== value && this.network(bare, about)) || this.domain(bare, about);
  }

  #isIntel(what: string): boolean {
    if (this.#limits.role === 'intel') return true;
    this.skip(`${what}, which this list is not asked for`);
    return false;
  }

  build(seed: number): TableData {
    return this.#table.build(seed);
  }
}
