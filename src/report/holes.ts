import type { Missing } from '../trace/story.ts';
import { type Line, line, say } from './layout.ts';
import { table } from './table.ts';
import { andMore, labelled, type Telling } from './telling.ts';
import { MISSING, nameOf, number } from './words.ts';

const RANK = { high: 0, medium: 1, low: 2 } as const;
const MAX_WIPED = 6;
const MAX_MISSING = 4;

/** A hole in a sentence: the detail, which says it all; where there is none, the kind. */
export function holeText({ kind, detail }: Pick<Missing, 'kind' | 'detail'>): string {
  if (detail === '') return MISSING[kind];
  return kind === 'ends_early' ? `the log ${detail}` : detail;
}

/** Holes of one kind in one file, as one row. */
interface Holes {
  readonly first: Missing;
  readonly times: number;
}

function together(missing: readonly Missing[]): Holes[] {
  const found = new Map<string, Holes>();
  for (const hole of missing) {
    const key = [hole.kind, hole.host, hole.file, hole.suspicion].join('\n');
    const known = found.get(key);
    found.set(key, { first: known?.first ?? hole, times: (known?.times ?? 0) + 1 });
  }
  return [...found.values()];
}

/** Holes as rows: host, what is missing, where. At most `most`; the rest is counted. */
export function holeRows(telling: Telling, missing: readonly Missing[], most: number): Line[] {
  const { paths, room, citeRoom, story } = telling;
  const all = together(missing);
  const rows = all.slice(0, most).map(({ first, times }): Line[] => {
    const { host, file, evidence, suspicion } = first;
    const place = evidence[0] ? paths.cite(evidence[0], citeRoom) : file ? paths.short(file, citeRoom) : '';
    const shown = host && story.hosts.length > 1 ? `${nameOf(host)}: ` : '';
    const what = say(holeText(first), suspicion === 'high' ? 'bad' : suspicion === 'medium' ? 'warn' : 'plain');
    const again = say(times > 1 ? ` ×${number(times)}` : '', 'faint');
    return [line(say(shown, 'strong'), what, again), line(say(place, 'faint'))];
  });
  const lines = table(rows, [{ flexible: true, least: 20, lines: 2 }, {}], room);
  return [...lines, ...andMore(all.length - most, 'hole', '--timeline')];
}

/** What somebody removed, and what is missing for whatever reason. */
export function holesSections(telling: Telling): Line[][] {
  const sorted = [...telling.story.missing].sort((a, b) => RANK[a.suspicion] - RANK[b.suspicion]);
  const wiped = sorted.filter(({ suspicion }) => suspicion === 'high');
  const others = sorted.filter(({ suspicion }) => suspicion !== 'high');
  return [
    labelled('Wiped', holeRows(telling, wiped, MAX_WIPED)),
    labelled('Missing', holeRows(telling, others, MAX_MISSING)),
  ];
}
