import type { EmitRecord, LineContext, RecordReader, RecordsParser } from '../core/stages.ts';
import { eventOf } from './auditd/event.ts';
import { type AuditRecord, isAuditRecord, readRecords } from './auditd/record.ts';

// Hot path: once per record.

/** Records of one event stand close together: what is further apart than this is given out as it is. */
const MAX_OPEN = 1024;
const MAX_LINES_APART = 2000;
const MAX_RECORDS = 4096;
/** ausearch(8) gives an event two seconds as well. */
const MAX_AGE_MS = 2000;
const REMEMBERED = 1024;

interface OpenEvent {
  readonly key: string;
  readonly line: number;
  readonly records: AuditRecord[];
  readonly raw: string[];
}

/** Joins the records of one event, which interleave with others' (linux-audit: same node, time and serial). */
class Reader implements RecordReader {
  readonly #emit: EmitRecord;
  readonly #open = new Map<string, OpenEvent>(); // in the order in which they began
  readonly #closed = new Set<string>(); // the last ones given out: their EOE may still come
  #last: OpenEvent | null = null; // complete as far as we know, unless the next line is its too

  constructor(emit: EmitRecord) {
    this.#emit = emit;
  }

  push(line: string, number: number): boolean {
    const records = readRecords(line);
    const [first] = records;
    if (first === undefined) return false;
    const key = `${first.node} ${first.id}`;
    if (this.#last !== null && this.#last.key !== key) this.#close(this.#last);
    this.#closeOld(first.timeMs, number);
    const event = this.#open.get(key) ?? this.#begin(key, first, number);
    if (event === null) return true;
    event.raw.push(line);
    let over = event.records.length > MAX_RECORDS;
    for (const record of records) {
      if (record.type === 'EOE' && event.raw.length > 1) over = true;
      else event.records.push(record);
    }
    if (over) this.#close(event);
    else if (records.some(isLast)) this.#last = event;
    return true;
  }

  end(): void {
    for (const event of [...this.#open.values()]) this.#close(event);
  }

  // null: the end of an event that was given out already
  #begin(key: string, record: AuditRecord, line: number): OpenEvent | null {
    if (record.type === 'EOE' && this.#closed.has(key)) return null;
    const event = { key, line, records: [], raw: [] };
    this.#open.set(key, event);
    return event;
  }

  #closeOld(timeMs: number, line: number): void {
    for (const event of this.#open.values()) {
      const began = (event.records[0] as AuditRecord).timeMs;
      const old = timeMs - began > MAX_AGE_MS || line - event.line > MAX_LINES_APART || this.#open.size > MAX_OPEN;
      if (!old) return;
      this.#close(event);
    }
  }

  #close(event: OpenEvent): void {
    this.#open.delete(event.key);
    if (this.#last === event) this.#last = null;
    this.#closed.add(event.key);
    if (this.#closed.size > REMEMBERED) this.#closed.delete(this.#closed.values().next().value as string);
    this.#emit(eventOf(event.records), event.line, event.raw.length, event.raw.join('\n'));
  }
}

// PROCTITLE ends what the kernel says of a system call; what programs and auditd itself send is one record.
function isLast({ type, said }: AuditRecord): boolean {
  return type === 'PROCTITLE' || type === 'EOE' || said !== null || type.startsWith('DAEMON_');
}

/** Linux audit: /var/log/audit/audit.log, raw and ENRICHED, also through audispd's syslog plug-in and the kernel's printk. */
export default {
  kind: 'records',
  name: 'auditd',
  programs: ['audispd', 'audisp-syslog', 'auditd', 'audit', 'kernel', 'tag_audit_log', 'audit_log'],
  claims: isAuditRecord,
  open: (_: LineContext, emit: EmitRecord) => new Reader(emit),
} satisfies RecordsParser;
