import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { printable } from '../core/text.ts';
import type { Verdict } from '../trace/story.ts';

/** What a piece of text is to the reader; the colour follows from it. */
export type Tone = 'plain' | 'strong' | 'faint' | 'bad' | 'warn' | 'good' | 'code' | 'label' | `badge-${Verdict}`;

/** Text of one tone. Made by `say` only, so that nothing reaches the terminal unless it is printable. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of output, not yet cut to the terminal's width. */
export type Line = readonly Span[];

const MAX_TEXT = 2000; // UTF-16 units of one span: more than any screen shows of one field
const PLAIN = /^[ -~]*$/;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ELLIPSIS = '…';

const HEAP = /(\p{M}{4})\p{M}+/gu; // marks heaped on one character run over other lines

/** Text of a stranger or of ours, made printable. */
export function say(text: string, tone: Tone = 'plain'): Span {
  const shown = printable(text, MAX_TEXT);
  return { text: PLAIN.test(shown) ? shown : shown.replace(HEAP, '$1'), tone };
}

/** A line of several parts; a bare string is plain. */
export function line(...parts: readonly (string | Span)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? say(part) : part));
}

/** Columns that printable text takes: wide characters two, marks none. */
export function columnsOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** Columns that a line takes. */
export function lineColumns(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + columnsOf(text), 0);
}

/** As much of printable text as fits into `columns`, cut between graphemes. */
function begin(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, columns));
  let shown = '';
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += columnsOf(segment);
    if (used > columns) break;
    shown += segment;
  }
  return shown;
}

/** Printable text cut at its beginning, so that its end (a file's name, a line's number) stays. */
export function cutStart(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const graphemes = [...GRAPHEMES.segment(text)].map(({ segment }) => segment);
  let at = graphemes.length;
  let used = 1;
  while (at > 0 && used + columnsOf(graphemes[at - 1] as string) <= columns) {
    at -= 1;
    used += columnsOf(graphemes[at] as string);
  }
  return columns < 1 ? '' : ELLIPSIS + graphemes.slice(at).join('');
}

/** The line, cut to `columns` with an ellipsis where it is longer. */
function cutLine(spans: Line, columns: number): Line {
  if (lineColumns(spans) <= columns) return spans;
  const kept: Span[] = [];
  let room = columns - 1;
  for (const { text, tone } of spans) {
    const part = begin(text, room);
    kept.push({ text: part, tone });
    room -= columnsOf(part);
    if (part !== text) break;
  }
  const last = kept[kept.length - 1];
  return columns < 1 ? [] : [...kept, { text: ELLIPSIS, tone: last?.tone ?? 'plain' }];
}

/** The line, filled up with spaces to `columns`. */
export function padLine(spans: Line, columns: number, align: 'left' | 'right' = 'left'): Line {
  const space = columns - lineColumns(spans);
  if (space <= 0) return spans;
  const filler: Span = { text: ' '.repeat(space), tone: 'plain' };
  return align === 'left' ? [...spans, filler] : [filler, ...spans];
}

/** Words and the spaces between them. */
function words(spans: Line): Span[] {
  return spans.flatMap(({ text, tone }) => (text.match(/ +|[^ ]+/g) ?? []).map((word) => ({ text: word, tone })));
}

/** Cuts a word that is wider than a whole line into pieces that are not. */
function pieces(word: Span, columns: number): Span[] {
  const found: Span[] = [];
  let rest = word.text;
  while (columnsOf(rest) > columns) {
    const head = begin(rest, columns) || (rest.match(/^./u)?.[0] ?? rest);
    found.push({ text: head, tone: word.tone });
    rest = rest.slice(head.length);
  }
  return [...found, { text: rest, tone: word.tone }];
}

/** Breaks a line at its spaces into lines of at most `columns`; what is left after `most` lines ends in an ellipsis. */
export function wrap(spans: Line, columns: number, most = Number.POSITIVE_INFINITY): Line[] {
  if (lineColumns(spans) <= columns || columns < 2) return [cutLine(spans, columns)];
  const lines: Span[][] = [[]];
  let used = 0;
  for (const word of words(spans).flatMap((found) => pieces(found, columns))) {
    const width = columnsOf(word.text);
    if (used + width > columns) {
      lines.push([]);
      used = 0;
    }
    if (used === 0 && word.text.startsWith(' ') && lines.length > 1) continue; // no space begins a broken line
    lines[lines.length - 1]?.push(word);
    used += width;
  }
  if (lines.length <= most) return lines.map(trimLine);
  const kept = lines.slice(0, most);
  const rest = lines.slice(most - 1).flat();
  return [...kept.slice(0, -1).map(trimLine), cutLine(rest, columns)];
}

function trimLine(spans: Line): Line {
  const kept = [...spans];
  while (kept.length > 0 && kept[kept.length - 1]?.text.trim() === '') kept.pop();
  const last = kept.pop();
  return last ? [...kept, { text: last.text.trimEnd(), tone: last.tone }] : [];
}

/** A line after a dot, with its continuation set in. */
export function bullet(spans: Line, room: number, most = 2): Line[] {
  return wrap(spans, Math.max(2, room - 2), most).map((found, at) => [say(at === 0 ? '· ' : '  ', 'faint'), ...found]);
}

/** Items side by side, three spaces apart, on as many lines as it takes; none is broken, too long ones are cut. */
export function sideBySide(items: readonly Span[], room: number): Line[] {
  const lines: Span[][] = [];
  let used = room;
  for (const item of items) {
    const width = columnsOf(item.text);
    if (used + 3 + width > room) {
      lines.push([item]);
      used = width;
    } else {
      lines[lines.length - 1]?.push({ text: '   ', tone: 'plain' }, item);
      used += 3 + width;
    }
  }
  return lines.map((spans) => cutLine(spans, room));
}

type Paint = (text: string) => string;

function palette(color: boolean): Readonly<Record<Tone, Paint>> {
  const c = picocolors.createColors(color);
  return {
    plain: (text) => text,
    strong: c.bold,
    faint: c.gray,
    bad: (text) => c.bold(c.red(text)),
    warn: c.yellow,
    good: c.green,
    code: c.cyan,
    label: c.bold,
    'badge-breached': (text) => c.bold(c.bgRed(c.whiteBright(text))),
    'badge-attacked': (text) => c.bold(c.bgYellow(c.black(text))),
    'badge-quiet': (text) => c.bold(c.bgGreen(c.black(text))),
    'badge-cannot_tell': (text) => c.bold(c.bgMagenta(c.whiteBright(text))),
  };
}

/** The finished text: each line cut to `columns`, coloured if wanted, without spaces at its end, with a line feed. */
export function paint(lines: readonly Line[], columns: number, color: boolean): string {
  const tones = palette(color);
  const painted = lines.map((spans) =>
    trimLine(cutLine(spans, columns))
      .map(({ text, tone }) => (text === '' ? '' : tones[tone](text)))
      .join(''),
  );
  return `${painted.join('\n')}\n`;
}
