import { type Event, settled } from '../core/event.ts';
import type { Outbound } from '../trace/outbound-sum.ts';
import type { PieceReport } from './piece.ts';

/** Evidence that somebody else handed in. */
export interface Source {
  /** Whose it is: a name, or the address of the machine that it comes from. */
  readonly label: string;
  readonly path: string;
}

/** Between a label and a host's name while reading: no label and no name in a log holds it. */
const MARK = '\u0001';

/** The source that a path lies in, the innermost one; null for one's own evidence. */
export function sourceOf(path: string, sources: readonly Source[]): Source | null {
  let best: Source | null = null;
  for (const source of sources)
    if (lies(path, source.path) && !(best && best.path.length >= source.path.length)) best = source;
  return best;
}

// In a folder, or in an archive ("x.tar!/var/log").
function lies(path: string, root: string): boolean {
  if (!path.startsWith(root)) return false;
  return path.length === root.length || root.endsWith('/') || path[root.length] === '/' || path[root.length] === '!';
}

/** The event with the label of its source before its host: two machines of the same name stay two. */
export function marked(event: Event, label: string): Event {
  return label === '' || event.host === '' ? event : { ...settled(event), host: `${label}${MARK}${event.host}` };
}

/** Gives hosts their names back: the plain one where nobody else's host has it, else with the label before it. */
class SettledNames {
  readonly #names = new Map<string, string>();

  /** `all`: every host that was read of, marked or not. */
  constructor(all: Iterable<string>) {
    const owners = new Map<string, Set<string>>();
    const known = [...new Set(all)];
    for (const host of known) {
      const [label, name] = split(host);
      owners.set(name, (owners.get(name) ?? new Set()).add(label));
    }
    for (const host of known) {
      const [label, name] = split(host);
      const clashes = label !== '' && (owners.get(name)?.size ?? 0) > 1;
      this.#names.set(host, clashes ? `${label}:${name}` : name);
    }
  }

  of(host: string): string {
    return this.#names.get(host) ?? host.replace(MARK, ':');
  }
}

function split(host: string): [label: string, name: string] {
  const at = host.indexOf(MARK);
  return at === -1 ? ['', host] : [host.slice(0, at), host.slice(at + 1)];
}

/** The names of all hosts that reports tell of. `own`: hosts of one's own whose lines do not name them. */
export function namesOf(reports: ReadonlyMap<number, PieceReport>, own: readonly string[]): SettledNames {
  return new SettledNames([...own, ...hostsIn(reports)]);
}

function* hostsIn(reports: ReadonlyMap<number, PieceReport>): Generator<string> {
  for (const { coverage } of reports.values()) for (const { host } of coverage) yield host;
}

/** A report with hosts as they are to be told. */
export function withNames(report: PieceReport, names: SettledNames): PieceReport {
  const { coverage, audit, notables } = report;
  if (!coverage.some(({ host }) => host.includes(MARK))) return report;
  const rename = <T extends { readonly host: string }>(one: T): T => ({ ...one, host: names.of(one.host) });
  return { ...report, coverage: coverage.map(rename), audit: audit.map(rename), notables: notables.map(rename) };
}

/** Connections outward with hosts as they are to be told. */
export function talksWithNames(outbound: Outbound, names: SettledNames): Outbound {
  return {
    ...outbound,
    talks: outbound.talks.map((talk) => ({ ...talk, host: names.of(talk.host) })),
    own: new Map([...outbound.own].map(([key, seen]) => [ownWithName(key, names), seen])),
  };
}

function ownWithName(key: string, names: SettledNames): string {
  const at = key.indexOf('\t');
  return at === -1 ? key : `${names.of(key.slice(0, at))}${key.slice(at)}`;
}
