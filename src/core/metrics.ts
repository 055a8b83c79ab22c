// Numbers of a running server, in Prometheus' text format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). Called once for each batch, never for each line.

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^(?!__)(?!le$)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Series of one metric. Labels can come from senders: beyond this many, all further ones are one, whose labels are `other`. */
const MAX_SERIES = 1000;
const MAX_VALUE = 200;
const OTHER = 'other';

/** For the header of an answer that has `Metrics.text()`. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Only goes up. Its name ends in `_total`. */
export interface Counter {
  /** Adds to the series of these label values, which are as many as the counter's labels. Throws for what would make it go down. */
  add(count: number, ...values: readonly string[]): void;
}

/** Goes up and down. */
export interface Gauge {
  set(value: number, ...values: readonly string[]): void;
  add(by: number, ...values: readonly string[]): void;
  /** Forgets all series: before they are set anew, so that what is gone is not shown. */
  clear(): void;
}

/** How observations are spread. */
export interface Histogram {
  /** One observation, or `count` of the same value. */
  observe(value: number, count: number, ...values: readonly string[]): void;
}

type Kind = 'counter' | 'gauge' | 'histogram';

interface Family {
  readonly kind: Kind;
  readonly help: string;
  readonly labels: readonly string[];
  lines(name: string): string[];
}

/** All metrics of a process. */
export class Metrics {
  readonly #families = new Map<string, Family>();
  readonly #collectors: (() => void)[] = [];
  readonly #maxSeries: number;

  constructor({ maxSeries = MAX_SERIES } = {}) {
    this.#maxSeries = maxSeries;
  }

  /** A counter; the same one when it was made before. Throws when a name or label is none, or is taken by another kind. */
  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    if (!name.endsWith('_total')) throw new Error(`counter ${name} does not end in _total`);
    return this.#family(name, new Scalars('counter', help, labels, this.#maxSeries));
  }

  /** A gauge, as `counter`. */
  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    return this.#family(name, new Scalars('gauge', help, labels, this.#maxSeries));
  }

  /** A histogram, as `counter`. `buckets` are upper bounds, rising; the one without a bound comes by itself. */
  histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): Histogram {
    return this.#family(name, new Spread(help, labels, buckets, this.#maxSeries));
  }

  /** Is called before each reading, to set gauges that are known elsewhere. */
  onCollect(collect: () => void): void {
    this.#collectors.push(collect);
  }

  /** Everything, sorted by name and labels. */
  text(): string {
    for (const collect of this.#collectors) collect();
    const names = [...this.#families.keys()].sort();
    return names.map((name) => familyText(name, this.#families.get(name) as Family)).join('');
  }

  #family<F extends Family>(name: string, made: F): F {
    if (!NAME.test(name)) throw new Error(`"${name}" is no name of a metric`);
    const wrong = made.labels.find((label) => !LABEL.test(label));
    if (wrong !== undefined) throw new Error(`"${wrong}" is no label`);
    const known = this.#families.get(name);
    if (known === undefined) {
      this.#families.set(name, made);
      return made;
    }
    if (known.kind !== made.kind || known.labels.join() !== made.labels.join())
      throw new Error(`metric ${name} was made before, otherwise`);
    return known as F;
  }
}

function familyText(name: string, family: Family): string {
  const help = family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${help}\n# TYPE ${name} ${family.kind}\n${family.lines(name).join('')}`;
}

/** Series of one metric by label values: bounded in number. */
class Series<T> {
  readonly #cells = new Map<string, { readonly values: readonly string[]; readonly cell: T }>();
  readonly #labels: readonly string[];
  readonly #max: number;
  readonly #fresh: () => T;

  constructor(labels: readonly string[], max: number, fresh: () => T) {
    this.#labels = labels;
    this.#max = max;
    this.#fresh = fresh;
    if (labels.length === 0) this.at([]); // without labels there is one, from the beginning
  }

  at(given: readonly string[]): T {
    if (given.length !== this.#labels.length)
      throw new Error(`${given.length} label values for (${this.#labels.join(', ')})`);
    const values = given.map((value) => value.slice(0, MAX_VALUE));
    const known = this.#cells.get(JSON.stringify(values));
    if (known !== undefined) return known.cell;
    const crowded = this.#cells.size >= this.#max - 1 && values.length > 0; // the last place is for all others
    return this.#make(crowded ? values.map(() => OTHER) : values);
  }

  #make(values: readonly string[]): T {
    const key = JSON.stringify(values);
    const cell = this.#cells.get(key)?.cell ?? this.#fresh();
    // Copies: a slice would hold the whole of what it was cut from.
    this.#cells.set(key, { values: JSON.parse(key) as string[], cell });
    return cell;
  }

  clear(): void {
    this.#cells.clear();
  }

  /** Sorted, with the labels as they are written. */
  sorted(): { readonly labels: readonly string[]; readonly cell: T }[] {
    const keys = [...this.#cells.keys()].sort();
    return keys.map((key) => {
      const { values, cell } = this.#cells.get(key) as { values: readonly string[]; cell: T };
      return { labels: values.map((value, at) => `${this.#labels[at]}="${escaped(value)}"`), cell };
    });
  }
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function line(name: string, labels: readonly string[], value: number): string {
  return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${numberText(value)}\n`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

class Scalars implements Family, Counter, Gauge {
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  readonly #series: Series<{ value: number }>;

  constructor(kind: 'counter' | 'gauge', help: string, labels: readonly string[], max: number) {
    this.kind = kind;
    this.help = help;
    this.labels = labels;
    this.#series = new Series(labels, max, () => ({ value: 0 }));
  }

  add(by: number, ...values: readonly string[]): void {
    if (this.kind === 'counter' && !(by >= 0 && by < Number.POSITIVE_INFINITY))
      throw new Error(`a counter cannot take ${by}`);
    this.#series.at(values).value += by;
  }

  set(value: number, ...values: readonly string[]): void {
    this.#series.at(values).value = value;
  }

  clear(): void {
    this.#series.clear();
  }

  lines(name: string): string[] {
    return this.#series.sorted().map(({ labels, cell }) => line(name, labels, cell.value));
  }
}

interface Buckets {
  readonly counts: Float64Array;
  sum: number;
}

class Spread implements Family, Histogram {
  readonly kind = 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #series: Series<Buckets>;

  constructor(help: string, labels: readonly string[], bounds: readonly number[], max: number) {
    const rising = bounds.every((bound, at) => Number.isFinite(bound) && (at === 0 || bound > (bounds[at - 1] ?? 0)));
    if (!rising) throw new Error('the bounds of a histogram rise');
    this.help = help;
    this.labels = labels;
    this.#bounds = bounds;
    this.#series = new Series(labels, max, () => ({ counts: new Float64Array(bounds.length + 1), sum: 0 }));
  }

  observe(value: number, count: number, ...values: readonly string[]): void {
    const cell = this.#series.at(values);
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = at === -1 ? this.#bounds.length : at;
    cell.counts[bucket] = (cell.counts[bucket] ?? 0) + count;
    cell.sum += value * count;
  }

  lines(name: string): string[] {
    return this.#series.sorted().flatMap(({ labels, cell }) => {
      let below = 0;
      const buckets = [...this.#bounds, Number.POSITIVE_INFINITY].map((bound, at) => {
        below += cell.counts[at] ?? 0;
        return line(`${name}_bucket`, [...labels, `le="${numberText(bound)}"`], below);
      });
      return [...buckets, line(`${name}_sum`, labels, cell.sum), line(`${name}_count`, labels, below)];
    });
  }
}
