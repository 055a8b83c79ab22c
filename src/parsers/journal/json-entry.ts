import { type Json, objectIn } from '../../core/json-object.ts';
import type { LineContext, Parsed } from '../../core/stages.ts';
import { isMarked } from '../ecs/document.ts';
import { instantOf } from '../shipped/instant.ts';
import { journalParsed } from './entry.ts';
import type { JournalField } from './field.ts';

const TIMES = ['@timestamp', 'timestamp', 'time', 'timereported', 'ts', 'date', 'ISODATE', 'TimeGenerated'];
const MESSAGES = ['message', 'msg', 'MESSAGE', 'log', 'SyslogMessage'];
const PROGRAMS = [
  'program',
  'ident',
  'appname',
  'app-name',
  'app_name',
  'programname',
  'PROGRAM',
  'syslog_identifier',
  'process.name',
  'ProcessName',
];
/** Where program and process stand together, as rsyslog writes them: "sshd[4711]:". */
const TAGS = ['syslogtag', 'tag'];
const TAG = /^(?<program>[\w./-]{1,128})(?:\[(?<pid>\d{1,10})\])?:$/;
const HOSTS = ['host', 'hostname', 'HOST', 'source_host', 'host.name', 'host.hostname', 'HostName', 'Computer'];
const PIDS = ['pid', 'procid', 'PID', 'process.pid', 'ProcessID'];

/** What one JSON object says that stands for a syslog message; null for other JSON, and for text that is none. */
export function jsonEntry(text: string, context: LineContext): Parsed | null {
  const entry = objectIn(text);
  if (entry === null) return null;
  if (entry['__REALTIME_TIMESTAMP'] !== undefined) return journalParsed(fieldOf(entry));
  return dockerOf(entry, context) ?? shippedOf(entry, context);
}

// A field is text, null when it is too long, bytes when it is not UTF-8, and a list when it was given more than once.
function fieldOf(entry: Json): JournalField {
  return (name) => {
    const value = Object.hasOwn(entry, name) ? entry[name] : undefined;
    if (!Array.isArray(value)) return textOf(value);
    if (value.every((item) => typeof item === 'number')) return Buffer.from(value).toString('utf8');
    return fieldOf({ first: value[0] })('first');
  };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/**
 * Docker's json-file driver: {"log":"…\n","stream":"stdout","time":"…Z"}. No process is named: the message is a whole line
 * of whatever runs in the container.
 */
function dockerOf(entry: Json, context: LineContext): Parsed | null {
  const { log, stream, time } = entry;
  if (typeof log !== 'string' || (stream !== 'stdout' && stream !== 'stderr') || typeof time !== 'string') return null;
  const fields = { 'container.runtime': 'docker', 'log.logger': stream };
  return { message: log.replace(/\r?\n$/, ''), said: true, fields, ...instantOf(time, context) };
}

function shippedOf(entry: Json, context: LineContext): Parsed | null {
  if (isMarked(entry)) return null;
  const tag = TAG.exec(first(entry, TAGS) ?? '')?.groups;
  const program = first(entry, PROGRAMS) ?? tag?.['program'];
  const message = first(entry, MESSAGES);
  if (program === undefined || message === undefined) return null;
  const timed = timeOf(entry, context);
  if (timed === undefined) return null;
  const pid = Number(first(entry, PIDS) ?? tag?.['pid'] ?? 0);
  return {
    host: first(entry, HOSTS) ?? '',
    process: program,
    pid: Number.isInteger(pid) && pid > 0 ? pid : 0,
    message: message.replace(/^ /, ''), // rsyslog's MSG begins behind the tag
    said: true,
    fields: {},
    ...timed,
  };
}

// The first that is a time: some send the words of the line as well.
function timeOf(entry: Json, context: LineContext): Pick<Parsed, 'time' | 'certainty'> | undefined {
  return TIMES.map((name) => instantOf(first(entry, [name]) ?? '', context)).find(({ time }) => time !== undefined);
}

/** The first of these names that holds text; "host.name" also stands for host: { name }. */
function first(entry: Json, names: readonly string[]): string | undefined {
  for (const name of names) {
    const dot = name.indexOf('.');
    const inner = dot === -1 ? undefined : entry[name.slice(0, dot)];
    const nested = typeof inner === 'object' && inner !== null ? (inner as Json)[name.slice(dot + 1)] : undefined;
    const found = textOf(Object.hasOwn(entry, name) ? entry[name] : nested);
    if (found !== undefined) return found;
  }
  return undefined;
}
