import type { Event } from '../src/core/event.ts';
import { Zone } from '../src/core/zone.ts';
import { createDispatch } from '../src/decode/dispatch.ts';
import { readEvents } from '../src/decode/read-events.ts';
import { parsers } from '../src/parsers/index.ts';

const dispatch = createDispatch(parsers);
const BLOCK = 1 << 20;

/** What stands around the bytes when they come as a file. */
export interface Around {
  readonly path?: string;
  /** The file's modification time, ms since 1970. */
  readonly endMs?: number;
  readonly emit?: (event: Event) => void;
}

/** Reads bytes as `spoor parse` reads a file, with every parser in place, in the zone UTC. Gives the events unless `emit` takes them. */
export async function decodeBytes(bytes: Buffer, around: Around = {}): Promise<Event[]> {
  const events: Event[] = [];
  const endMs = around.endMs ?? Date.UTC(2026, 5, 30, 12);
  const emit = around.emit ?? ((event) => void events.push(event));
  function* blocks(): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += BLOCK) yield bytes.subarray(at, at + BLOCK);
  }
  const source = { path: around.path ?? 'fuzz.log', size: bytes.length, mtimeMs: endMs, blocks };
  await readEvents(source, { dispatch, zone: new Zone('UTC'), endMs, host: '', emit });
  return events;
}
