import type { PatternPart } from '../core/condition.ts';

/** A value that was written without quotes. */
export interface Written {
  /** As it stands, where it has no wildcard. */
  readonly text: string;
  /** Null where it has no wildcard. */
  readonly pattern: readonly PatternPart[] | null;
}

/** Reads `*` and `?`; a backslash before one of them, or before a backslash, takes its meaning away. */
export function written(source: string): Written {
  const parts: PatternPart[] = [];
  let text = '';
  const put = (part: PatternPart) => {
    if (text !== '') parts.push({ text });
    text = '';
    const last = parts.at(-1);
    if (!(last !== undefined && 'any' in last && last.any === 'many' && 'any' in part && part.any === 'many'))
      parts.push(part);
  };
  for (let at = 0; at < source.length; at += 1) {
    const sign = source[at] as string;
    const next = source[at + 1] ?? '';
    if (sign === '\\' && /[*?\\]/.test(next)) {
      text += next;
      at += 1;
    } else if (sign === '*') put({ any: 'many' });
    else if (sign === '?') put({ any: 'one' });
    else text += sign;
  }
  if (parts.length === 0) return { text, pattern: null };
  if (text !== '') parts.push({ text });
  return { text: source, pattern: parts };
}

/** Is it `*` alone? */
export const isAnything = (pattern: readonly PatternPart[] | null): boolean =>
  pattern?.length === 1 && pattern[0] !== undefined && 'any' in pattern[0] && pattern[0].any === 'many';

/** The text between quotes: `\"` and `\\` are one sign. */
export const unquoted = (image: string): string => image.slice(1, -1).replace(/\\(["\\])/g, '$1');
