import { Utf8Blocks } from '../core/encoding.ts';
import { addressOf, type Event, userOf } from '../core/event.ts';
import { decodeText, eachLine, LineBlocks } from '../core/lines.ts';
import type { BinaryParser } from '../core/stages.ts';
import type { Zone } from '../core/zone.ts';
import { Census, yearsFrom } from './census.ts';
import { Decoder } from './decoder.ts';
import type { Dispatch } from './dispatch.ts';

/** Bytes from the start of an input by which its format is told. */
export const HEAD_BYTES = 65_536;

/** One input that can be read through more than once. */
export interface EventSource {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  blocks(): AsyncIterable<Buffer> | Iterable<Buffer>;
}

export interface ReadOptions {
  readonly dispatch: Dispatch;
  /** Zone of stamps that name none. */
  readonly zone: Zone;
  /** The instant that the last stamp cannot lie after. */
  readonly endMs: number;
  readonly host: string;
  readonly emit: (event: Event) => void;
}

/** The first lines of an input, as `RecordsParser.accepts` is shown them. */
export function headLines(head: Buffer): string[] {
  return decodeText(head).split('\n', 200);
}

/** Reads one input from beginning to end: first for its census, then into events. */
export async function readEvents(source: EventSource, options: ReadOptions): Promise<void> {
  const census = new Census();
  const counting = new LineBlocks((block) => census.push(block));
  const text = { first: new Utf8Blocks(), second: new Utf8Blocks() };
  let head = Buffer.alloc(0);
  for await (const given of source.blocks()) {
    const block = text.first.take(given);
    if (head.length < HEAD_BYTES) head = Buffer.concat([head, block.subarray(0, HEAD_BYTES - head.length)]);
    counting.push(block);
  }
  counting.end();
  const { zone, host, emit, dispatch } = options;
  const context = { zone, year: yearsFrom(census.years(options.endMs, zone), null, zone) };
  const binary = dispatch.binaries.find((parser) => parser.accepts(head, source.size, source.path));
  if (binary) {
    const held: Buffer[] = [];
    for await (const block of source.blocks()) held.push(block);
    for (const event of binaryEvents(binary, Buffer.concat(held), { ...context, host })) emit(event);
    return;
  }
  const decoder = new Decoder(dispatch, { ...context, host, emit });
  decoder.begin(source.path, headLines(head));
  let next = 1;
  const lines = new LineBlocks((block) => {
    next = eachLine(decodeText(block), next, (line, number) => decoder.push(line, number));
  });
  for await (const block of source.blocks()) lines.push(text.second.take(block));
  lines.end();
  decoder.end();
}

/** The events of a binary log. */
export function* binaryEvents(
  parser: BinaryParser,
  bytes: Buffer,
  options: Parameters<BinaryParser['parse']>[1] & { readonly host: string },
): Generator<Event> {
  for (const parsed of parser.parse(bytes, options))
    yield {
      line: parsed.line,
      lines: 1,
      count: parsed.count ?? 1,
      parser: parser.name,
      time: parsed.time ?? Number.NaN,
      certainty: parsed.certainty ?? 'none',
      host: parsed.host || options.host,
      process: parsed.process ?? '',
      pid: parsed.pid ?? 0,
      message: parsed.message ?? '',
      fields: parsed.fields,
      shape: null,
      address: addressOf(parsed.fields),
      user: userOf(parsed.fields),
      raw: parsed.raw,
    };
}
