import { Utf8Blocks } from '../../core/encoding.ts';
import { type Event, has } from '../../core/event.ts';
import { parseIp } from '../../core/ip.ts';
import { decodeText, LineBlocks } from '../../core/lines.ts';
import { type Input, isRefusal, type Refusal } from '../../evidence/index.ts';
import type { Story } from '../../trace/story.ts';
import type { LineReader } from './line-reader.ts';

/** Lines of one address that are looked at: the first and the last of each. */
const HEAD = 24;
const TAIL = 24;
/** Of these, how many are told. */
const MOST = 10;
const MAX_LINE = 4096;
const V4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)/g;
const V4_OR_V6 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)|(?<![\da-f:])[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}/gi;

class Heap {
  readonly #head: string[] = [];
  readonly #tail: string[] = [];
  #next = 0;

  add(line: string): void {
    if (this.#head.length < HEAD) this.#head.push(line);
    else {
      this.#tail[this.#next % TAIL] = line;
      this.#next += 1;
    }
  }

  lines(): Set<string> {
    return new Set([...this.#head, ...this.#tail]);
  }
}

/**
 * Reads the evidence once more for lines that name these addresses, for a desk wants the lines with a source port, and a
 * story cites few. Inputs that cannot be read again add nothing.
 */
export async function linesNaming(
  inputs: AsyncIterable<Input | Refusal>,
  addresses: ReadonlySet<string>,
): Promise<Map<string, Set<string>>> {
  const heaps = new Map([...addresses].map((address) => [address, new Heap()]));
  const pattern = [...addresses].some((address) => address.includes(':')) ? V4_OR_V6 : V4;
  for await (const input of inputs) {
    if (isRefusal(input)) continue;
    const text = new Utf8Blocks();
    const blocks = new LineBlocks((block) => searchBlock(decodeText(block), pattern, heaps));
    try {
      for await (const block of input.open()) blocks.push(text.take(block));
    } catch {
      // It was read before and said then why it could not be read; what is known of it is enough.
    }
    blocks.end();
  }
  return new Map([...heaps].map(([address, heap]) => [address, heap.lines()]));
}

function searchBlock(text: string, pattern: RegExp, heaps: ReadonlyMap<string, Heap>): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [found] = match;
    const heap = heaps.get(found) ?? (found.includes(':') ? heaps.get(parseIp(found)?.text ?? '') : undefined);
    if (heap === undefined) continue;
    const start = text.lastIndexOf('\n', match.index) + 1;
    const end = text.indexOf('\n', match.index);
    const line = text.slice(start, end === -1 ? text.length : end).replace(/\r$/, '');
    if (line.length <= MAX_LINE && !line.includes('\0')) heap.add(Buffer.from(line).toString()); // a copy: a slice keeps its block alive
    pattern.lastIndex = end === -1 ? text.length : end;
  }
}

/** The lines that tell most of an attack by these addresses: theirs, hostile, in the time of the attack, with a source port. */
export function mostTelling(
  naming: ReadonlyMap<string, ReadonlySet<string>>,
  { attackers }: Pick<Story, 'attackers'>,
  readLine: LineReader,
): Map<string, string[]> {
  const spans = new Map(
    attackers.map(({ address, first, last }) => [address, { from: instant(first), to: instant(last) }]),
  );
  const told = new Map<string, string[]>();
  for (const [address, lines] of naming) {
    const span = spans.get(address);
    const chosen = [...lines]
      .map((raw) => ({ raw, weight: weightOf(readLine(raw), address, span) }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight);
    told.set(
      address,
      chosen.slice(0, MOST).map(({ raw }) => raw),
    );
  }
  return told;
}

const instant = (at: string | null): number => (at === null ? Number.NaN : Date.parse(at));

interface Span {
  readonly from: number;
  readonly to: number;
}

/** 0: none of an attack. */
function weightOf(event: Event | null, address: string, span: Span | undefined): number {
  if (event === null || span === undefined || parseIp(event.address)?.text !== address) return 0;
  if (event.time < span.from || event.time > span.to) return 0;
  const { fields } = event;
  const hostile =
    fields['event.kind'] === 'alert' || fields['event.outcome'] === 'failure' || has(fields, 'event.type', 'denied');
  const weight = (hostile ? 4 : 0) + (fields['spoor.preauth'] === true ? 1 : 0);
  return weight === 0 ? 0 : weight + (fields['source.port'] === undefined ? 0 : 2);
}
