import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Event, toEcs } from '../src/core/event.ts';
import { Zone } from '../src/core/zone.ts';
import { createDispatch } from '../src/decode/dispatch.ts';
import { readEvents } from '../src/decode/read-events.ts';
import { parsers } from '../src/parsers/index.ts';

const dispatch = createDispatch(parsers);

/** Reads lines as one input, as `spoor parse --tz ZONE --now INSTANT` does. */
export async function decodeLines(lines: readonly string[], zone: string, now: string): Promise<Event[]> {
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const events: Event[] = [];
  const source = { path: 'case.log', size: bytes.length, mtimeMs: Date.parse(now), blocks: () => [bytes] };
  await readEvents(source, {
    dispatch,
    zone: new Zone(zone),
    endMs: Date.parse(now),
    host: '',
    emit: (event) => events.push(event),
  });
  return events.sort((a, b) => a.line - b.line);
}

/** The cases of a corpus file, one JSON object a line. */
export function casesOf<T>(corpusDir: string, file: string): T[] {
  return readFileSync(join(corpusDir, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

/** Did an event come out as an attack? */
export function isHostile(event: Event | undefined): boolean {
  return event !== undefined && toEcs(event)['event.kind'] === 'alert';
}
