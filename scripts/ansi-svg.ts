import stringWidth from 'string-width';

const CELL = { width: 8.4, height: 18, size: 14, margin: 16, bar: 34 } as const;
const BACKGROUND = '#10141a';
const TEXT = '#d5dbe3';
/** The 16 colours, in the order of SGR 30-37 and 90-97. */
const PALETTE = [
  '#10141a',
  '#ff6b68',
  '#8bd48b',
  '#e8c268',
  '#79b8ff',
  '#d7a6ff',
  '#6fd3e3',
  '#d5dbe3',
  '#7d8794',
  '#ff8f8c',
  '#a8e6a8',
  '#f5d98f',
  '#a5d0ff',
  '#e6c7ff',
  '#9be5f0',
  '#ffffff',
] as const; // prettier as a table
/** Backgrounds of badges: deeper, so that white or black on them can be read. */
const GROUND = ['#000000', '#c4302b', '#3f9b4f', '#e0b13a', '#2f6fd0', '#8a4fc4', '#1f93a8', '#c9d1d9'] as const;

interface Style {
  readonly bold: boolean;
  readonly color: string;
  readonly ground: string | null;
}

const PLAIN: Style = { bold: false, color: TEXT, ground: null };

/** The style after one SGR code (ECMA-48 §8.3.117), as far as our own output uses them. */
function after(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1 || code === 22) return { ...style, bold: code === 1 };
  if (code >= 30 && code <= 37) return { ...style, color: PALETTE[code - 30] ?? TEXT };
  if (code >= 90 && code <= 97) return { ...style, color: PALETTE[code - 82] ?? TEXT };
  if (code >= 40 && code <= 47) return { ...style, ground: GROUND[code - 40] ?? null };
  if (code === 39) return { ...style, color: TEXT };
  return code === 49 ? { ...style, ground: null } : style;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One piece of text at its column; every piece says its own place and length, whatever font there is. */
function piece(text: string, column: number, row: number, style: Style): string {
  const x = (CELL.margin + column * CELL.width).toFixed(1);
  const y = CELL.bar + CELL.margin + row * CELL.height;
  const width = (stringWidth(text) * CELL.width).toFixed(1);
  const ground = style.ground
    ? `<rect x="${x}" y="${y - 1}" width="${width}" height="${CELL.height}" rx="3" fill="${style.ground}"/>`
    : '';
  if (text.trim() === '') return ground;
  const weight = style.bold ? ' font-weight="700"' : '';
  const length = `textLength="${width}" lengthAdjust="spacingAndGlyphs"`;
  return `${ground}<text x="${x}" y="${y + 13}" fill="${style.color}"${weight} ${length} xml:space="preserve">${escaped(text)}</text>`;
}

/** A run of blanks wider than a word gap need not be drawn: pieces begin at their words, which keeps columns exact. */
function pieces(text: string, column: number, row: number, style: Style): string {
  if (style.ground) return piece(text, column, row, style);
  let drawn = '';
  for (const { 0: words, index } of text.matchAll(/\S+(?: \S+)*/g))
    drawn += piece(words, column + stringWidth(text.slice(0, index)), row, style);
  return drawn;
}

function drawLine(line: string, row: number): string {
  let style = PLAIN;
  let column = 0;
  let drawn = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR codes are what this reads
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    if (part.startsWith('\u001b')) {
      for (const code of part.slice(2, -1).split(';')) style = after(style, Number(code));
      continue;
    }
    drawn += pieces(part, column, row, style);
    column += stringWidth(part);
  }
  return drawn;
}

/**
 * Terminal output with SGR colours as a picture of a terminal: SVG that needs no script, no style sheet and no font of
 * its own, so that it shows on a web page that allows none of them. `title` stands in the bar and is the alternative text.
 */
export function ansiToSvg(output: string, columns: number, title: string): string {
  const lines = output.replace(/\n+$/, '').split('\n');
  const width = Math.ceil(2 * CELL.margin + columns * CELL.width);
  const height = CELL.bar + 2 * CELL.margin + lines.length * CELL.height;
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, at) => `<circle cx="${20 + at * 20}" cy="17" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" font-family="ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${CELL.size}">
<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}"/>
<rect width="${width}" height="${CELL.bar}" rx="10" fill="#1b212a"/>
${lights.join('')}
<text x="${width / 2}" y="22" fill="#8b95a3" text-anchor="middle">${escaped(title)}</text>
${lines.map(drawLine).join('\n')}
</svg>
`;
}
