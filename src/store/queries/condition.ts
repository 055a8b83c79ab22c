import type { Bound, Condition, PatternPart } from '../../core/condition.ts';
import { COLUMNS, type Column } from '../columns.ts';

/** A condition as SQL: fixed texts and `{c0:Type}` placeholders only. Every value, also the name of a field of `attrs`, is bound. */
export interface ConditionSql {
  readonly sql: string;
  readonly binds: Readonly<Record<string, unknown>>;
}

const TOKEN = /[A-Za-z0-9\u0080-\u{10ffff}]+/gu; // as the engine's splitByNonAlpha cuts them
const MOST_TOKENS = 60; // the engine takes 64; what is beyond is compared as text
const LONGEST_WORD = 255; // of a column of few values: what is longer is whole in `attrs`
const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()); // ASCII only, as the engine's lower()

/** Columns that hold what has no ECS field. */
const OWN: Readonly<Record<string, string>> = {
  'spoor.stream': 'stream',
  'spoor.parser': 'parser',
  'spoor.peer': 'peer',
  'spoor.origin': 'origin',
  'spoor.count': 'count',
  'spoor.time.certainty': 'certainty',
};

const BY_FIELD: ReadonlyMap<string, Column> = new Map([
  ...COLUMNS.flatMap((column) => (column.field === undefined ? [] : [[column.field, column] as const])),
  ...Object.entries(OWN).flatMap(([field, name]) => {
    const column = COLUMNS.find((one) => one.name === name);
    return column === undefined ? [] : [[field, column] as const];
  }),
]);

/** `first..last` of an event; no column of its own. */
const RECORD = 'spoor.record';
const LISTS = new Set(['category', 'type']);
/** One bloom filter is over each of these. */
const ACCOUNTS = ['user_name', 'user_effective', 'user_target'];
const ADDRESSES = ['source_ip', 'destination_ip'];

class Binds {
  readonly values: Record<string, unknown> = {};
  #count = 0;

  /** Takes a value; gives its placeholder. */
  put(type: 'String' | 'Array(String)' | 'UInt64' | 'Int64' | 'Float64', value: unknown): string {
    const name = `c${this.#count}`;
    this.#count += 1;
    this.values[name] = value;
    return `{${name}:${type}}`;
  }
}

/** Compiles a condition for the columns of `events`. What calls it bounds its size. */
export function conditionSql(condition: Condition): ConditionSql {
  const binds = new Binds();
  return { sql: compiled(condition, binds), binds: binds.values };
}

/** Several conditions for one question: their placeholders do not meet. */
export function conditionsSql(conditions: readonly Condition[]): {
  readonly sql: readonly string[];
  readonly binds: ConditionSql['binds'];
} {
  const binds = new Binds();
  return { sql: conditions.map((one) => compiled(one, binds)), binds: binds.values };
}

function compiled(condition: Condition, binds: Binds): string {
  switch (condition.is) {
    case 'all':
      return joined(
        condition.of.map((one) => compiled(one, binds)),
        'AND',
        'true',
      );
    case 'any':
      return joined(
        condition.of.map((one) => compiled(one, binds)),
        'OR',
        'false',
      );
    case 'not':
      return `NOT (${compiled(condition.of, binds)})`;
    case 'holds':
      return anyField(condition.fields, (field) => holds(field, condition.text, binds));
    case 'word-like':
      return wordLike(condition.pattern, binds);
    case 'equals':
      return equals(condition.fields, condition.value, binds);
    case 'like':
      return anyField(condition.fields, (field) => like(field, condition.pattern, binds));
    case 'present':
      return anyField(condition.fields, (field) => present(field, binds));
    case 'number':
      return anyField(condition.fields, (field) => number(field, condition, binds));
    case 'address':
      return address(condition, binds);
    case 'time':
      return time(condition, binds);
  }
}

function joined(parts: readonly string[], word: 'AND' | 'OR', none: string): string {
  return parts.length === 0 ? none : `(${parts.join(` ${word} `)})`;
}

const anyField = (fields: readonly string[], make: (field: string) => string) =>
  joined(fields.map(make), 'OR', 'false');

