import { readIp } from '../../core/ip.ts';
import { findName, NameGatherer, type NameRows } from './names.ts';
import { covering, NetworkGatherer, type NetworkRows, networkText } from './networks.ts';
import { type About, type AboutColumns, type Texts, textAt, textColumn } from './rows.ts';

/** What an entry of a list names. */
export type NameKind = 'domain' | 'domains-below' | 'url' | 'hash' | 'asn' | 'host';

/** All that one list says, made for asking: in memory that threads share, so that sending it to one costs nothing. */
export interface TableData {
  readonly v4: NetworkRows | null;
  readonly v6: NetworkRows | null;
  readonly names: NameRows | null;
  readonly notes: Texts;
}

/** One entry that fits. */
export interface Match {
  /** The entry as the list means it: `192.0.2.0/24`, `evil.example`. */
  readonly entry: string;
  /** Milliseconds since 1970 from which it is none any more; infinite for never. */
  readonly untilMs: number;
  /** -1 where the list says none. */
  readonly confidence: number;
  /** A JSON object, or ''. */
  readonly note: string;
}

const LETTERS: Readonly<Record<NameKind, string>> = {
  domain: 'd',
  'domains-below': 'b',
  url: 'u',
  hash: 'h',
  asn: 'a',
  host: 'n',
};
const MAX_LABELS = 32;
const SOUGHT = new Uint32Array(4);
const MAX_NOTE_BYTES = 256 << 20;

/** Gathers the entries of one list. */
export class TableBuilder {
  readonly #v4 = new NetworkGatherer(4);
  readonly #v6 = new NetworkGatherer(6);
  readonly #names = new NameGatherer();
  readonly #notes = new Map<string, number>();

  get count(): number {
    return this.#v4.count + this.#v6.count + this.#names.count;
  }

  /** `words`: the address, whose bits behind the prefix are ignored. */
  addNetwork(version: 4 | 6, words: Uint32Array, prefix: number, about: About): void {
    (version === 4 ? this.#v4 : this.#v6).add(words, prefix, about);
  }

  /** `name`: canonical and ASCII. */
  addName(kind: NameKind, name: string, about: About): void {
    this.#names.add(LETTERS[kind] + name, about);
  }

  /** `seed`: any number that whoever wrote the list does not know. */
  build(seed: number): TableData {
    let size = 0;
    const noteOf = (note: string): number => {
      const known = this.#notes.get(note);
      if (known !== undefined) return known;
      if (size > MAX_NOTE_BYTES) return 0;
      size += note.length;
      this.#notes.set(note, this.#notes.size + 1);
      return this.#notes.size;
    };
    const v4 = this.#v4.build(noteOf);
    const v6 = this.#v6.build(noteOf);
    const names = this.#names.build(noteOf, seed >>> 0);
    return { v4, v6, names, notes: textColumn(['', ...this.#notes.keys()]) };
  }
}

/** Asks one list. */
export class ListTable {
  readonly #data: TableData;

  constructor(data: TableData) {
    this.#data = data;
  }

  /** The networks that hold an address, narrowest first, up to the first that never ends. */
  networks(address: string): Match[] {
    const version = readIp(address, SOUGHT);
    const rows = version === 4 ? this.#data.v4 : version === 6 ? this.#data.v6 : null;
    const found: Match[] = [];
    if (rows === null) return found;
    for (let row = covering(rows, SOUGHT); row >= 0; row = rows.around[row] as number) {
      const match = this.#match(networkText(rows, row), rows.about, row);
      found.push(match);
      if (match.untilMs === Number.POSITIVE_INFINITY) break;
    }
    return found;
  }

  /** The entry of a canonical name; null for none. */
  name(kind: NameKind, name: string): Match | null {
    const { names } = this.#data;
    if (names === null) return null;
    const row = findName(names, LETTERS[kind] + name);
    return row < 0 ? null : this.#match(kind === 'domains-below' ? `*.${name}` : name, names.about, row);
  }

  /** The entries of a domain: its own, then those of what it lies below, nearest first. */
  domains(domain: string): Match[] {
    const found: Match[] = [];
    const own = this.name('domain', domain);
    if (own !== null) found.push(own);
    let dot = domain.indexOf('.');
    for (let label = 0; dot >= 0 && label < MAX_LABELS; label += 1) {
      const below = this.name('domains-below', domain.slice(dot + 1));
      if (below !== null) found.push(below);
      dot = domain.indexOf('.', dot + 1);
    }
    return found;
  }

  #match(entry: string, { until, confidence, note }: AboutColumns, row: number): Match {
    const untilS = until?.[row] ?? 0;
    return {
      entry,
      untilMs: untilS === 0 ? Number.POSITIVE_INFINITY : untilS * 1000,
      confidence: confidence?.[row] ?? -1,
      note: textAt(this.#data.notes, note?.[row] ?? 0),
    };
  }
}
