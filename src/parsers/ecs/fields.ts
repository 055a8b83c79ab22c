import type { EcsFields, EcsValue } from '../../core/event.ts';
import { canonicalIp } from '../../core/ip.ts';
import { isObject, type Json } from '../../core/json-object.ts';

const MAX_DEPTH = 16;
const MAX_FIELDS = 256;
const MAX_NAME = 128;
const MAX_LIST = 64;
const MAX_TEXT = 32_768;
/** Said by the event itself, by who shipped it and how, or by Spoor alone: no fields of what happened. */
const LEFT_OUT =
  /^(?:@timestamp|@version|@metadata|message|event\.(?:original|kind|ingested|created)|error\.code|ecs|input|spoor|data_stream|host\.(?:name|hostname|os|mac|architecture|containerized)|agent\.(?:ephemeral_id|id|hostname|name)|process\.(?:name|pid))(?:\.|$)/;
const LISTS = new Set(['event.category', 'event.type']);
const ADDRESS = /^(?<end>source|destination|client|server|host\.nat)\.ip$/;

/** The flat fields of a document, dotted or nested. `find` gives one by its dotted name, however it is written. */
export class EcsDocument {
  readonly #document: Json;

  constructor(document: Json) {
    this.#document = document;
  }

  /** The text of a field; undefined when it has none. */
  text(name: string): string | undefined {
    const value = this.find(name);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'number') return String(first);
    return typeof first === 'string' && first !== '' ? first : undefined;
  }

  /** The first of these that has text. */
  first(names: readonly string[]): string | undefined {
    for (const name of names) {
      const found = this.text(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  find(name: string): unknown {
    return findIn(this.#document, name);
  }

  /** All that can stand on an event, by dotted names. What is too much is left out: the record has it. */
  fields(): EcsFields {
    const fields: Record<string, EcsValue> = Object.create(null) as Record<string, EcsValue>;
    const open: Level[] = [{ value: this.#document, before: '', depth: 1 }];
    let left = MAX_FIELDS;
    for (let at = 0; at < open.length && left > 0; at += 1) left = level(open[at] as Level, open, left, fields);
    return { ...fields };
  }
}

interface Level {
  readonly value: Json;
  /** Names of what it is within, each with a dot after it. */
  readonly before: string;
  readonly depth: number;
}

/** Takes the values of one object, and lists the objects in it; gives how many fields there is still room for. */
function level({ value, before, depth }: Level, open: Level[], room: number, fields: Record<string, EcsValue>): number {
  let left = room;
  for (const key of Object.keys(value)) {
    const name = before + key;
    if (left === 0) break;
    if (name.length > MAX_NAME || (name === 'host' && !isObject(value[key])) || LEFT_OUT.test(name)) continue;
    const inner = value[key];
    if (!isObject(inner)) {
      put(name, inner, fields);
      left -= 1;
    } else if (depth < MAX_DEPTH) open.push({ value: inner, before: `${name}.`, depth: depth + 1 });
  }
  return left;
}

function findIn(document: Json, name: string): unknown {
  if (Object.hasOwn(document, name)) return document[name];
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(document, name.slice(0, dot)) ? document[name.slice(0, dot)] : undefined;
    if (!isObject(inner)) continue;
    const found = findIn(inner, name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function put(name: string, given: unknown, fields: Record<string, EcsValue>): void {
  const value = ecsValue(given);
  if (value === undefined) return;
  const end = typeof value === 'string' ? ADDRESS.exec(name)?.groups?.['end'] : undefined;
  if (end !== undefined) {
    const ip = canonicalIp(value as string);
    fields[`${end}.address`] ??= value;
    if (ip !== null) fields[name] = ip;
  } else if (LISTS.has(name) && typeof value === 'string') fields[name] = [value];
  else fields[name] ??= value;
}

function ecsValue(given: unknown): EcsValue {
  if (typeof given === 'string') return given === '' ? undefined : given.slice(0, MAX_TEXT);
  if (typeof given === 'number' || typeof given === 'boolean') return given;
  if (!Array.isArray(given)) return undefined;
  const list = given.slice(0, MAX_LIST);
  if (list.every((one) => typeof one === 'number')) return list.length === 0 ? undefined : (list as number[]);
  return list.every((one) => typeof one === 'string') ? (list as string[]).map((one) => one.slice(0, 1024)) : undefined;
}
