/**
 * A text at one level of decoding: one character for each byte of its UTF-8 form, and for each byte the range of the
 * original's bytes that it came from.
 */
export interface View {
  readonly text: string;
  /** ASCII letters in lower case. */
  readonly lower: string;
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/** What writers of URLs, of JSON and of web logs do to a byte. */
const ESCAPE = /%([0-9a-f]{2})|\\x([0-9a-f]{2})|[%\\]u00([0-9a-f]{2})|&#(\d{1,3});|&#x([0-9a-f]{2});/gi;
/** `%2525252561` is one letter five times escaped. */
const MAX_LEVELS = 12;

/** A text as it stands, and as it reads when its escapes are undone once, twice, … */
export function viewsOf(text: string): View[] {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const start = Array.from(bytes, (_, at) => at);
  let view: View | null = viewWith(
    bytes,
    start,
    start.map((at) => at + 1),
  );
  const views: View[] = [];
  while (view !== null && views.length < MAX_LEVELS) {
    views.push(view);
    view = unescaped(view);
  }
  return views;
}

function viewWith(text: string, start: readonly number[], end: readonly number[]): View {
  return { text, lower: lowered(text), start, end };
}

/** Only ASCII: the other characters are bytes of longer ones. */
function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The bytes of a word, as `View.lower` has them. */
export function needleOf(word: string): string {
  return lowered(Buffer.from(word, 'utf8').toString('latin1'));
}

function unescaped(view: View): View | null {
  const parts: string[] = [];
  const start: number[] = [];
  const end: number[] = [];
  let done = 0;
  const copy = (until: number): void => {
    parts.push(view.text.slice(done, until));
    for (let at = done; at < until; at += 1) {
      start.push(view.start[at] as number);
      end.push(view.end[at] as number);
    }
  };
  for (const match of view.text.matchAll(ESCAPE)) {
    const code = codeOf(match);
    if (code > 0xff) continue;
    copy(match.index);
    done = match.index + match[0].length;
    parts.push(String.fromCharCode(code));
    start.push(view.start[match.index] as number);
    end.push(view.end[done - 1] as number);
  }
  if (done === 0) return null;
  copy(view.text.length);
  return viewWith(parts.join(''), start, end);
}

function codeOf([, percent, backslash, unicode, decimal, hex]: RegExpMatchArray): number {
  if (decimal !== undefined) return Number(decimal);
  return Number.parseInt(percent ?? backslash ?? unicode ?? hex ?? '', 16);
}
