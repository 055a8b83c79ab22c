import type { EcsFields, EcsValue } from '../core/event.ts';
import { type Json, objectIn } from '../core/json-object.ts';
import type { LineParser, Parsed } from '../core/stages.ts';

const MAX_LENGTH = 16 << 20;
const MARK = '"short_message"';
const MAX_FIELDS = 256;
const MAX_PID = 0x7fffffff;
/** GELF 1.1: names of additional fields begin with an underscore. */
const ADDITIONAL = /^_[\w.-]{1,64}$/;
/** Who wrote the message, as senders name it. */
const PROGRAMS = [
  '_application_name',
  '_app_name',
  '_appname',
  '_program',
  '_programname',
  '_ident',
  '_syslog_identifier',
  '_SYSLOG_IDENTIFIER',
];
const PIDS = ['_process_id', '_pid', '_procid', '_syslog_pid', '_SYSLOG_PID', '_PID'];
/** Docker's gelf driver, and others: names that ECS has. */
const ECS_NAMES: Readonly<Record<string, string>> = {
  level: 'log.syslog.priority',
  facility: 'log.syslog.facility.name',
  file: 'log.origin.file.name',
  _container_id: 'container.id',
  _container_name: 'container.name',
  _image_name: 'container.image.name',
};

/**
 * One message in the Graylog Extended Log Format (GELF 1.1). Where it names the program that wrote it, its text is that program's; else a
 * line of its own, and is read again as such.
 */
export default {
  kind: 'line',
  name: 'gelf',
  parse(line: string): Parsed | null {
    if (line.charCodeAt(0) !== 0x7b || line.length > MAX_LENGTH || !line.includes(MARK)) return null;
    const document = objectIn(line);
    const message = document?.['short_message'];
    if (document === null || typeof message !== 'string' || typeof document['host'] !== 'string') return null;
    const program = textOf(document, PROGRAMS);
    const pid = Number(textOf(document, PIDS) ?? 0);
    return {
      host: document['host'],
      ...(program === undefined ? {} : { process: program }),
      pid: Number.isInteger(pid) && pid > 0 && pid <= MAX_PID ? pid : 0,
      message: message.replace(/\r?\n$/, ''),
      said: true,
      fields: fieldsOf(document),
      ...timeOf(document['timestamp']),
    };
  },
} satisfies LineParser;

function fieldsOf(document: Json): EcsFields {
  const fields: Record<string, EcsValue> = {};
  let left = MAX_FIELDS;
  for (const [name, value] of Object.entries(document)) {
    if (left === 0) break;
    const known = Object.hasOwn(ECS_NAMES, name) ? ECS_NAMES[name] : undefined;
    const own = name === 'full_message' || name === 'line' ? `gelf.${name}` : undefined;
    const field = known ?? own ?? (ADDITIONAL.test(name) ? `gelf.${name.slice(1)}` : undefined);
    if (field === undefined) continue;
    fields[field] = ecsValue(value);
    left -= 1;
  }
  return fields;
}

function ecsValue(value: unknown): EcsValue {
  if (value === null || value === '') return undefined;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value); // no GELF, and sent all the same
}

/** Seconds since 1970, with a fraction; some write them as text. */
function timeOf(given: unknown): Pick<Parsed, 'time' | 'certainty'> {
  const seconds = typeof given === 'string' && /^\d{9,11}(?:\.\d{1,9})?$/.test(given) ? Number(given) : given;
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < 8.64e12)) return {};
  return { time: Math.round(seconds * 1e6) / 1000, certainty: 'exact' };
}

function textOf(document: Json, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = Object.hasOwn(document, name) ? document[name] : undefined;
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
  }
  return undefined;
}
