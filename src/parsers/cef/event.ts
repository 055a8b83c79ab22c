import type { EcsFields, EcsValue } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';

/** Words of devices for what they did with a connection. */
const DENIED = /^(?:den(?:y|ied)|drop(?:ped)?|block(?:ed)?|reject(?:ed)?|reset|refused?|prevent(?:ed)?)$/i;
const ALLOWED = /^(?:allow(?:ed)?|accept(?:ed)?|permit(?:ted)?|pass(?:ed)?|forward(?:ed)?)$/i;
const SUCCESS = /^\/?(?:success(?:ful)?|succeeded|allowed?|ok|pass(?:ed)?)$/i;
const FAILURE = /^\/?(?:fail(?:ed|ure)?|denied|error|unsuccessful)$/i;
const MAX_ATTRIBUTES = 128;
const MAX_NAME = 64;

/** Pairs of one event, by name. A name that comes twice with different values is in `doubtful`, and its first value stands. */
export interface Pairs {
  readonly values: ReadonlyMap<string, string>;
  readonly doubtful: ReadonlySet<string>;
}

/** Gathers pairs. */
export class PairReader implements Pairs {
  readonly values = new Map<string, string>();
  readonly doubtful = new Set<string>();

  add(name: string, value: string): void {
    const before = this.values.get(name);
    if (before === undefined) this.values.set(name, value);
    else if (before !== value) this.doubtful.add(name);
  }
}

/** What a device's own name for a thing is in ECS. */
export interface Naming {
  /** Begins names that have no other: `cef`. */
  readonly prefix: string;
  readonly sourceAddress: readonly string[];
  readonly destinationAddress: readonly string[];
  readonly numbers: Readonly<Record<string, string>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly action: readonly string[];
  readonly outcome: readonly string[];
}

/**
 * ECS fields of pairs. An address is taken only from a name that was said once: a text that a stranger wrote may hold one more, where the
 * device does not escape it. What has no ECS name is `<prefix>.<its name>`.
 */
export function fieldsOf(pairs: Pairs, naming: Naming): EcsFields {
  const { values } = pairs;
  const fields: Record<string, EcsValue> = {};
  endOf('source', naming.sourceAddress, pairs, fields);
  endOf('destination', naming.destinationAddress, pairs, fields);
  const said = new Set([...naming.sourceAddress, ...naming.destinationAddress, ...naming.action]);
  let left = MAX_ATTRIBUTES;
  for (const [name, value] of values) {
    if (value === '' || (said.has(name) && !pairs.doubtful.has(name))) continue;
    const number = own(naming.numbers, name);
    const text = own(naming.texts, name);
    if (number !== undefined && /^\d{1,15}$/.test(value)) fields[number] ??= Number(value);
    else if (text !== undefined) fields[text] ??= value;
    else if (left > 0) {
      fields[`${naming.prefix}.${name.slice(0, MAX_NAME)}`] ??= value;
      left -= 1;
    }
  }
  if (fields['network.transport'] !== undefined)
    fields['network.transport'] = String(fields['network.transport']).toLowerCase();
  judge(fields, first(values, naming.action) ?? '', first(values, naming.outcome) ?? '');
  return fields;
}

function endOf(
  end: string,
  names: readonly string[],
  { values, doubtful }: Pairs,
  into: Record<string, EcsValue>,
): void {
  const name = names.find((one) => values.get(one)); // an empty value says nothing
  if (name === undefined || doubtful.has(name)) return;
  const address = values.get(name) as string;
  into[`${end}.address`] = address;
  into[`${end}.ip`] = canonicalIp(address) ?? undefined;
}

function judge(fields: Record<string, EcsValue>, action: string, outcome: string): void {
  if (action !== '') fields['event.action'] = action;
  if (SUCCESS.test(outcome)) fields['event.outcome'] = 'success';
  else if (FAILURE.test(outcome)) fields['event.outcome'] = 'failure';
  const verdict = DENIED.test(action) ? 'denied' : ALLOWED.test(action) ? 'allowed' : null;
  if (verdict === null || fields['source.ip'] === undefined || fields['destination.ip'] === undefined) return;
  fields['event.category'] = ['network'];
  fields['event.type'] = ['connection', verdict];
}

function first(values: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = values.get(name);
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

const own = (table: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** Fields before the pairs: parted by `|`, where `\|` is a bar and `\\` a backslash. Null when there are fewer than `count`. */
export function headOf(
  text: string,
  count: number,
): { readonly head: readonly string[]; readonly rest: string } | null {
  const head: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && (text[at + 1] === '|' || text[at + 1] === '\\')) {
      at += 1;
      part += text.charAt(at);
    } else if (character !== '|') part += character;
    else {
      head.push(part);
      part = '';
      if (head.length === count) return { head, rest: text.slice(at + 1) };
    }
  }
  return null;
}

/** An instant as devices write it: milliseconds since 1970, or ISO 8601 with a zone. Undefined for other forms. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(time) ? undefined : time;
}
