import { type Content, fill, fillText, flag, html, type Markup, NOTHING, type Twin } from '../../core/markup.ts';
import type { Citation, Entry, Place, Story } from '../../trace/story.ts';
import { byTime, type Clock, clockOf } from '../clock.ts';
import { korean } from '../korean/book.ts';
import { type PathNames, pathsOf } from '../paths.ts';
import { number } from '../words.ts';
import { countryName } from './countries.ts';
import { TERMS } from './terms.ts';
import { HEADINGS, METHOD, type SectionName, w } from './words.ts';

export type Language = 'en' | 'ko';

/** A story with all that the parts of the page need to tell it. */
export interface Page {
  readonly story: Story;
  readonly language: Language;
  readonly clock: Clock;
  readonly paths: PathNames;
  /** Entries in order of time. */
  readonly entries: readonly Entry[];
  /** A sentence of the story in both languages; one that no phrase fits stays English and is counted. */
  readonly say: (sentence: string) => Twin;
  /** Sentences that stayed English until now. */
  readonly untranslated: ReadonlySet<string>;
}

/** Prepares a story for the page. */
export function pageOf(story: Story, language: Language): Page {
  const untranslated = new Set<string>();
  const known = new Map<string, Twin>();
  const say = (sentence: string): Twin => {
    const told = known.get(sentence);
    if (told) return told;
    const ko = korean(sentence);
    if (ko === null && /[A-Za-z]{3,} /.test(sentence)) untranslated.add(sentence);
    const both = w(sentence, ko ?? sentence);
    known.set(sentence, both);
    return both;
  };
  return {
    story,
    language,
    clock: clockOf(story),
    paths: pathsOf(story),
    entries: [...story.entries].sort(byTime),
    say,
    untranslated,
  };
}

/** A part of the page with its heading; nothing when it has no content. */
export function section(name: SectionName, ...content: readonly (Markup | false | null)[]): Markup {
  const parts = content.filter((part): part is Markup => part !== false && part !== null && String(part) !== '');
  if (parts.length === 0) return NOTHING;
  return html`<section id="${name}" aria-labelledby="h-${name}"><h2 id="h-${name}">${HEADINGS[name]}</h2>${parts}</section>`;
}

const MAX_RAW = 2000;
const MAX_PATH = 4096;
const MAX_LINES = 12;

/** A raw line with its place. */
function rawLine({ paths }: Page, citation: Citation): Markup {
  const { raw } = citation;
  const shown = raw.length > MAX_RAW ? `${raw.slice(0, MAX_RAW)}…` : raw;
  return html`<li><span class="cite">${paths.cite(citation, MAX_PATH) || '–'}</span> <code>${shown}</code></li>`;
}

/** Raw lines with file and line, each once. */
export function rawLines(page: Page, evidence: readonly Citation[], most = MAX_LINES): Markup {
  if (evidence.length === 0) return NOTHING;
  const left = evidence.length - most;
  return html`<ul class="raw">${evidence.slice(0, most).map((one) => rawLine(page, one))}</ul>${
    left > 0 && html`<p class="note">${counted(TERMS.moreLines, left)}</p>`
  }`;
}

/** The same behind a click. */
export function evidenceOf(page: Page, evidence: readonly Citation[], open = false): Markup {
  if (evidence.length === 0) return NOTHING;
  const label = evidence.length === 1 ? TERMS.evidence1 : counted(TERMS.evidence, evidence.length);
  return html`<details class="ev"${flag('open', open)}><summary>${label}</summary>${rawLines(page, evidence)}</details>`;
}

/** A sentence with a number, written with its separators. */
export function counted(pattern: Twin, n: number): Twin {
  return fillText(pattern, { n: number(n) });
}

/** `… 31 more: spoor investigate --json --top 0 names them all`; nothing when none is left. */
export function andMore(left: number): Markup {
  return left > 0 ? html`<p class="note">${counted(TERMS.more, left)}</p>` : NOTHING;
}

/** The reasons of a claim, as a list. */
export function reasonsOf(page: Page, reasons: readonly string[]): Markup {
  if (reasons.length === 0) return NOTHING;
  return html`<ul class="reasons">${reasons.map((reason) => html`<li>${page.say(reason)}</li>`)}</ul>`;
}

/** `Netherlands · AS64500 Example Hosting`; nothing when all is unknown. */
export function placeName({ country, asn, organisation }: Place): Twin | null {
  const network = [asn === undefined ? '' : `AS${asn}`, organisation ?? ''].filter(Boolean).join(' ');
  const name = country === undefined ? w('', '') : countryName(country);
  if (name.en === '' && network === '') return null;
  const joined = (text: string): string => [text, network].filter(Boolean).join(' · ');
  return w(joined(name.en), joined(name.ko));
}

/** `by password`; null when the way is unknown. */
export function methodName(method: string): Twin | null {
  return method === '' ? null : (METHOD.get(method) ?? w(`by ${method}`, `${method} 방식으로`));
}

/** A name in bold, or what stands for it when it is unknown. */
export function strong(name: string, unknown: Twin): Markup {
  return html`<strong>${name === '' ? unknown : name}</strong>`;
}

/** A text in which what stands between backticks is to be typed. */
export function prose({ en, ko }: Twin): Markup {
  const told = (text: string): Content[] =>
    text.split('`').map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`));
  if (en === ko) return html`${told(en)}`;
  return html`<span class="en" lang="en">${told(en)}</span><span class="ko" lang="ko">${told(ko)}</span>`;
}

/** A number of tries: `1 try`, `412 tries`. */
export function tries(count: number): Twin {
  return count === 1 ? TERMS.oneTry : counted(TERMS.tries, count);
}

/** Names in a row: `gate, shop and vault`; beyond `most` they are counted. */
export function nameList(names: readonly string[], most = 6): Markup {
  const shown = names.slice(0, most).map((name) => html`<strong>${name}</strong>`);
  const left = names.length - shown.length;
  const last = shown.length - 1;
  const parts = shown.map((name, at) => {
    if (at === 0) return name;
    return at === last && left === 0 ? html`${w(' and ', ', ')}${name}` : html`, ${name}`;
  });
  return left > 0 ? html`${parts}${fill(w(' and {n} more', ' 외 {n}개'), { n: number(left) })}` : html`${parts}`;
}
