import { canonicalIp } from '../core/ip.ts';

// Takes values out of a text, wherever they stand in it, and what shares a part with them.

/** Parts of this many letters tell something of a value. */
const PART = 4;
/** Shorter values stand in every other word by chance: they are taken out where they are a whole word. */
const SHORTEST = 3;
/** Values of so many letters together, or a text of so many, are not looked at: the text is withheld. */
export const MOST_LETTERS = 16_384;

/** Ends a word. What holds a part of a value is taken out up to here. */
const BOUND = /[\s"'`=,;()[\]{}<>|]/;

const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d])/g;
const IPV6 = /(?<![0-9A-Za-z:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}/g;
const HOME = /(?:\/home\/|\/Users\/|\\Users\\)[^\s"'`=,;()[\]{}<>|/\\:]{1,200}/g;

/** A value that is taken out, and what is put in its place. */
export interface Hidden {
  readonly value: string;
  readonly mask: string;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly mask: string;
}

/** Letters of either case are the same, whatever stands beside them; each stays as long as it is, so that places stay. */
function folded(text: string): string {
  const low = text.toLowerCase();
  const kept = low.length === text.length ? low : Array.from(text, lowLetter).join('');
  return kept.replaceAll('ς', 'σ'); // which of the two a capital becomes depends on what follows it
}

function lowLetter(letter: string): string {
  const low = letter.toLowerCase();
  return low.length === letter.length ? low : letter;
}

/**
 * The text without the values, without words that hold a part of four letters of one, and without what looks like an address of
 * a network, of mail, or a home folder. Null: it is too long to be sure, and must be withheld. `maskOf` gives a mask for what no value names.
 */
export function withoutValues(
  text: string,
  hidden: readonly Hidden[],
  maskOf: (kind: 'address' | 'user', value: string) => string,
): string | null {
  const letters = hidden.reduce((sum, { value }) => sum + value.length, 0);
  if (letters > MOST_LETTERS || text.length > MOST_LETTERS) return null;
  const low = folded(text);
  const taken = new Uint8Array(text.length);
  const spans: Span[] = [];
  const take = (span: Span): void => {
    if (span.from === span.to || taken.subarray(span.from, span.to).includes(1)) return;
    taken.fill(1, span.from, span.to);
    spans.push(span);
  };
  for (const { value, mask } of [...hidden].sort((a, b) => b.value.length - a.value.length))
    for (const { from, to } of placesOf(low, folded(value))) take({ from, to, mask });
  for (const span of shapes(text, maskOf)) take(span);
  for (const { from, to } of shared(low, hidden, taken))
    for (const rest of restOf(taken, from, to)) take({ ...rest, mask: '[…]' });
  return replaced(text, spans);
}

function* placesOf(text: string, value: string): Generator<{ from: number; to: number }> {
  if (value === '') return;
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
    const to = at + value.length;
    if (value.length >= SHORTEST || (isBound(text, at - 1) && isBound(text, to))) yield { from: at, to };
  }
}

/** Between words; the two ends of the text, too. */
const isBound = (text: string, at: number): boolean => {
  const letter = text.charAt(at);
  return letter === '' || !/[\p{L}\p{N}_]/u.test(letter);
};

function* shapes(text: string, maskOf: (kind: 'address' | 'user', value: string) => string): Generator<Span> {
  for (const { from, to } of mails(text)) yield { from, to, mask: maskOf('user', text.slice(from, to)) };
  for (const match of text.matchAll(HOME)) {
    const [found] = match;
    const kept = /^[/\\]\w+[/\\]/.exec(found)?.[0].length ?? 0;
    yield { from: match.index + kept, to: match.index + found.length, mask: maskOf('user', found.slice(kept)) };
  }
  for (const pattern of [IPV4, IPV6])
    for (const { index, 0: found } of text.matchAll(pattern))
      if (pattern === IPV4 || canonicalIp(found) !== null)
        yield { from: index, to: index + found.length, mask: maskOf('address', found) };
}

/** Words with an @ in them. */
function* mails(text: string): Generator<{ from: number; to: number }> {
  for (let at = text.indexOf('@'); at >= 0; ) {
    let [from, to] = [at, at + 1];
    while (from > 0 && !BOUND.test(text.charAt(from - 1))) from -= 1;
    while (to < text.length && !BOUND.test(text.charAt(to))) to += 1;
    if (from < at && to > at + 1) yield { from, to };
    at = text.indexOf('@', to);
  }
}

/** Words that hold a part of a value which is not taken out yet. */
function* shared(low: string, hidden: readonly Hidden[], taken: Uint8Array): Generator<{ from: number; to: number }> {
  const parts = new Set<string>();
  for (const { value } of hidden) {
    const one = folded(value);
    for (let at = 0; at + PART <= one.length; at += 1) parts.add(one.slice(at, at + PART));
  }
  if (parts.size === 0) return;
  for (let at = 0; at + PART <= low.length; at += 1) {
    if (!taken.subarray(at, at + PART).includes(0) || !parts.has(low.slice(at, at + PART))) continue;
    let [from, to] = [at, at + PART];
    while (from > 0 && !BOUND.test(low.charAt(from - 1))) from -= 1;
    while (to < low.length && !BOUND.test(low.charAt(to))) to += 1;
    yield { from, to };
    at = to - PART; // parts that begin within may reach beyond
  }
}

/** What of a span nothing has taken yet. */
function* restOf(taken: Uint8Array, from: number, to: number): Generator<{ from: number; to: number }> {
  for (let at = from; at < to; ) {
    if (taken[at] === 1) {
      at += 1;
      continue;
    }
    let end = at;
    while (end < to && taken[end] === 0) end += 1;
    yield { from: at, to: end };
    at = end;
  }
}

function replaced(text: string, spans: readonly Span[]): string {
  let shown = '';
  let at = 0;
  for (const { from, to, mask } of [...spans].sort((a, b) => a.from - b.from)) {
    shown += text.slice(at, from) + mask;
    at = to;
  }
  return shown + text.slice(at);
}
