import { type Event, toEcs } from '../src/core/event.ts';
import { Zone } from '../src/core/zone.ts';
import { createDispatch } from '../src/decode/dispatch.ts';
import { readEvents } from '../src/decode/read-events.ts';
import { parsers } from '../src/parsers/index.ts';
import type { ScoreRow } from './row.ts';
import { FieldTally, type OnMiss } from './suite.ts';
import { casesOf } from './web-cases.ts';

const NOW = Date.parse('2026-06-30T12:00:00Z');

interface SyslogCase {
  readonly rfc: string;
  readonly input_b64: string;
  readonly expect: { readonly valid: boolean; readonly fields?: Readonly<Record<string, unknown>> };
}

/** The first event of one message, read byte for byte. */
async function firstEvent(bytes: Buffer): Promise<Event | undefined> {
  const events: Event[] = [];
  await readEvents(
    { path: 'case.log', size: bytes.length, mtimeMs: NOW, blocks: () => [bytes] },
    {
      dispatch: createDispatch(parsers),
      zone: new Zone('UTC'),
      endMs: NOW,
      host: '',
      emit: (event) => events.push(event),
    },
  );
  return events[0];
}

/** The envelope of valid messages: host, program, process id, time and text. */
export async function scoreSyslog(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  const tally = new FieldTally(onMiss);
  for (const { rfc, input_b64, expect } of casesOf<SyslogCase>(corpusDir, 'syslog.jsonl')) {
    const bytes = Buffer.from(input_b64, 'base64');
    // A newline inside a message is the framing's to tell, not a log file's.
    if (expect.fields === undefined || bytes.includes(10)) continue;
    compareEnvelope(tally, expect.fields, { rfc, bytes, event: await firstEvent(bytes) });
  }
  return tally.rows('syslog', '');
}

function compareEnvelope(
  tally: FieldTally,
  fields: Readonly<Record<string, unknown>>,
  { rfc, bytes, event }: { rfc: string; bytes: Buffer; event: Event | undefined },
): void {
  const about = bytes.toString('utf8').slice(0, 200);
  const compare = (field: string, wanted: unknown, got: unknown) =>
    tally.compare(`RFC ${rfc}`, field, wanted, got, about);
  compare('hostname', fields['hostname'] ?? '', event?.host);
  if (fields['timestamp'] !== undefined && rfc === '5424')
    compare('@timestamp', fields['timestamp'], event && toEcs(event)['@timestamp']);
  if (event?.parser !== 'syslog') return; // its own parser says what the program's name and text are
  compare('appname', fields['appname'] ?? '', event.process);
  const procId = String(fields['procid'] ?? '');
  compare('procid', /^\d{1,7}$/.test(procId) ? Number(procId) : 0, event.pid);
  compare('message', String(fields['message'] ?? '').replace(/^\uFEFF/, ''), event.message);
}
