import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Event, toEcs } from '../core/event.ts';
import { Zone } from '../core/zone.ts';
import { createDispatch } from '../decode/dispatch.ts';
import { HEAD_BYTES, readEvents } from '../decode/read-events.ts';
import { parsers } from './index.ts';

const golden = (file: string) => new URL(`./golden/${file}`, import.meta.url).pathname;
const NOW = Date.parse('2026-06-30T12:00:00Z');

/** Reads a sample as an investigation would, with every parser in place. */
async function decode(name: string): Promise<Event[]> {
  const bytes = readFileSync(golden(`${name}.log`));
  const events: Event[] = [];
  const source = { path: `${name}.log`, size: bytes.length, mtimeMs: NOW, blocks: () => [bytes] };
  const zone = new Zone('Europe/Berlin');
  const dispatch = createDispatch(parsers);
  await readEvents(source, { dispatch, zone, endMs: NOW, host: '', emit: (event) => events.push(event) });
  return events.sort((a, b) => a.line - b.line);
}

/** Every parser reads golden/<name>.log and must say golden/<name>.jsonl. Accept a change with `vitest -u`, then read the diff. */
describe.each(parsers)('$name', (parser) => {
  const { name } = parser;

  test('says what it said before', async () => {
    const events = await decode(name);
    const said = events.map((event) => {
      const { 'event.original': _, ...fields } = toEcs(event);
      const { line, lines, count } = event;
      return `${JSON.stringify({ line, ...(lines > 1 && { lines }), ...(count > 1 && { count }), parser: event.parser, event: fields })}\n`;
    });
    await expect(said.join('')).toMatchFileSnapshot(golden(`${name}.jsonl`));
  });

  test('has a sample it reads and one it must leave alone', async () => {
    const by = new Set((await decode(name)).map((event) => event.parser === name));
    if (parser.kind !== 'binary') {
      expect(by).toEqual(new Set([true, false]));
      return;
    }
    // A binary log is one format from end to end: what it must leave alone is a file of its own.
    expect(by).toEqual(new Set([true]));
    const other = readFileSync(golden(`${name}.not.log`));
    expect(parser.accepts(other.subarray(0, HEAD_BYTES), other.length, `${name}.not.log`)).toBe(false);
  });
});
