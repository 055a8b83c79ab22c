/** How two hosts' clocks stand to each other. */
export interface Skew {
  /** The target's clock minus the source's, in milliseconds. */
  readonly ms: number;
  /** How many events of both tell it. */
  readonly support: number;
}

/** From a command to the login that it makes: a password is typed meanwhile. */
const TYPING_MS = 60_000;
const HALF_HOUR_MS = 30 * 60_000;
const CLOSE_MS = 10_000;
/** Further apart clocks are not believed: a wrong zone is at most this much. */
export const MAX_SKEW_MS = 26 * 3_600_000;
/** A single pair tells a skew only if it is no more than this: any two events are some time apart. */
const MAX_ALONE_MS = 15 * 60_000;
/** Less than this is how long a login takes, and no skew. */
const LAG_MS = 20_000;

/**
 * The skew that most pairs agree on. `deltas`: login by the target's clock minus command by the source's, of all pairs that may
 * belong together, in any order; the wrong ones among them scatter. `trustOne`: believe a single pair however far apart. Null when
 * they tell none.
 */
export function agree(deltas: readonly number[], trustOne: boolean): Skew | null {
  const sorted = deltas.filter((delta) => Math.abs(delta) <= MAX_SKEW_MS).sort((a, b) => a - b);
  const wide = densest(sorted, TYPING_MS);
  if (wide === null) return null;
  const trusted = trustOne || isZone(wide.ms);
  if (wide.support === 1 && Math.abs(wide.ms) > MAX_ALONE_MS && !(trusted && deltas.length === 1)) return null;
  const near = sorted.filter((delta) => delta >= wide.ms && delta <= wide.ms + TYPING_MS);
  const { ms } = densest(near, CLOSE_MS) ?? wide;
  return { ms: isLag(ms, wide.support) ? 0 : ms, support: wide.support };
}

/** The window of this length that holds most, the nearest to no skew among equals: where it begins, and how many it holds. */
function densest(sorted: readonly number[], length: number): Skew | null {
  let best: Skew | null = null;
  for (let first = 0, end = 0; first < sorted.length; first += 1) {
    const least = sorted[first] as number;
    while (end < sorted.length && (sorted[end] as number) <= least + length) end += 1;
    const candidate = { ms: least, support: end - first };
    if (best === null || isBetter(candidate, best)) best = candidate;
  }
  return best;
}

// A clock or a reader in the wrong zone is off by half hours.
function isZone(ms: number): boolean {
  const rest = ((ms % HALF_HOUR_MS) + HALF_HOUR_MS) % HALF_HOUR_MS;
  return rest <= TYPING_MS || rest >= HALF_HOUR_MS - 2000;
}

// One login may have waited for its password; of several, one was quick.
const isLag = (ms: number, support: number) => ms > -2000 && ms <= (support === 1 ? TYPING_MS : LAG_MS);

function isBetter(a: Skew, b: Skew): boolean {
  return a.support === b.support ? Math.abs(a.ms) < Math.abs(b.ms) : a.support > b.support;
}

/** What every pair of hosts tells of its clocks, and from that all clocks against one. */
export class Clocks {
  readonly #pairs = new Map<string, Map<string, Skew>>();
  #offsets: Map<string, number> | null = null;

  set(from: string, to: string, skew: Skew): void {
    this.#put(from, to, skew);
    this.#put(to, from, { ms: skew.ms === 0 ? 0 : -skew.ms, support: skew.support });
    this.#offsets = null;
  }

  #put(from: string, to: string, skew: Skew): void {
    const of = this.#pairs.get(from) ?? new Map<string, Skew>();
    this.#pairs.set(from, of);
    if (!(skew.support <= (of.get(to)?.support ?? 0))) of.set(to, skew);
  }

  /** How far the target's clock is ahead of the source's; null when nothing tells. */
  between(from: string, to: string): number | null {
    const direct = this.#pairs.get(from)?.get(to);
    if (direct) return direct.ms;
    const offsets = this.#all();
    const [a, b] = [offsets.get(from), offsets.get(to)];
    return a === undefined || b === undefined || this.#root.get(from) !== this.#root.get(to) ? null : b - a;
  }

  /** An instant by a host's clock, by the clock that all are told against. */
  common(host: string, time: number): number {
    return time - (this.#all().get(host) ?? 0);
  }

  readonly #root = new Map<string, string>();

  #all(): Map<string, number> {
    if (this.#offsets) return this.#offsets;
    const offsets = new Map<string, number>();
    this.#root.clear();
    for (const root of [...this.#pairs.keys()].sort()) if (!offsets.has(root)) this.#spread(root, offsets);
    this.#offsets = offsets;
    return offsets;
  }

  #spread(root: string, offsets: Map<string, number>): void {
    offsets.set(root, 0);
    const queue = [root];
    for (let host = queue.shift(); host !== undefined; host = queue.shift()) {
      this.#root.set(host, root);
      const known = [...(this.#pairs.get(host) ?? [])].sort(([, a], [, b]) => b.support - a.support);
      for (const [next, { ms }] of known) {
        if (offsets.has(next)) continue;
        offsets.set(next, (offsets.get(host) as number) + ms);
        queue.push(next);
      }
    }
  }
}
