import type * as z from 'zod';
import { descriptionAt, knownKeys, nearest, type Path, schemasAt } from './config-schema.ts';
import { isSecretSchema, Secret } from './secret.ts';
import { printable } from './text.ts';

type Issue = z.core.$ZodIssue;

/** One thing that is wrong: where, and in words. `key` is of an unknown key: its own place, not its value's, is meant. */
export interface Fault {
  readonly path: Path;
  readonly key: boolean;
  readonly words: string;
}

/** `sources[2].port`; keys that are no plain words are quoted. */
export function pathText(path: Path): string {
  const text = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return /^[\w-]{1,64}$/.test(String(part)) ? `.${String(part)}` : `["${printable(String(part), 40)}"]`;
  });
  return text.join('').replace(/^\./, '');
}

/** What zod found wrong with a document, in our words: what was found, and what is wanted. */
export function faultsOf(issues: readonly Issue[], schema: z.core.$ZodType, value: unknown, base: Path = []): Fault[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, schema, value);
    if (issue.code === 'invalid_union' && issue.errors.length > 0)
      return unionFaults(issue.errors, path, schema, value);
    return [{ path, key: false, words: words(issue, path, schema, value) }];
  });
}

function unknownKeys(keys: readonly string[], path: Path, schema: z.core.$ZodType, value: unknown): Fault[] {
  const known = knownKeys(schema, path, value);
  return keys.map((key) => {
    const meant = nearest(key, known);
    const list = known.length > 0 ? `known here: ${known.slice(0, 30).join(', ')}` : 'no key is known here';
    const advice = meant === null ? list : `did you mean "${meant}"?`;
    return { path: [...path, key], key: true, words: `unknown key; ${advice}` };
  });
}

/** Of a union's options, the one that came furthest is what was meant. */
function unionFaults(
  errors: readonly (readonly Issue[])[],
  path: Path,
  schema: z.core.$ZodType,
  value: unknown,
): Fault[] {
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map((issue) => issue.path.length));
  const deepest = Math.max(...errors.map(depth));
  if (deepest > 0) {
    const meant = errors.filter((issues) => depth(issues) === deepest).sort((a, b) => a.length - b.length)[0] ?? [];
    return faultsOf(meant, schema, value, path);
  }
  const wants = new Set(errors.flat().map((issue) => wanted(issue)));
  return [
    {
      path,
      key: false,
      words: `${found(path, schema, value)}, wants ${[...wants].join(', or ')}${hint(path, schema, value)}`,
    },
  ];
}

function words(issue: Issue, path: Path, schema: z.core.$ZodType, value: unknown): string {
  if (issue.code === 'invalid_union') return markWords(issue, path, value);
  return `${found(path, schema, value)}, wants ${wanted(issue)}${hint(path, schema, value)}`;
}

/** What the key is for, in brackets. */
function hint(path: Path, schema: z.core.$ZodType, value: unknown): string {
  const about = descriptionAt(schema, path, value);
  return about === undefined ? '' : ` (${about.replace(/\.$/, '')})`;
}

/** The key that tells options apart says none of them. */
function markWords(issue: Issue & { code: 'invalid_union' }, path: Path, value: unknown): string {
  const said = valueAt(value, path);
  const known = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const meant = typeof said === 'string' ? nearest(said, known) : null;
  const list = known.length > 0 ? `, wants one of ${known.join(', ')}` : ', which is none that is known';
  return `found ${shown(said)}${list}${meant === null ? '' : `; did you mean "${meant}"?`}`;
}

/** What was found, without what could be a secret. */
function found(path: Path, schema: z.core.$ZodType, value: unknown): string {
  const said = valueAt(value, path);
  if (said === undefined) return 'is missing';
  const isSecret = schemasAt(schema, path, value).some(isSecretSchema);
  return `found ${isSecret && typeof said === 'string' ? 'plain text' : shown(said)}`;
}

function shown(value: unknown): string {
  if (value instanceof Secret) return 'a reference to a secret, which this key is not';
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `"${printable(value, 40)}"` : printable(String(value), 40);
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  null: 'nothing',
};
const FORMATS: Readonly<Record<string, string>> = {
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  cidrv4: 'an IPv4 network (192.0.2.0/24)',
  cidrv6: 'an IPv6 network (2001:db8::/32)',
  url: 'a URL of the kind that is taken here',
  email: 'an e-mail address',
  regex: 'another form',
};
/** How zod's own messages begin: whatever begins otherwise was written by the schema's author, and says it better. */
const OF_ZOD = /^(?:Invalid|Too (?:small|big)|Unrecognized)\b/;

function wanted(issue: Issue): string {
  if (!OF_ZOD.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return NOUNS[issue.expected] ?? `a ${issue.expected}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? `a text of the form ${issue.format}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' entries' : '';
}
