import { isObject, type Json } from '../core/json-object.ts';
import type { Parsed } from '../core/stages.ts';
import { Carried, type Fields, Labels, msOfNanoseconds, textOf, textsOf, write } from './shipped/carried.ts';
import { linesOfMany } from './shipped/lines-of-many.ts';

/** Labels that say whose line it is, but not always by a program's name; a unit is one without its kind. */
const SERVICES = [
  'unit',
  'systemd_unit',
  'app',
  'application',
  'service_name',
  'service',
  'container',
  'container_name',
  'job',
];
const UNIT = /(?:@[^.]{0,200})?\.service$/;

/**
 * Pushes to Loki in JSON, one a line: as the listener `loki` keeps each entry. The line goes to the parser of its program, which labels name,
 * or is read as the whole line that it is.
 */
export default linesOfMany('loki', /^\{(?:"tenant":"[^"\\]{1,150}",)?"streams":\[/, function* (document) {
  const { streams, tenant } = document;
  if (!Array.isArray(streams)) return;
  for (const one of streams) {
    if (!isObject(one) || !isObject(one['stream']) || !Array.isArray(one['values'])) continue;
    for (const value of one['values'])
      if (Array.isArray(value)) yield entryParsed(value, one['stream'], textOf(tenant));
  }
});

const ofStream = new Labels('loki.labels');
const ofEntry = new Labels('loki.metadata');

function entryParsed([stamp, line, given]: readonly unknown[], stream: Json, tenant: string): Parsed {
  const labels = textsOf(stream);
  const metadata = isObject(given) ? textsOf(given) : [];
  const carried = new Carried().take(metadata).take(labels);
  const time = msOfNanoseconds(stamp);
  const fields: Fields = {};
  write(fields, 'log.level', carried.level);
  write(fields, 'log.file.path', carried.first(['filename', 'log_file_path']));
  write(fields, 'loki.tenant', tenant);
  ofStream.write(fields, labels);
  ofEntry.write(fields, metadata);
  return {
    host: carried.host,
    process: carried.program ?? programOf(carried.first(SERVICES)),
    pid: carried.pid,
    message: textOf(line).replace(/\r?\n$/, ''),
    said: true,
    forwarded: true,
    fields,
    ...(time === undefined ? {} : { time, certainty: 'exact' as const }),
  };
}

// Debian's unit of sshd is called ssh.
function programOf(service: string | undefined): string | undefined {
  const unit = service?.replace(UNIT, '');
  return unit === 'ssh' ? 'sshd' : unit;
}