/** Texts of a field as an SQL expression, and whether it is an array of them. */
function textsOf(field: string, binds: Binds): { readonly sql: string; readonly isList: boolean } {
  const column = BY_FIELD.get(field);
  if (column === undefined) {
    const value = `attrs[${binds.put('String', field)}]`; // a list is kept as JSON
    return {
      sql: `if(startsWith(${value}, '['), arrayPushBack(JSONExtract(${value}, 'Array(String)'), ${value}), [${value}])`,
      isList: true,
    };
  }
  if (LISTS.has(column.name)) return { sql: `splitByChar(',', ${column.name})`, isList: true };
  return { sql: isText(column) ? column.name : `toString(${column.name})`, isList: false };
}

const isText = ({ type }: Column) => type === 'String' || type.startsWith('LowCardinality');
const hasKey = (field: string, binds: Binds) => `mapContains(attrs, ${binds.put('String', field)})`;

function holds(field: string, text: string, binds: Binds): string {
  const phrase = lower(text);
  if (field !== 'message') {
    const within = (value: string) => `position(lower(${value}), ${binds.put('String', phrase)}) > 0`;
    const { sql, isList } = textsOf(field, binds);
    return isList ? `arrayExists(value -> ${within('value')}, ${sql})` : within(sql);
  }
  const tokens = [...new Set(phrase.match(TOKEN) ?? [])].slice(0, MOST_TOKENS);
  const words = tokens.length === 0 ? [] : [`hasAllTokens(lower(message), ${binds.put('Array(String)', tokens)})`];
  const whole = tokens.length === 1 && tokens[0] === phrase;
  const exact = whole ? [] : [`position(lower(message), ${binds.put('String', phrase)}) > 0`];
  return joined([...words, ...exact], 'AND', 'true');
}

/** The pattern in LIKE's signs. */
function likeText(pattern: readonly PatternPart[]): string {
  return pattern
    .map((part) => ('any' in part ? (part.any === 'one' ? '_' : '%') : part.text.replace(/[\\%_]/g, '\\$&')))
    .join('');
}

const lowered = (pattern: readonly PatternPart[]) =>
  pattern.map((part): PatternPart => ('text' in part ? { text: lower(part.text) } : part));

/** The longest text of the pattern is looked for first: it is fast, and passes few. */
function wordLike(given: readonly PatternPart[], binds: Binds): string {
  const pattern = lowered(given);
  const texts = pattern.flatMap((part) => ('text' in part ? [part.text] : []));
  const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), '');
  const first = longest === '' ? [] : [`position(lower(message), ${binds.put('String', longest)}) > 0`];
  const isWord = texts.every((text) => text.replace(TOKEN, '') === '');
  const exact = isWord
    ? `arrayExists(word -> word LIKE ${binds.put('String', likeText(pattern))}, tokens(lower(message), 'splitByNonAlpha'))`
    : `lower(message) LIKE ${binds.put('String', `%${likeText(pattern)}%`)}`;
  return joined([...first, exact], 'AND', 'true');
}

function equals(fields: readonly string[], value: string, binds: Binds): string {
  const columns = fields.map((field) => BY_FIELD.get(field)?.name ?? '');
  const accounts = value !== '' && columns.every((name) => ACCOUNTS.includes(name));
  if (!accounts) return anyField(fields, (field) => equal(field, value, binds));
  const of = binds.put('String', value);
  const either = `has([${ACCOUNTS.join(', ')}], ${of})`; // as the index has it
  if (columns.length === ACCOUNTS.length) return either;
  return `(${either} AND ${joined(
    columns.map((name) => `${name} = ${of}`),
    'OR',
    'false',
  )})`;
}

function equal(field: string, value: string, binds: Binds): string {
  const column = BY_FIELD.get(field);
  const isShort = column?.type === 'String' || value.length <= LONGEST_WORD;
  if (column !== undefined && value !== '' && isShort) {
    const { sql, isList } = textsOf(field, binds);
    const given = binds.put('String', value);
    return isList ? `has(${sql}, ${given})` : `${sql} = ${given}`;
  }
  const { sql, isList } = attrsOf(field, binds);
  const given = binds.put('String', value);
  return `(${hasKey(field, binds)} AND ${isList ? `has(${sql}, ${given})` : `${sql} = ${given}`})`;
}

