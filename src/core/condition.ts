/** A part of a pattern: text as it stands, `?` for one character, `*` for any number of them. */
export type PatternPart = { readonly text: string } | { readonly any: 'one' | 'many' };

/** A number that a range begins or ends with. */
export interface Bound {
  readonly value: number;
  /** The value itself is in the range. */
  readonly included: boolean;
}

/**
 * What is asked of an event. Fields are ECS names, or Spoor's own: `spoor.stream`, `spoor.parser`, `spoor.peer`, `spoor.origin`,
 * `spoor.count`, `spoor.record` (indexes in the ledger), `spoor.time.certainty`. Where there are several fields, one of them is enough.
 */
export type Condition =
  /** All of them; with none of them: every event. */
  | { readonly is: 'all'; readonly of: readonly Condition[] }
  /** One of them at least; with none of them: no event. */
  | { readonly is: 'any'; readonly of: readonly Condition[] }
  | { readonly is: 'not'; readonly of: Condition }
  /** The text is in the field, letters A-Z of either case; in `message`, each word of it is a whole word there. */
  | { readonly is: 'holds'; readonly fields: readonly string[]; readonly text: string }
  /** A part of `message` is of the pattern, letters A-Z of either case; of letters and digits alone: a whole word. */
  | { readonly is: 'word-like'; readonly pattern: readonly PatternPart[] }
  /** Exactly, letters of one case; '' is a name that was given, and was empty. */
  | { readonly is: 'equals'; readonly fields: readonly string[]; readonly value: string }
  | { readonly is: 'like'; readonly fields: readonly string[]; readonly pattern: readonly PatternPart[] }
  | { readonly is: 'present'; readonly fields: readonly string[] }
  | {
      readonly is: 'number';
      readonly fields: readonly string[];
      readonly from: Bound | null;
      readonly to: Bound | null;
    }
  /** Addresses from the first to the last, both included, of one family, in canonical text. */
  | { readonly is: 'address'; readonly fields: readonly string[]; readonly first: string; readonly last: string }
  /** In [fromUs, toUs), microseconds since 1970. */
  | {
      readonly is: 'time';
      readonly field: '@timestamp' | 'event.ingested';
      readonly fromUs: number | null;
      readonly toUs: number | null;
    };

/** All of them, without a level for one alone. */
export function allOf(of: readonly Condition[]): Condition {
  return of.length === 1 && of[0] !== undefined ? of[0] : { is: 'all', of };
}

/** One of them, without a level for one alone. */
export function anyOf(of: readonly Condition[]): Condition {
  return of.length === 1 && of[0] !== undefined ? of[0] : { is: 'any', of };
}
