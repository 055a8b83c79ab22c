import { addTo } from '../../core/grouped.ts';
import { koreanDuration } from '../html/dates.ts';
import { MOTIVE_PHRASES } from './motive-phrases.ts';
import { PAGE_PHRASES } from './page-phrases.ts';
import { compile, type Pattern, type Phrase } from './phrase.ts';
import { REASON_PHRASES } from './reason-phrases.ts';
import { TITLE_PHRASES } from './title-phrases.ts';
import { TRACK_PHRASES } from './track-phrases.ts';

/** A longer text is no sentence of ours. */
const MAX_SENTENCE = 4096;
/** Sentences in sentences. */
const MAX_DEPTH = 3;

/** Every phrase. Earlier ones are asked first, so those that begin with a slot stand last. */
export const PHRASES: readonly Phrase[] = [
  ...TITLE_PHRASES,
  ...REASON_PHRASES,
  ...TRACK_PHRASES,
  ...MOTIVE_PHRASES,
  ...PAGE_PHRASES,
];

const FIXED = new Map<string, string>();
const BY_INITIAL = new Map<string, Pattern[]>();

for (const phrase of PHRASES) {
  const pattern = compile(phrase);
  if (pattern.head === phrase[0]) FIXED.set(phrase[0], phrase[1]);
  else addTo(BY_INITIAL, pattern.head.charAt(0), pattern);
}

/** A sentence of a story in Korean; null when no phrase fits, and it has to stay English. */
export function korean(sentence: string, depth = 0): string | null {
  if (sentence.length > MAX_SENTENCE || depth > MAX_DEPTH) return null;
  const fixed = FIXED.get(sentence);
  if (fixed !== undefined) return fixed;
  const initial = sentence.charAt(0);
  for (const pattern of [...(BY_INITIAL.get(initial) ?? []), ...(BY_INITIAL.get('') ?? [])]) {
    const slots = pattern.match(sentence);
    const told = slots && filled(pattern, slots, depth);
    if (told) return told;
  }
  return inParts(sentence, depth);
}

/** How a slot's text is told in Korean, by the first letter of its name; others stay as they stand. */
const VALUES: Readonly<Record<string, (held: string, depth: number) => string | null>> = {
  s: (held, depth) => korean(held, depth + 1),
  t: (held) => koreanDuration(held),
  l: (held) => held.replace(/ and ([\d,]+) more$/, ' 외 $1개').replace(/ and (?=\S+$)/, ', '),
};

/** The Korean side with its slots filled; null when a sentence in it is not known. */
function filled({ korean: text }: Pattern, slots: ReadonlyMap<string, string>, depth: number): string | null {
  const values = new Map<string, string>();
  for (const [name, held] of slots) {
    const value = VALUES[name.charAt(0)]?.(held, depth) ?? (name.startsWith('s') ? null : held);
    if (value === null) return null;
    values.set(name, value);
  }
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '');
}

/** `account added, logging stopped`: titles in a row. */
function inParts(sentence: string, depth: number): string | null {
  for (const separator of ['; ', ', ']) {
    const parts = sentence.split(separator);
    if (parts.length < 2 || parts.length > 32) continue;
    const told = parts.map((part) => korean(part, depth + 1));
    if (told.every((part) => part !== null)) return told.join(separator);
  }
  return null;
}
