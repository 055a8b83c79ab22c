import type { EcsValue } from '../../core/event.ts';

const MAX_LABELS = 100;
const MAX_NAME = 200;
const MAX_VALUE = 4096;
const NANOSECONDS = /^\d{1,19}$/;

/** Who said it, by the names that shippers give such words; written as `plain` does. The first that is there counts. */
const PROGRAMS = [
  'appname',
  'app_name',
  'syslog_appname',
  'syslog_app_name',
  'syslog_identifier',
  'identifier',
  'ident',
  'program',
  'programname',
  'process_name',
  'process_executable_name',
  'comm',
];
const HOSTS = ['host_name', 'hostname', 'host', 'syslog_hostname', 'net_host_name', 'nodename', 'node_name'];
const PIDS = ['proc_id', 'procid', 'syslog_procid', 'process_pid', 'pid'];
const LEVELS = ['level', 'severity', 'severity_text', 'log_level', 'loglevel', 'detected_level'];
const MESSAGES = ['message', 'msg', 'log', 'line', 'raw'];

/** Names come again with every line: how each is written is worked out once. It is a memory of so many, and no more. */
const MAX_REMEMBERED = 4096;

class Remembered {
  readonly #of: (name: string) => string;
  readonly #known = new Map<string, string>();

  constructor(of: (name: string) => string) {
    this.#of = of;
  }

  get(name: string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made = this.#of(name);
    if (this.#known.size < MAX_REMEMBERED && name.length <= MAX_NAME) this.#known.set(name, made);
    return made;
  }
}

/** `syslog.AppName` and `syslog-appname` are `syslog_appname`; a `_` before it is passed over (`_HOSTNAME`). */
const plain = new Remembered((name) =>
  name
    .toLowerCase()
    .replace(/[.\- ]/g, '_')
    .replace(/^_/, ''),
);

/** What a shipper says beside a line: labels, attributes, fields. Found by any of a name's spellings. */
export class Carried {
  readonly #texts = new Map<string, string>();

  /** Takes what is named so, where nothing before was. */
  take(all: Iterable<readonly [string, string]>): this {
    for (const [name, text] of all) {
      const key = plain.get(name);
      if (!this.#texts.has(key) && text !== '') this.#texts.set(key, text);
    }
    return this;
  }

  first(names: readonly string[]): string | undefined {
    for (const name of names) {
      const text = this.#texts.get(name);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  get program(): string | undefined {
    return this.first(PROGRAMS);
  }

  get host(): string | undefined {
    return this.first(HOSTS);
  }

  get level(): string | undefined {
    return this.first(LEVELS)?.toLowerCase().slice(0, MAX_NAME);
  }

  get message(): string | undefined {
    return this.first(MESSAGES);
  }

  get pid(): number {
    const pid = Number(this.first(PIDS) ?? 0);
    return Number.isInteger(pid) && pid > 0 && pid < 2 ** 32 ? pid : 0;
  }
}

/** Fields that are made one by one; what is not known is left out. */
export type Fields = Record<string, EcsValue>;

/** Writes such things under a prefix: `otlp.attributes.NAME`. No more than 100 of a kind are for the index; the record has them all. */
export class Labels {
  readonly #names: Remembered;

  constructor(prefix: string) {
    this.#names = new Remembered((name) => `${prefix}.${name}`);
  }

  write(into: Fields, all: Iterable<readonly [string, string]>): void {
    let count = 0;
    for (const [name, text] of all) {
      if (name === '' || name.length > MAX_NAME) continue;
      count += 1;
      if (count > MAX_LABELS) break;
      into[this.#names.get(name)] = text.length > MAX_VALUE ? text.slice(0, MAX_VALUE) : text;
    }
  }
}

/** Writes a text that is known and not empty. */
export function write(into: Fields, name: string, text: string | undefined): void {
  if (text !== undefined && text !== '') into[name] = text.length > MAX_VALUE ? text.slice(0, MAX_VALUE) : text;
}

/** Milliseconds since 1970 of nanoseconds, to the microsecond; undefined for 0 and for what is none. */
export function msOfNanoseconds(given: unknown): number | undefined {
  const text =
    typeof given === 'number' && Number.isSafeInteger(Math.round(given / 1000))
      ? BigInt(Math.round(given)).toString()
      : given;
  if (typeof text !== 'string' || !NANOSECONDS.test(text)) return undefined;
  const microseconds = Math.floor(Number(text.slice(0, -3)));
  return microseconds > 0 ? microseconds / 1000 : undefined;
}

/** A JSON value as one text: texts as they are. One that is too deep to be written is ''. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return ''; // the line itself has it
  }
}

/** An object's members as texts. */
export const textsOf = (object: Readonly<Record<string, unknown>>): [string, string][] =>
  Object.entries(object).map(([name, value]) => [name, textOf(value)]);
