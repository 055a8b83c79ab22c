import type { IToken } from 'chevrotain';
import { allOf, anyOf, type Condition } from '../core/condition.ts';
import { fault, quoted } from './fault.ts';
import { fieldNamed, isKnownField, type NamedField, nearestName } from './field-names.ts';
import { type Syntax, syntaxOf } from './syntax.ts';
import { lastUs } from './times.ts';
import { betweenOf, textOf, valuesOf } from './values.ts';

/** A query that was read. */
export interface SearchQuery {
  readonly condition: Condition;
  /** What a person should know of it: fields that no parser writes. */
  readonly remarks: readonly string[];
}

/**
 * Reads a query of the search language (docs/guides/searching.md). `nowUs`: what `last 24h` is counted from, microseconds since 1970.
 * Throws E_USAGE with the column for what is none.
 */
export function readQuery(text: string, nowUs: number): SearchQuery {
  const remarks: string[] = [];
  const condition = conditionOf(syntaxOf(text), { nowUs, remarks });
  return { condition, remarks: [...new Set(remarks)] };
}

interface Reading {
  readonly nowUs: number;
  readonly remarks: string[];
}

function conditionOf(syntax: Syntax, reading: Reading): Condition {
  switch (syntax.is) {
    case 'all':
      return allOf(syntax.of.map((one) => conditionOf(one, reading)));
    case 'any':
      return anyOf(syntax.of.map((one) => conditionOf(one, reading)));
    case 'not':
      return { is: 'not', of: conditionOf(syntax.of, reading) };
    case 'field':
      return fieldOf(syntax.name, syntax.values, reading);
    case 'last': {
      const ago = lastUs(syntax.token.image.replace(/^last\s+/i, '')) ?? 0;
      return { is: 'time', field: '@timestamp', fromUs: Math.max(0, reading.nowUs - ago), toUs: null };
    }
    case 'between':
      return betweenOf(syntax.token.image, { at: syntax.token.startOffset }, reading.nowUs);
    default:
      return textOf(syntax.token.image, { at: syntax.token.startOffset });
  }
}

function fieldOf(token: IToken, values: readonly IToken[], { nowUs, remarks }: Reading): Condition {
  const name = token.image.slice(0, -1);
  const field = fieldNamed(name) ?? unknown(token, name);
  if (name.includes('.') && !isKnownField(name)) {
    const near = nearestName(name);
    remarks.push(`${quoted(name)} is no field that Spoor's parsers write${near === null ? '' : `; ${near} is near`}`);
  }
  const short = name.includes('.') ? name : name.toLowerCase();
  return valuesOf(
    field,
    values.map(({ image, startOffset }) => ({ at: startOffset, image, name: short, nowUs })),
  );
}

function unknown({ startOffset }: IToken, name: string): NamedField {
  const near = nearestName(name);
  const hint =
    near === null ? 'fields are user, host, ip, program, action, …, and ECS names with dots' : `${near} is near`;
  throw fault(
    { at: startOffset },
    `there is no field ${quoted(name)}: ${hint}; for the text itself write it in "quotes"`,
  );
}
