import { type Document, isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type * as z from 'zod';
import type { Path } from './config-schema.ts';
import { type Fault, faultsOf, pathText } from './config-words.ts';
import { AppError } from './errors.ts';
import { followReference, type SecretSources } from './secret.ts';
import { printable } from './text.ts';

const MAX_CHARACTERS = 1_000_000;
const MAX_ALIASES = 100;
const MAX_FAULTS = 20;
const MAX_DEPTH = 50;
const MAX_VALUES = 100_000;
const DEEP = 'nested too deeply';
const ALIASES = 'too many aliases (*name), or one of itself';

/**
 * Reads a configuration: one YAML 1.2 document that fits the schema, with its defaults. Secrets (`secret()`) come as `Secret`. Throws one
 * E_CONFIG that names all that is wrong, a line for each: `spoor.yml:12:9: sources[2].port: found "x", wants a number`. No value of a
 * secret is in it.
 */
export function readConfig<S extends z.ZodType>(
  text: string,
  path: string,
  schema: S,
  secrets: SecretSources,
): z.output<S> {
  if (text.length > MAX_CHARACTERS) throw new AppError('E_CONFIG', `${path}: longer than a million characters`);
  const lines = new LineCounter();
  const document = parsed(text, path, lines);
  const follower = new Follower(secrets);
  const value = follower.follow(plain(document, path), []);
  if (!follower.whole) throw new AppError('E_CONFIG', `${path}: ${ALIASES}`);
  const { faults } = follower;
  const result = schema.safeParse(value ?? {});
  // A reference that leads nowhere is no wrong value as well.
  const broken = new Set(faults.map((fault) => pathText(fault.path)));
  const wrong = result.success ? [] : faultsOf(result.error.issues, schema, value ?? {});
  faults.push(...wrong.filter((fault) => !broken.has(pathText(fault.path))));
  if (faults.length === 0 && result.success) return result.data;
  const said = faults.map((fault) => `${place(document, fault, lines, path)}${words(fault)}`);
  throw new AppError('E_CONFIG', listed(said));
}

function words({ path, words: said }: Fault): string {
  return path.length === 0 ? said : `${pathText(path)}: ${said}`;
}

function listed(said: readonly string[]): string {
  const more = said.length - MAX_FAULTS;
  return [...said.slice(0, MAX_FAULTS), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function parsed(text: string, path: string, lineCounter: LineCounter): Document.Parsed {
  let document: Document.Parsed;
  try {
    const options = {
      version: '1.2',
      schema: 'core',
      uniqueKeys: true,
      stringKeys: true,
      prettyErrors: false,
    } as const;
    document = parseDocument(text, { ...options, lineCounter, strict: true });
  } catch (cause) {
    throw new AppError('E_CONFIG', `${path}: ${DEEP}`, { cause });
  }
  const problems = [...document.errors, ...document.warnings];
  if (problems.length === 0) return document;
  const said = problems.map(({ pos, message }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    // What follows a colon may be quoted from the file, and that may be a secret.
    const what = message.startsWith('Maximum call stack') ? DEEP : printable(message.split(/:\s/, 1)[0] ?? '', 160);
    return `${path}:${line}:${col}: ${what}`;
  });
  throw new AppError('E_CONFIG', listed(said));
}

function plain(document: Document.Parsed, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    const bomb = cause instanceof ReferenceError && cause.message.includes('alias');
    throw new AppError('E_CONFIG', `${path}: ${bomb ? ALIASES : DEEP}`, {
      cause,
    });
  }
}

/** Follows the references in a document. Those that lead nowhere are told, and stay as they are. */
class Follower {
  readonly faults: Fault[] = [];
  readonly #secrets: SecretSources;
  #values = 0;

  constructor(secrets: SecretSources) {
    this.#secrets = secrets;
  }

  /** A copy of the value. An alias within what it names makes the value endless: limits on depth and number end that. */
  follow(value: unknown, path: Path): unknown {
    this.#values += 1;
    if (this.#values > MAX_VALUES) return null;
    if (typeof value === 'string') return this.#text(value, path);
    if (typeof value !== 'object' || value === null) return value;
    if (path.length > MAX_DEPTH) return this.#told(path.slice(0, 3), DEEP, null);
    if (Array.isArray(value)) return value.map((item, at) => this.follow(item, [...path, at]));
    const entries = Object.entries(value).map(([key, item]) => [key, this.follow(item, [...path, key])] as const);
    return Object.fromEntries(entries);
  }

  /** False when the limit on values was passed: then the copy is not whole. */
  get whole(): boolean {
    return this.#values <= MAX_VALUES;
  }

  #text(text: string, path: Path): unknown {
    try {
      return followReference(text, this.#secrets) ?? text;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return this.#told(path, error.message, text);
    }
  }

  #told<T>(path: Path, words: string, instead: T): T {
    this.faults.push({ path, key: false, words });
    return instead;
  }
}

/** `spoor.yml:12:9: ` of a fault; of the nearest thing around it that is there, when it is of something missing. */
function place(document: Document.Parsed, fault: Fault, lines: LineCounter, path: string): string {
  for (let length = fault.path.length; length >= 0; length -= 1) {
    const start = startOf(document, fault.path.slice(0, length), fault.key && length === fault.path.length);
    if (start === null) continue;
    const { line, col } = lines.linePos(start);
    return `${path}:${line}:${col}: `;
  }
  return `${path}: `;
}

function startOf(document: Document.Parsed, path: Path, key: boolean): number | null {
  if (key) {
    const parent = nodeAt(document, path.slice(0, -1));
    const name = path.at(-1);
    if (!isMap(parent)) return null;
    const pair = (parent.items as Pair<unknown, unknown>[]).find(
      (item) => isScalar(item.key) && item.key.value === name,
    );
    return isScalar(pair?.key) ? (pair.key.range?.[0] ?? null) : null;
  }
  return nodeAt(document, path)?.range?.[0] ?? null;
}

function nodeAt(document: Document.Parsed, path: Path): Node | null {
  const found = path.length === 0 ? document.contents : document.getIn(path, true);
  return (found as Node | null | undefined) ?? null;
}
