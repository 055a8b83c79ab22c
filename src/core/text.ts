import stringWidth from 'string-width';

let unsafePattern: RegExp | undefined;

/**
 * What a terminal, an editor or a reader could be fooled by: control characters (ESC starts terminal commands), format
 * characters (bidi controls reorder a line), whatever Unicode lets a renderer leave out (zero-width characters, fillers,
 * variation selectors, the byte order mark), line and paragraph separators, lone surrogates, the Braille blank. Made when it
 * is first asked for: that takes longer than to load most modules, and most texts are plain.
 */
function unsafe(): RegExp {
  unsafePattern ??= /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
  return unsafePattern;
}
const PLAIN = /^[ -~]*$/;
const SHORT = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);
const ELLIPSIS = '…';

function escaped(character: string): string {
  const known = SHORT.get(character);
  if (known) return known;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/**
 * Text of a stranger, safe to show: unsafe characters are spelled out (`\x1b`, `\u202e`, `\u{e0041}`, `\n`), all others
 * stay. A longer result is cut to `max` UTF-16 units, ellipsis included, never inside a character or an escape.
 * For eyes only: a backslash stays single, so the result cannot be turned back.
 */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  // No unit of input makes less than one of output: what lies beyond max need not be looked at.
  const head = text.length > max ? text.slice(0, max + 1) : text;
  const shown = PLAIN.test(head) ? head : head.replace(unsafe(), escaped);
  return shown.length <= max ? shown : cut(head, max);
}

function cut(text: string, max: number): string {
  let shown = '';
  for (const character of text) {
    const piece = PLAIN.test(character) ? character : character.replace(unsafe(), escaped);
    if (shown.length + piece.length > max - 1) break;
    shown += piece;
  }
  return max < 1 ? '' : shown + ELLIPSIS;
}

/** Full-width forms count: spreadsheets of East Asian locales read them as operators. */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/**
 * A value as text of a CSV cell that no spreadsheet runs and no terminal obeys: printable, and with a leading `'` where
 * it could begin a formula (OWASP, "CSV Injection"; a tab or line break in front is no help to the attacker). Numbers
 * stay numbers, also negative ones. Quotes and commas are the CSV writer's business, which must quote every cell that
 * holds one.
 */
export function cell(value: string | number | boolean | null | undefined): string {
  if (typeof value !== 'string') return value === null || value === undefined ? '' : String(value);
  const shown = printable(value);
  return FORMULA.test(value) || FORMULA.test(shown) ? `'${shown}` : shown;
}

/** A number as people read it: `1,204`. */
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `1 try`, `1,204 tries`. The plural defaults to the singular with an s. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${grouped.format(value)} ${value === 1 ? one : many}`;
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const UNITS_A_COLUMN = 8; // more UTF-16 units in one column are a heap of marks that runs into other lines

/** As much of printable text as fits into `columns`, cut between graphemes. */
function begin(text: string, columns: number): string {
  let shown = '';
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += stringWidth(segment);
    if (width > columns) break;
    shown += segment;
  }
  return shown;
}

const widthOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/**
 * Text made printable and exactly `columns` terminal columns wide: padded with spaces (on the left for `right`), or cut
 * with an ellipsis. Wide characters count two, marks none; one that would be cut in half is left out. Colour goes
 * around the result, not into it.
 */
export function fit(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  if (columns <= 0) return '';
  const safe = printable(text, columns * UNITS_A_COLUMN);
  if (safe.length > columns && PLAIN.test(safe)) return safe.slice(0, columns - 1) + ELLIPSIS;
  const shown = widthOf(safe) <= columns ? safe : begin(safe, columns - 1) + ELLIPSIS;
  const space = ' '.repeat(Math.max(0, columns - widthOf(shown)));
  return align === 'left' ? shown + space : space + shown;
}
