import { isObject } from '../../core/json-object.ts';
import { textOf } from '../shipped/carried.ts';

const MAX_DEPTH = 64;
const SCALARS = ['stringValue', 'intValue', 'doubleValue', 'boolValue', 'bytesValue'];

/** What an AnyValue of OTLP/JSON holds: a text, a number as it is written, true or false, a list or an object. Undefined for an empty one. */
export function anyValue(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > MAX_DEPTH) return undefined;
  const { arrayValue, kvlistValue } = value;
  if (isObject(arrayValue) && Array.isArray(arrayValue['values']))
    return arrayValue['values'].map((one) => anyValue(one, depth + 1) ?? null);
  if (isObject(kvlistValue)) return keyValues(kvlistValue['values'], depth + 1);
  const name = SCALARS.find((scalar) => value[scalar] !== undefined);
  return name === undefined ? undefined : value[name];
}

/** A list of KeyValue, each value as one text. */
export function pairsOf(list: unknown): [string, string][] {
  const pairs: [string, string][] = [];
  if (!Array.isArray(list)) return pairs;
  for (const pair of list) if (isObject(pair)) pairs.push([textOf(pair['key']), textOf(anyValue(pair['value']))]);
  return pairs;
}

// Of a name that comes twice the first counts.
function keyValues(list: unknown, depth: number): Readonly<Record<string, unknown>> {
  const object: Record<string, unknown> = Object.create(null);
  if (!Array.isArray(list)) return object;
  for (const pair of list) {
    if (!isObject(pair)) continue;
    const key = textOf(pair['key']);
    if (!(key in object)) object[key] = anyValue(pair['value'], depth);
  }
  return object;
}
