import type { RuleGroup } from './catalogue.ts';
import { featuresOf } from './features.ts';
import type { Rule, View } from './rule.ts';

/** One reason to take a request for hostile. */
export interface Finding {
  /** `rule.category`. */
  readonly category: string;
  /** `rule.name`. */
  readonly name: string;
  /** ATT&CK technique. */
  readonly technique: string;
}

/** Findings of one request that are kept. */
export const MAX_FINDINGS = 8;
const NONE: readonly Finding[] = [];

/** The rules that match a decoded text from one place of a request. */
export function matches(decoded: string, where: number, groups: readonly RuleGroup[]): readonly Finding[] {
  const features = featuresOf(decoded);
  const views = new Views(decoded);
  let found: Rule[] | null = null;
  for (const group of groups) {
    if ((features & group.needs) !== group.needs || !group.any.test(views.get(group.view))) continue;
    const held = group.rules.filter((rule) => holds(rule, where, views));
    found = found === null ? held : [...found, ...held];
    if (found.length >= MAX_FINDINGS) break;
  }
  return found ?? NONE;
}

function holds(rule: Rule, where: number, views: Views): boolean {
  if ((rule.where & where) === 0 || !rule.pattern.test(views.get(rule.view))) return false;
  return !rule.hidden || !rule.pattern.test(views.get('text').replace(/['"\\^$]+/g, ' ')); // quoted as a whole
}

/** The forms of one text, each made when first asked for. */
class Views {
  readonly #cased: string;
  #text: string | null = null;
  #sql: string | null = null;
  #shell: string | null = null;

  constructor(decoded: string) {
    this.#cased = decoded;
  }

  get(view: View): string {
    if (view === 'cased') return this.#cased;
    this.#text ??= foldBlanks(this.#cased.toLowerCase());
    if (view === 'text') return this.#text;
    if (view === 'sql') this.#sql ??= withoutComments(this.#text);
    else this.#shell ??= asShell(this.#text);
    return (view === 'sql' ? this.#sql : this.#shell) as string;
  }
}

function foldBlanks(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[ \t\v\f\u00a0]+/g, ' ');
}

/** A tag with nothing in it, for a filter that takes tags out and leaves the word. */
const CUT_WORD = /(?<=[a-z])<>(?=[a-z])/g;

/** SQL with its comments gone and what MySQL runs inside them left: `/*!50000select*​/` is `select`. */
function withoutComments(text: string): string {
  const flat = text.replace(/\n/g, ' ').replace(CUT_WORD, '');
  if (!flat.includes('/*')) return flat.replace(/ {2,}/g, ' ');
  return flat
    .replace(/\/\*[^*!+\uE000]{0,200}\*\//g, '/**/')
    .replace(/(?<![\w)])\/\*\*\/|\/\*\*\/(?![\w(])/g, ' ')
    .replace(/ {2,}/g, ' ');
}

/** An apostrophe as in "I'd": a shell would take what follows, blanks and all, for a part of the same word. */
const CONTRACTION = /(?<=[\s\uE001;,.!?(][a-z]{1,10})'(?=(?:d|ll|m|re|s|t|ve)[\s,.!?)])/g;

/** Three words and more in a row, "java; perl; php": a list, but where a word is one that only a shell knows. */
const WORD_LIST =
  /(?<=\uE001)(?![^\uE000]{0,400}\b(?:ls|pwd|ps|env|df|sh|whoami|uname|ifconfig|netstat|hostname|passwd)\b)[a-z][a-z ]{1,40} ?[;|](?: ?[a-z]{2,20} ?[;|]){1,20} ?[a-z ]{2,40}(?=\uE000|$)/g;

/** What a shell makes of quotes, backslashes, carets and empty expansions: nothing. */
function asShell(text: string): string {
  const chained = /[;|]/.test(text) ? text.replace(WORD_LIST, (list) => list.replace(/[;|]/g, ',')) : text;
  if (!/['"\\^$]/.test(chained)) return chained;
  return chained
    .replace(CONTRACTION, '\u2019')
    .replace(/\$\{?ifs\}?(?:\$\d)?|\$\{ifs[^}]{0,20}\}/g, ' ')
    .replace(/\$(?:[@*!?#_-](?!\w)|\{[^}\uE000]{0,20}\}|[x]{2}\b|\((?:echo)?\))/g, '')
    .replace(/\\\n/g, '')
    .replace(/['"\\^]/g, '');
}
