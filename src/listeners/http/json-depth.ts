import { Refusal } from './problem.ts';

// Hot path: runs over each byte of a body.

/** Objects and lists within each other: more is refused. Millions of brackets cost JSON.parse seconds, and no log has them. */
export const MAX_DEPTH = 200;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Is this JSON deeper than is taken? By brackets and strings alone, in one walk: what is no JSON may be told either way. */
export function isTooDeep(json: Buffer): boolean {
  if (json.length <= MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json[at] as number;
    if (code === QUOTE) at = stringEnd(json, at);
    else if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

// Where the string ends that begins at `at`.
function stringEnd(json: Buffer, at: number): number {
  let place = at + 1;
  while (place < json.length && json[place] !== QUOTE) place += json[place] === BACKSLASH ? 2 : 1;
  return place;
}

export const tooDeep = (): Refusal =>
  new Refusal(400, 'too_deep', `JSON of more than ${MAX_DEPTH} levels is not taken`);
