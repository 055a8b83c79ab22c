import { addressesIn, findAddresses } from './addresses.ts';
import { findEncoded } from './encoded.ts';
import type { Found, LeftOutKind, OwnWords } from './own-words.ts';
import { findSecrets } from './secrets.ts';
import { type View, viewsOf } from './view.ts';

const PLACEHOLDER = /\[(?:user|host|address|secret|mail|path)-\d{1,9}\]/g;
/** More of a line is no evidence, and costs time. */
const MAX_LINE = 4096;
/** What is cut off a line that was cut, so that no half of a secret stands at its end. */
const MARGIN = 512;
const MAX_ROUNDS = 32;

/** A range of the original's bytes. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly kind: LeftOutKind;
  readonly value: string;
}

/** What was left out of one report: for each kind how many different things, and how often. */
export class LeftOut {
  readonly #seen = new Map<LeftOutKind, { readonly values: Set<string>; times: number }>();

  note(kind: LeftOutKind, placeholder: string, times = 1): void {
    const seen = this.#seen.get(kind) ?? { values: new Set<string>(), times: 0 };
    seen.values.add(placeholder);
    seen.times += times;
    this.#seen.set(kind, seen);
  }

  /** Counts what another counted as well. */
  add(other: LeftOut): void {
    for (const [kind, { values, times }] of other.#seen) {
      for (const value of values) this.note(kind, value, 0);
      this.note(kind, [...values][0] ?? '', times);
    }
  }

  /** Kinds in a fixed order; none that did not occur. */
  counts(): { readonly kind: LeftOutKind; readonly different: number; readonly times: number }[] {
    const order: readonly LeftOutKind[] = ['user', 'host', 'address', 'secret', 'mail', 'path'];
    return order.flatMap((kind) => {
      const seen = this.#seen.get(kind);
      return seen === undefined ? [] : [{ kind, different: seen.values.size, times: seen.times }];
    });
  }
}

export interface RedactorOptions {
  /** Names of one's own users and hosts, and secrets that were met. */
  readonly words: OwnWords;
  /** Addresses that may be named, in canonical form: those that are reported. All others are left out. */
  readonly allowed: ReadonlySet<string>;
}

/**
 * Takes out of text what must not go outside, also where it is URL-encoded, escaped or in base64, and puts placeholders in
 * its place: the same thing has the same one in all texts of a run. Text that was redacted once stays as it is.
 */
export class Redactor {
  readonly #options: RedactorOptions;
  readonly #numbers = new Map<string, string>();
  readonly #used = new Map<LeftOutKind, number>();

  constructor(options: RedactorOptions) {
    this.#options = options;
  }

  redact(line: string, leftOut?: LeftOut): string {
    let text = line.length > MAX_LINE ? line.slice(0, MAX_LINE) : line;
    for (let round = 0; ; round += 1) {
      const spans = united(this.#spansOf(text));
      if (spans.length === 0) break;
      if (round === MAX_ROUNDS) return '…';
      text = this.#replace(text, spans, leftOut);
    }
    return line.length > MAX_LINE
      ? `${text.slice(0, Math.max(0, text.length - MARGIN)).replace(/\[[^\]]*$/, '')}…`
      : text;
  }

  #spansOf(text: string): Span[] {
    const views = viewsOf(text);
    const [plain] = views as [View, ...View[]];
    const kept = this.#keptIn(plain);
    return views.flatMap((view) =>
      this.#find(view)
        .map(({ from, to, kind, value }) => ({
          from: view.start[from] as number,
          to: view.end[to - 1] as number,
          kind,
          value,
        }))
        .filter(({ from, to }) => !kept.some((range) => from >= range.from && to <= range.to)),
    );
  }

  /** Placeholders, and the addresses that are reported, stay. */
  #keptIn({ text }: View): { readonly from: number; readonly to: number }[] {
    const kept = Array.from(text.matchAll(PLACEHOLDER), (match) => ({
      from: match.index,
      to: match.index + match[0].length,
    }));
    return [...kept, ...addressesIn(text).filter(({ address }) => this.#options.allowed.has(address))];
  }

  #find(view: View): Found[] {
    const { words, allowed } = this.#options;
    const find = (part: Pick<View, 'text' | 'lower'>): Found[] => [
      ...words.find(part.lower),
      ...findSecrets(part),
      ...findAddresses(part.text, allowed),
    ];
    return [...find(view), ...findEncoded(view.text, words, find)];
  }

  #replace(text: string, spans: readonly Span[], leftOut: LeftOut | undefined): string {
    const bytes = Buffer.from(text, 'utf8');
    const parts: string[] = [];
    let done = 0;
    for (const { from, to, kind, value } of spans) {
      const placeholder = this.#placeholder(kind, value);
      leftOut?.note(kind, placeholder);
      parts.push(bytes.toString('utf8', done, from), placeholder);
      done = to;
    }
    parts.push(bytes.toString('utf8', done));
    return parts.join('');
  }

  #placeholder(kind: LeftOutKind, value: string): string {
    const key = `${kind} ${value}`;
    let placeholder = this.#numbers.get(key);
    if (placeholder === undefined) {
      const number = (this.#used.get(kind) ?? 0) + 1;
      this.#used.set(kind, number);
      placeholder = `[${kind}-${number}]`;
      this.#numbers.set(key, placeholder);
    }
    return placeholder;
  }
}

/** Overlapping ranges made one, which is of the kind of the longest. */
function united(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.from - b.from || b.to - a.to);
  const result: Span[] = [];
  for (const span of sorted) {
    const last = result.at(-1);
    if (last === undefined || span.from >= last.to) result.push(span);
    else {
      const longer = span.to - span.from > last.to - last.from ? span : last;
      result[result.length - 1] = { ...longer, from: last.from, to: Math.max(last.to, span.to) };
    }
  }
  return result;
}
