import { AppError } from '../../../core/errors.ts';

/** No line of a list is longer: what is, is no list. */
const MAX_LINE = 65_536;

/** An error that says where a list is broken, and quotes it. */
export function broken(line: number, what: string, quoted?: string): AppError {
  const said = quoted === undefined ? '' : ` ${JSON.stringify(quoted.slice(0, 80))}`;
  return new AppError('E_MALFORMED', `line ${line}:${said} ${what}`);
}

/** The lines of a text, without their ends. Throws E_MALFORMED for one that is too long. */
export function* linesOf(text: string): Generator<readonly [line: string, number: number]> {
  let number = 0;
  for (let at = 0; at < text.length; ) {
    number += 1;
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    if (end - at > MAX_LINE) throw broken(number, `is longer than ${MAX_LINE} characters`);
    yield [text.slice(at, end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end), number];
    at = end + 1;
  }
}
