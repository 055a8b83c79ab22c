import type * as z from 'zod';

// Finds its way in a schema along the path of a value, for messages: which keys are known here, and what a key is for.

/** Path of a value: keys and indexes. */
export type Path = readonly PropertyKey[];

type Schema = z.core.$ZodType;
type Def = z.core.$ZodTypes['_zod']['def'];

const MAX_WRAPPERS = 20;

/** The schemas that a value at `path` may have to fit: more than one where there is a union. `value` is the whole document. */
export function schemasAt(schema: Schema, path: Path, value: unknown): Schema[] {
  let at: Schema[] = options(schema, value);
  let here = value;
  for (const key of path) {
    here = child(here, key);
    const below = at.flatMap((one) => step(one, key));
    at = below.flatMap((one) => options(one, here));
  }
  return at;
}

/** Keys that an object at `path` may have, in the schema's order. */
export function knownKeys(schema: Schema, path: Path, value: unknown): string[] {
  const shapes = schemasAt(schema, path, value).map((one) => defOf(one));
  return [...new Set(shapes.flatMap((def) => (def.type === 'object' ? Object.keys(def.shape) : [])))];
}

/** What a schema's author said of the key at `path`; undefined when nothing. */
export function descriptionAt(schema: Schema, path: Path, value: unknown): string | undefined {
  const key = path.at(-1);
  if (key === undefined) return undefined;
  const at = schemasAt(schema, path.slice(0, -1), value).flatMap((one) => step(one, key));
  return at.map((one) => descriptionOf(one)).find((text) => text !== undefined);
}

/** Of a schema, or of the one within its wrappers. */
function descriptionOf(schema: Schema): string | undefined {
  for (let at: Schema | null = schema, depth = 0; at !== null && depth < MAX_WRAPPERS; depth += 1) {
    if ('description' in at && typeof at.description === 'string') return at.description;
    at = innerOf(defOf(at));
  }
  return undefined;
}

function defOf(schema: Schema): Def {
  return schema._zod.def as Def;
}

function child(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<PropertyKey, unknown>)[key];
}

function step(schema: Schema, key: PropertyKey): Schema[] {
  const def = defOf(schema);
  if (def.type === 'object') return Object.hasOwn(def.shape, key) ? [def.shape[String(key)] as Schema] : [];
  if (def.type === 'array') return [def.element];
  if (def.type === 'record') return [def.valueType];
  if (def.type === 'tuple')
    return [def.items[Number(key)] ?? def.rest].filter((item) => item !== null && item !== undefined);
  return [];
}

/** Takes wrappers off, and of unions those options that the value's own marks allow. */
function options(schema: Schema, value: unknown, depth = 0): Schema[] {
  if (depth > MAX_WRAPPERS) return [];
  const def = defOf(schema);
  if (def.type === 'union') {
    const all = def.options.flatMap((option) => options(option, value, depth + 1));
    const fitting = all.filter((option) => marksFit(option, value));
    return fitting.length > 0 ? fitting : all;
  }
  const inner = innerOf(def);
  return inner === null ? [schema] : options(inner, value, depth + 1);
}

function innerOf(def: Def): Schema | null {
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType;
    case 'pipe':
      return def.in;
    case 'lazy':
      return def.getter();
    default:
      return null;
  }
}

/** Do an object's literal keys (`type: syslog-tls`) say that the value is meant for it? */
function marksFit(schema: Schema, value: unknown): boolean {
  const def = defOf(schema);
  if (def.type !== 'object' || typeof value !== 'object' || value === null) return false;
  const marks = Object.entries(def.shape).filter(([, one]) => defOf(one as Schema).type === 'literal');
  return marks.every(([key, one]) => {
    const literal = defOf(one as Schema);
    return literal.type === 'literal' && literal.values.includes(child(value, key) as string);
  });
}

/** The word of a list that was probably meant; null when none is near. Optimal string alignment distance. */
export function nearest(word: string, words: readonly string[]): string | null {
  const near = words
    .map((known) => ({ known, distance: distance(word.slice(0, 64).toLowerCase(), known.toLowerCase()) }))
    .filter((one) => one.distance <= Math.max(1, Math.floor(one.known.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.known ?? null;
}

function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost);
      row.push(swapped ? Math.min(least, (before[j - 2] ?? 0) + 1) : least);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
