import { type EcsFields, withFields } from '../core/event.ts';
import type { EmitRecord, LineContext, Parsed, RecordReader, RecordsParser } from '../core/stages.ts';
import { civil } from '../core/stamp.ts';

const START = /^Start-Date: \d{4}-\d\d-\d\d {1,3}\d\d:\d\d:\d\d$/;
const FIELD =
  /^(?<name>Commandline|Requested-By|Comment|Install|Reinstall|Upgrade|Downgrade|Remove|Purge|Error|Disappeared|End-Date): (?<value>.*)$/;
const STAMP = /(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) {1,3}(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)$/;
const REQUESTED_BY = /^(?<name>.{1,256}) \((?<id>\d{1,10})\)$/;
// Best first: what the event is called after when apt did several things at once.
const CHANGES: readonly (readonly [field: string, type: string, action: string])[] = [
  ['Install', 'installation', 'package_installed'],
  ['Reinstall', 'installation', 'package_installed'],
  ['Upgrade', 'change', 'package_upgraded'],
  ['Downgrade', 'change', 'package_downgraded'],
  ['Remove', 'deletion', 'package_removed'],
  ['Purge', 'deletion', 'package_removed'],
];

/** One run of apt, Start-Date to End-Date (local time). A run that never ended is given out when the next begins. */
class Reader implements RecordReader {
  readonly #context: LineContext;
  readonly #emit: EmitRecord;
  #lines: string[] = [];
  #line = 0;

  constructor(context: LineContext, emit: EmitRecord) {
    this.#context = context;
    this.#emit = emit;
  }

  push(line: string, number: number): boolean {
    if (START.test(line)) {
      this.end();
      this.#line = number;
      this.#lines = [line];
      return true;
    }
    const name = this.#lines.length === 0 ? undefined : FIELD.exec(line)?.groups?.['name'];
    if (name === undefined) return false;
    this.#lines.push(line);
    if (name === 'End-Date') this.end();
    return true;
  }

  end(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#emit(eventOf(lines, this.#context), this.#line, lines.length, lines.join('\n'));
  }
}

/** /var/log/apt/history.log. */
export default {
  kind: 'records',
  name: 'apt-history',
  claims: (line: string) => line.charCodeAt(0) === 0x53 && START.test(line),
  open: (context: LineContext, emit: EmitRecord) => new Reader(context, emit),
} satisfies RecordsParser;

function eventOf(lines: readonly string[], { zone }: LineContext): Parsed {
  const values = new Map<string, string>();
  for (const line of lines) {
    const found = FIELD.exec(line)?.groups;
    if (found) values.set(found['name'] as string, found['value'] as string);
  }
  const parts = STAMP.exec(lines[0] as string)?.groups ?? {};
  const part = (name: string) => Number(parts[name]);
  const at = civil(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  const command = values.get('Commandline');
  return {
    time: Number.isNaN(at) ? Number.NaN : zone.toInstant(at),
    certainty: Number.isNaN(at) ? 'none' : 'zone',
    process: 'apt',
    message: command ?? lines[0],
    fields: withFields(changesOf(values), {
      'process.command_line': command,
      'error.message': values.get('Error'),
      ...requesterOf(values),
    }),
  };
}

function changesOf(values: ReadonlyMap<string, string>): EcsFields {
  const done = CHANGES.filter(([field]) => values.has(field));
  const packages = done.flatMap(([field]) => packagesOf(values.get(field) as string));
  return {
    'event.category': ['package'],
    'event.type': done.length === 0 ? ['info'] : [...new Set(done.map(([, type]) => type))],
    'event.action': done[0]?.[2] ?? 'package_log',
    'event.outcome': values.has('Error') ? 'failure' : values.has('End-Date') ? 'success' : undefined,
    'package.name': packages.length === 0 ? undefined : packages.map(({ name }) => name),
    'package.version': packages.length === 0 ? undefined : packages.map(({ version }) => version),
    'package.type': 'deb',
  };
}

function requesterOf(values: ReadonlyMap<string, string>): EcsFields {
  const by = REQUESTED_BY.exec(values.get('Requested-By') ?? '')?.groups;
  return { 'user.name': by?.['name'], 'user.id': by?.['id'] };
}

/** "curl:amd64 (7.88.1-10), jq:amd64 (1.6-2, automatic), tar:amd64 (1.34, 1.35)": the last version of each is the new one. */
function packagesOf(text: string): { name: string; version: string }[] {
  return text.split('), ').map((entry) => {
    const open = entry.indexOf(' (');
    const versions =
      open === -1
        ? []
        : entry
            .slice(open + 2)
            .replace(/\)$/, '')
            .split(', ');
    const written = open === -1 ? entry : entry.slice(0, open);
    const colon = written.lastIndexOf(':');
    const version = versions.findLast((word) => word !== 'automatic') ?? '';
    return { name: colon === -1 ? written : written.slice(0, colon), version };
  });
}
