import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { type Event, toEcs } from '../../core/event.ts';
import { localZone, Zone } from '../../core/zone.ts';
import { createDispatch } from '../../decode/dispatch.ts';
import { type EventSource, readEvents } from '../../decode/read-events.ts';
import { parsers } from '../../parsers/index.ts';
import type { CliCommand } from './index.ts';

const MAX_HELD_BYTES = 2 ** 30;
/** Lines within which a joined record is complete. */
const WINDOW = 20_000;

interface ParseOptions {
  readonly format?: string;
  readonly tz?: string;
  readonly now?: string;
  readonly host?: string;
}

/** `spoor parse`: one JSON object per event, in input order. The tool for trying a parser. */
export default {
  name: 'parse',
  register(program: Command) {
    program
      .command('parse')
      .description('print one JSON object per event of a log file')
      .argument('<file>', 'the file to read, or - for standard input')
      .option('--format <name>', 'use this parser only, instead of telling the format by content')
      .option('--tz <zone>', 'zone of time stamps that name none (default: this machine’s)')
      .option('--now <instant>', 'the instant that no time stamp without a year lies after (default: the file’s mtime)')
      .option('--host <name>', 'host of lines that name none')
      .action((file: string, options: ParseOptions) => parse(file, options));
  },
} satisfies CliCommand;

async function parse(file: string, options: ParseOptions): Promise<void> {
  const dispatch = createDispatch(parsers, options.format);
  const zone = options.tz === undefined ? localZone() : new Zone(options.tz);
  const source = file === '-' ? await heldSource('-', process.stdin as AsyncIterable<Buffer>) : await fileSource(file);
  const endMs = options.now === undefined ? source.mtimeMs : instant(options.now);
  const out = new OrderedOutput((text) => process.stdout.write(text));
  await readEvents(source, { dispatch, zone, endMs, host: options.host ?? '', emit: (event) => out.add(event) });
  out.flush();
}

function instant(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new AppError('E_USAGE', `--now "${text.slice(0, 80)}" is not an instant: give RFC 3339`);
  return at;
}

async function fileSource(path: string): Promise<EventSource> {
  const found = await stat(path).catch((cause) => {
    throw new AppError('E_NOT_FOUND', `cannot read "${path.slice(0, 80)}": ${(cause as Error).message}`, { cause });
  });
  if (found.isDirectory())
    throw new AppError(
      'E_USAGE',
      `"${path.slice(0, 80)}" is a folder: parse reads one file, investigate reads folders`,
    );
  await access(path, constants.R_OK).catch((cause) => {
    throw new AppError('E_UNREADABLE', `may not read "${path.slice(0, 80)}"`, { cause });
  });
  if (!found.isFile()) return heldSource(path, createReadStream(path) as AsyncIterable<Buffer>); // the shell's <(command)
  return { path, size: found.size, mtimeMs: found.mtimeMs, blocks: () => paced(path) };
}

/** A file's blocks, no faster than our output is taken away: a slow reader ("| less") must not fill the memory. */
async function* paced(path: string): AsyncGenerator<Buffer> {
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
    yield block;
  }
}

/** A stream that can be read but once, held so that it can be read twice. */
async function heldSource(path: string, stream: AsyncIterable<Buffer>): Promise<EventSource> {
  const held: Buffer[] = [];
  let size = 0;
  for await (const block of stream) {
    size += block.length;
    if (size > MAX_HELD_BYTES)
      throw new AppError('E_TOO_LARGE', `"${path.slice(0, 80)}" is no file and over 1 GiB: save it to a file first`);
    held.push(block);
  }
  return { path, size, mtimeMs: Date.now(), blocks: () => held };
}

/** Writes events in the order of their lines: a joined record is complete only some lines after it began. */
class OrderedOutput {
  readonly #write: (text: string) => void;
  #held: Event[] = [];

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(event: Event): void {
    this.#held.push(event);
    if (this.#held.length >= 2 * WINDOW) this.#release(event.line - WINDOW);
  }

  flush(): void {
    this.#release(Number.POSITIVE_INFINITY);
  }

  #release(before: number): void {
    const sorted = this.#held.sort((a, b) => a.line - b.line);
    const ready = sorted.filter((event) => event.line < before);
    this.#held = sorted.slice(ready.length);
    this.#write(ready.map(toLine).join(''));
  }
}

function toLine(event: Event): string {
  const { line, lines, parser, count } = event;
  const counted = count > 1 ? { count } : {};
  return `${JSON.stringify({ line, lines, ...counted, parser, event: toEcs(event) })}\n`;
}