/** Of `attrs` even where there is a column: what that cannot hold. */
function attrsOf(field: string, binds: Binds): { readonly sql: string; readonly isList: boolean } {
  if (BY_FIELD.has(field)) return { sql: `attrs[${binds.put('String', field)}]`, isList: false };
  return textsOf(field, binds);
}

function like(field: string, pattern: readonly PatternPart[], binds: Binds): string {
  const { sql, isList } = textsOf(field, binds);
  const given = binds.put('String', likeText(pattern));
  const is = isList ? `arrayExists(value -> value LIKE ${given}, ${sql})` : `${sql} LIKE ${given}`;
  return `(${present(field, binds)} AND ${is})`;
}

function present(field: string, binds: Binds): string {
  if (field === RECORD) return 'true';
  const column = BY_FIELD.get(field);
  if (column === undefined) return hasKey(field, binds);
  if (column.type.startsWith('DateTime64')) return 'true';
  if (column.type === 'IPv6') return `${column.name} != toIPv6('::')`;
  if (column.name === 'certainty') return 'true';
  return isText(column) || column.name === 'outcome' ? `${column.name} != ''` : `${column.name} != 0`;
}

type Range = Pick<Extract<Condition, { is: 'number' }>, 'from' | 'to'>;

const MOST = Number.MAX_SAFE_INTEGER;

/** The least and the greatest whole number of a range. */
function wholeRange({ from, to }: Range): { readonly low: number; readonly high: number } {
  const above = ({ value, included }: Bound) => (included || !Number.isInteger(value) ? Math.ceil(value) : value + 1);
  const below = ({ value, included }: Bound) => (included || !Number.isInteger(value) ? Math.floor(value) : value - 1);
  return { low: from === null ? 0 : Math.max(0, above(from)), high: to === null ? MOST : Math.min(MOST, below(to)) };
}

function number(field: string, range: Range, binds: Binds): string {
  const column = BY_FIELD.get(field);
  if (column === undefined && field !== RECORD) return attrNumber(field, range, binds);
  const { low, high } = wholeRange(range);
  if (high < low) return 'false';
  const [from, to] = [binds.put('UInt64', low), binds.put('UInt64', high)];
  if (field === RECORD) return `(first <= ${to} AND first + span >= ${from})`;
  const name = column?.name ?? '';
  return `(${name} >= ${from} AND ${name} <= ${to}${name === 'count' ? '' : ` AND ${name} != 0`})`;
}

function attrNumber(field: string, { from, to }: Range, binds: Binds): string {
  const value = `toFloat64OrNull(attrs[${binds.put('String', field)}])`;
  const low = from === null ? [] : [`${value} ${from.included ? '>=' : '>'} ${binds.put('Float64', from.value)}`];
  const high = to === null ? [] : [`${value} ${to.included ? '<=' : '<'} ${binds.put('Float64', to.value)}`];
  return `ifNull(${joined([...low, ...high, `isNotNull(${value})`], 'AND', 'true')}, false)`;
}

function address({ fields, first, last }: Extract<Condition, { is: 'address' }>, binds: Binds): string {
  const columns = fields.map((field) => BY_FIELD.get(field)?.name ?? '').filter((name) => ADDRESSES.includes(name));
  const from = `toIPv6(${binds.put('String', first)})`;
  if (first === last) {
    const either = `has([${ADDRESSES.join(', ')}], ${from})`; // as the index has it
    const own = columns.map((name) => `${name} = ${from}`);
    const is = columns.length === ADDRESSES.length ? either : `${either} AND ${joined(own, 'OR', 'false')}`;
    return `(${is} AND ${from} != toIPv6('::'))`;
  }
  const to = `toIPv6(${binds.put('String', last)})`;
  const within = columns.map((name) => `(${name} >= ${from} AND ${name} <= ${to} AND ${name} != toIPv6('::'))`);
  return joined(within, 'OR', 'false');
}

function time({ field, fromUs, toUs }: Extract<Condition, { is: 'time' }>, binds: Binds): string {
  const name = field === '@timestamp' ? 'ts' : 'ingest_ts';
  const at = (us: number) => `fromUnixTimestamp64Micro(${binds.put('Int64', us)}, 'UTC')`;
  const from = fromUs === null ? [] : [`${name} >= ${at(fromUs)}`];
  const to = toUs === null ? [] : [`${name} < ${at(toUs)}`];
  return joined([...from, ...to], 'AND', 'true');
}
