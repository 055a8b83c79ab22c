import { needleOf } from './view.ts';

/** What a placeholder stands for. */
export type LeftOutKind = 'user' | 'host' | 'address' | 'secret' | 'mail' | 'path';

/** A part of a view that must not go outside; `value` tells equal things from different ones. */
export interface Found {
  readonly from: number;
  readonly to: number;
  readonly kind: LeftOutKind;
  readonly value: string;
}

interface Node {
  readonly next: Map<number, Node>;
  kind: LeftOutKind | null;
}

/** Words at least this long are found anywhere, shorter ones where a word begins and ends. */
const ANYWHERE = 6;
const MAX_WORD = 256;
const BETWEEN_LABELS = /[.-]/;
const IN_NAME = /[\w.-]/;

const isWord = (character: string | undefined): boolean =>
  character !== undefined && /[a-z0-9\x80-\xff]/.test(character);

/** Names of one's own, to be found in text, by the tens of thousands. */
export class OwnWords {
  readonly #root: Node = { next: new Map(), kind: null };

  /** The kind that a word was first given stays. Empty words are none. */
  add(word: string, kind: LeftOutKind): void {
    const needle = needleOf(word).slice(0, MAX_WORD);
    if (needle.trim() === '') return;
    let node = this.#root;
    for (let at = 0; at < needle.length; at += 1) {
      const code = needle.charCodeAt(at);
      let next = node.next.get(code);
      if (next === undefined) {
        next = { next: new Map(), kind: null };
        node.next.set(code, next);
      }
      node = next;
    }
    node.kind ??= kind;
  }

  /** Where they stand in lower-cased text, from left to right, the longest at each place. */
  find(lower: string): Found[] {
    const found: Found[] = [];
    for (let at = 0; at < lower.length; ) {
      const hit = this.#longestAt(lower, at);
      if (hit === null) at += 1;
      else {
        found.push(hit);
        at = Math.max(hit.to, at + 1);
      }
    }
    return found;
  }

  /** Does one of at least `least` bytes stand anywhere in it, in the midst of other words too? */
  within(lower: string, least: number): boolean {
    for (let at = 0; at < lower.length; at += 1) {
      let node: Node | undefined = this.#root;
      for (let place = at; node !== undefined && place < lower.length; place += 1) {
        node = node.next.get(lower.charCodeAt(place));
        if (node?.kind != null && place + 1 - at >= least) return true;
      }
    }
    return false;
  }

  #longestAt(lower: string, at: number): Found | null {
    let node: Node | undefined = this.#root;
    let best: Found | null = null;
    const begins = !isWord(lower[at - 1]) || !isWord(lower[at]);
    for (let place = at; place < lower.length; place += 1) {
      node = node.next.get(lower.charCodeAt(place));
      if (node === undefined) break;
      const to = place + 1;
      const whole = begins && (!isWord(lower[to]) || !isWord(lower[place]));
      if (node.kind !== null && (whole || to - at >= ANYWHERE))
        best = { from: at, to, kind: node.kind, value: lower.slice(at, to) };
    }
    return best?.kind === 'host' ? wholeName(lower, best) : best;
  }
}

/** A host's name with the labels of its domain around it: `gate` in `gate.example.org` names the domain as well. */
function wholeName(lower: string, found: Found): Found {
  let { from, to } = found;
  if (BETWEEN_LABELS.test(lower[from - 1] ?? '')) while (IN_NAME.test(lower[from - 1] ?? '')) from -= 1;
  if (BETWEEN_LABELS.test(lower[to] ?? '')) while (IN_NAME.test(lower[to] ?? '')) to += 1;
  while (to > found.to && BETWEEN_LABELS.test(lower[to - 1] ?? '')) to -= 1;
  const [label = ''] = lower.slice(from, to).split('.');
  return { ...found, from, to, value: label };
}
