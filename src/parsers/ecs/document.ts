import { type EcsFields, withFields } from '../../core/event.ts';
import type { LineContext, Parsed } from '../../core/stages.ts';
import type { JournalField } from '../journal/field.ts';
import { forgedBy } from '../journal/writer.ts';
import { instantOf } from '../shipped/instant.ts';
import { EcsDocument } from './fields.ts';

const MAX_PID = 0x7fffffff;
/** Whose message it is: what the envelope of a syslog line says goes before what a shipper says of a process. */
const PROGRAMS = ['log.syslog.appname', 'syslog.identifier', 'journald.custom.syslog_identifier', 'process.name'];
const PIDS = ['log.syslog.procid', 'syslog.pid', 'process.pid'];
const HOSTS = ['log.syslog.hostname', 'host.hostname', 'host.name', 'hostname', 'agent.hostname', 'agent.name'];
/** What journald itself says of the writer, as Filebeat's journald input names it. */
const TRUSTED: Readonly<Record<string, readonly string[]>> = {
  SYSLOG_IDENTIFIER: PROGRAMS.slice(0, 3),
  MESSAGE: ['message'],
  _COMM: ['journald.process.name', 'process.name'],
  _EXE: ['journald.process.executable', 'process.executable'],
  _UID: ['journald.uid', 'process.user.id', 'user.id'],
  _TRANSPORT: ['systemd.transport'],
};

/** Is it a document that says it is ECS, or that a Beat or Logstash made? Others are their own parsers'. */
export const isMarked = (document: Readonly<Record<string, unknown>>): boolean =>
  document['@timestamp'] !== undefined &&
  (document['ecs'] !== undefined ||
    document['ecs.version'] !== undefined ||
    document['@metadata'] !== undefined ||
    document['@version'] !== undefined ||
    typeof document['agent'] === 'object');

/**
 * What a document of Beats, Elastic Agent or another that writes ECS says. Its message is a program's, where it names one, else a line of
 * its own, and is read again as such; what that says goes before the document's own fields.
 */
export function ecsParsed(given: Readonly<Record<string, unknown>>, context: LineContext): Parsed {
  const document = new EcsDocument(given);
  const program = document.first(PROGRAMS);
  const pid = Number(document.first(PIDS) ?? 0);
  const message = document.first(['message', 'event.original', 'log.original', 'log', 'msg']) ?? '';
  const forged = document.text('input.type') === 'journald' ? forgedBy(journalField(document)) : null;
  const fields: EcsFields = document.fields();
  return {
    host: hostOf(given),
    pid: Number.isInteger(pid) && pid > 0 && pid <= MAX_PID ? pid : 0,
    message: message.replace(/\r?\n$/, ''),
    said: forged === null,
    fields: forged === null ? fields : withFields(fields, forged),
    ...instantOf(document.text('@timestamp') ?? '', context),
    ...(program === undefined ? {} : { process: program }),
  };
}

/** The host that a document is of; '' when it names none. */
export const hostOf = (given: Readonly<Record<string, unknown>>): string =>
  (typeof given['host'] === 'string' ? given['host'] : new EcsDocument(given).first(HOSTS)) ?? '';

const journalField =
  (document: EcsDocument): JournalField =>
  (name) =>
    document.first(TRUSTED[name] ?? []);
