/** A request as the judgement sees it: log escapes undone, absent parts ''. */
export interface HttpRequest {
  /** The whole request line, for those that are not HTTP. */
  readonly request: string;
  readonly method: string;
  /** Request target as sent, percent-encoding and all. */
  readonly target: string;
  readonly version: string;
  /** 0: not known. */
  readonly status: number;
  readonly referrer: string;
  readonly userAgent: string;
}

/** Kinds of characters a text holds, so that a rule is asked only where it can match. */
export const QUOTE = 1; // ' " `
export const ANGLE = 2; // < >
export const PAREN = 4; // ( )
export const BREAK = 8; // ; | & or a line's end inside a value
export const DOLLAR = 16;
export const BRACE = 32; // { }
export const BRACKET = 64; // [ ]
export const BACKSLASH = 128;
export const SPACE = 256;
export const COLON = 512;
export const SLASH = 1024;
export const PERCENT = 2048;
export const STAR = 4096; // * ?
export const HASH = 8192;
export const CONTROL = 16_384;
export const BANG = 32_768; // ! ^ ~
export const AT = 65_536;
export const EQUALS = 131_072; // inside a value
export const DOT = 262_144;
export const MINUS = 524_288; // -
export const WORD = 0; // nothing but letters and digits

/** Where a text comes from. */
export const TARGET = 1;
export const AGENT = 2;
export const REFERRER = 4;
export const HEADERS = AGENT | REFERRER;
export const ANYWHERE = TARGET | HEADERS;

/**
 * The forms a rule can look at. `text`: decoded, lower case, blanks folded. `sql`: comments opened. `shell`: the quoting
 * and expansions that a shell drops are gone. `cased`: decoded, as it stood.
 */
export type View = 'text' | 'sql' | 'shell' | 'cased';

/** Marks the beginning of a parameter's name; in front of it stands the path or the parameter before. */
export const NAME = '\uE000';
/** Marks the beginning of a parameter's value. */
export const VALUE = '\uE001';
/** Matches where a value ends, in the source of a pattern. */
export const VALUE_END = String.raw`(?:\uE000|$)`;

/** The pattern of a source that is put together. */
export const re = (source: string): RegExp => new RegExp(source);

/** One way in which a text gives an attack away. */
export interface Rule {
  readonly name: string;
  /** `rule.category` of the event. */
  readonly category: string;
  /** ATT&CK technique. */
  readonly technique: string;
  /** Kinds of characters without which it cannot match; all of them. */
  readonly needs: number;
  readonly view: View;
  readonly where: number;
  /** Linear in its text: no nested quantifiers. */
  readonly pattern: RegExp;
  /** Set: the pattern must not match the plain text, so that only what hides is found. */
  readonly hidden: boolean;
}

/** A line of a family's table: name, needed characters, pattern, and what differs from the family. */
export type RuleLine = readonly [name: string, needs: number, pattern: RegExp, options?: Partial<Rule>];

/** The rules of one family. Most look at `text` of the target. */
export function family(
  category: string,
  technique: string,
  lines: readonly RuleLine[],
  common: Partial<Rule> = {},
): Rule[] {
  return lines.map(([name, needs, pattern, options]) => ({
    name,
    category,
    technique,
    needs,
    pattern,
    view: 'text',
    where: TARGET,
    hidden: false,
    ...common,
    ...options,
  }));
}
