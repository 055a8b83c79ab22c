const BACKSLASH = 0x5c;

/**
 * The offset of the quote that closes what begins at `from`, or -1. Apache and nginx write a quote inside as `\"` or
 * `\x22`, so a backslash takes the next character with it (Apache mod_log_config, "Format Notes"; ngx_http_log_escape).
 */
export function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at > from && isEscaped(line, from, at)) at = line.indexOf('"', at + 1);
  return at;
}

function isEscaped(line: string, from: number, at: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes >= from && line.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}

/**
 * The quote that closes a request, told by the status behind it: `" 200 `. Servers that do not escape quotes let a client
 * end the field early; the first quote that a status follows wins then. -1 when there is none.
 */
export function closingRequest(line: string, from: number): number {
  const first = closingQuote(line, from);
  if (first === -1 || isStatus(line, first + 1)) return first === -1 ? -1 : first;
  for (let at = line.indexOf('"', from); at !== -1; at = line.indexOf('"', at + 1))
    if (isStatus(line, at + 1)) return at;
  return -1;
}

/** Does ` 200 `, ` 200` and the end, or ` - ` stand at `at`? */
function isStatus(line: string, at: number): boolean {
  if (line.charCodeAt(at) !== 0x20) return false;
  if (line.charCodeAt(at + 1) === 0x2d) return line.charCodeAt(at + 2) === 0x20;
  for (let digit = at + 1; digit < at + 4; digit += 1) {
    const code = line.charCodeAt(digit);
    if (!(code >= 48 && code <= 57)) return false;
  }
  const after = line.charCodeAt(at + 4);
  return Number.isNaN(after) || after === 0x20;
}

const ESCAPE = /(?:\\x[0-9a-f]{2})+|\\[\\"'bfnrtv]/gi;
const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The text that a server's log escapes stand for. Bytes that are not UTF-8 become U+FFFD. */
export function unescapeLogged(text: string): string {
  if (text.indexOf('\\') === -1) return text;
  return text.replace(ESCAPE, (found) => {
    if (found.length === 2) return CONTROLS[found.charAt(1)] ?? found.charAt(1);
    return Buffer.from(found.replace(/\\x/gi, ''), 'hex').toString('utf8');
  });
}
