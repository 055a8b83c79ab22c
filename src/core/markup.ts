import { printable } from './text.ts';

/** A text in both languages of the page. */
export interface Twin {
  readonly en: string;
  readonly ko: string;
}

/** What a template takes: text is escaped, a twin becomes one span for each language, markup stays. */
export type Content = Markup | Twin | string | number | null | false | undefined | readonly Content[];

/** An attribute without a value, or none. */
interface Flag {
  readonly flag: 'open' | 'checked' | '';
}

/** Markup that `html` made, and nothing else can make: there is no way from a string to it but through escaping. */
class Made {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type Markup = Made;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const PLAIN = /^[ !#-%(-;=?-~]*$/;

/** Text of a stranger, for element content and for a quoted attribute alike: nothing in it is invisible, nothing is markup. */
function escaped(text: string): string {
  return PLAIN.test(text) ? text : printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

type Place = 'text' | 'value' | 'tag';

/** Attributes that take no text of a stranger. `href` only behind a `#`, or behind the beginning of a path of our own (`/x`). */
const CODE_ATTRIBUTE =
  /(?:\s(?:on[a-z]*|style|src|srcset|srcdoc|action|formaction)|[\s:](?:href)(?!="(?:#|\/[a-z])))="[^"]*$/i;

/** What comes after a character, outside and inside of tags and of quoted values. */
function after(character: string, place: Place): Place {
  if (place === 'text') return character === '<' ? 'tag' : 'text';
  if (character === '"') return place === 'tag' ? 'value' : 'tag';
  return place === 'tag' && character === '>' ? 'text' : place;
}

/** May no value at all stand here? */
function isUnsafe(place: Place, before: string): boolean {
  if (/<(?:script|style)\b/i.test(before)) return true;
  if (place === 'value') return CODE_ATTRIBUTE.test(before);
  return place === 'tag' && !/[\w"]$/.test(before);
}

/** Where each gap of a template stands. Throws for a place in which no value can be safe. */
function placesOf(strings: readonly string[]): Place[] {
  let place: Place = 'text';
  let before = '';
  return strings.slice(0, -1).map((text) => {
    for (const character of text) place = after(character, place);
    before += text;
    if (isUnsafe(place, before)) throw new Error(`no value may stand after: ${text.slice(-80)}`);
    return place;
  });
}

const places = new WeakMap<TemplateStringsArray, readonly Place[]>();

/**
 * Markup from a template. Whatever is put into it is escaped; in a tag only quoted attribute values and `flag` are taken.
 * Throws for a template with a value where none can be safe, whatever the value: such a template never works.
 */
export function html(strings: TemplateStringsArray, ...values: readonly (Content | Flag)[]): Markup {
  const known = places.get(strings) ?? placesOf(strings);
  places.set(strings, known);
  const parts = strings.map((text, at) =>
    at < values.length ? text + rendered(values[at], known[at] ?? 'tag') : text,
  );
  return new Made(parts.join(''));
}

function rendered(value: Content | Flag, place: Place): string {
  if (isFlag(value)) {
    if (place !== 'tag') throw new Error('a flag stands in a tag');
    return value.flag === '' ? '' : ` ${value.flag}`;
  }
  if (place === 'tag') throw new Error('a value in a tag must be quoted');
  if (place === 'text') return content(value);
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error('an attribute takes text');
  return escaped(String(value));
}

function content(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  if (value instanceof Made) return value.toString();
  if (Array.isArray(value)) return value.map(content).join('');
  return twin(value as Twin);
}

/** Both languages; the style sheet shows one. */
function twin({ en, ko }: Twin): string {
  if (en === ko) return escaped(en);
  return `<span class="en" lang="en">${escaped(en)}</span><span class="ko" lang="ko">${escaped(ko)}</span>`;
}

function isFlag(value: unknown): value is Flag {
  return typeof value === 'object' && value !== null && 'flag' in value;
}

/** `open` or `checked` when it holds, for a gap in a tag: `<details${flag('open', first)}>`. */
export function flag(name: 'open' | 'checked', holds: boolean): Flag {
  return { flag: holds ? name : '' };
}

/** Nothing. */
export const NOTHING: Markup = new Made('');

/** The one style element: text of this program, in which nothing of a story stands. */
export function styleElement(css: string): Markup {
  if (css.includes('<')) throw new Error('a style sheet holds no markup');
  return new Made(`<style>${css}</style>`);
}

/**
 * A sentence with gaps, in both languages: `fill({ en: '{host} was entered', ko: '{host}에 들어왔습니다' }, { host })`.
 * A gap without content stays empty.
 */
export function fill(pattern: Twin, gaps: Readonly<Record<string, Content>>): Markup {
  const filled = (text: string): Content[] =>
    text.split(/\{(\w+)\}/).map((part, at) => (at % 2 === 0 ? part : (gaps[part] ?? '')));
  if (pattern.en === pattern.ko) return html`${filled(pattern.en)}`;
  return html`<span class="en" lang="en">${filled(pattern.en)}</span><span class="ko" lang="ko">${filled(pattern.ko)}</span>`;
}

/** The same of texts: gaps are texts or twins. */
export function fillText(pattern: Twin, gaps: Readonly<Record<string, Twin | string | number>>): Twin {
  const filled = (language: 'en' | 'ko'): string =>
    pattern[language].replace(/\{(\w+)\}/g, (_, name: string) => {
      const gap = gaps[name] ?? '';
      return typeof gap === 'object' ? gap[language] : String(gap);
    });
  return { en: filled('en'), ko: filled('ko') };
}
