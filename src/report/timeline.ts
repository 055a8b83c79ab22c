import type { Missing, Story } from '../trace/story.ts';
import { byTime, instantOf } from './clock.ts';
import { type Deed, entryDeed, findingDeed, intruderSessions, merged, stepDeed } from './deeds.ts';
import { holeText } from './holes.ts';
import { type Line, line, paint, say } from './layout.ts';
import { type Column, tableRows } from './table.ts';
import { cite, type Telling, type TellOptions, tellingOf } from './telling.ts';
import { nameOf, number, spanOf } from './words.ts';

function holeDeed({ kind, host, detail, from, to, suspicion, evidence }: Missing): Deed {
  const text = holeText({ kind, detail });
  const tone = suspicion === 'high' ? 'bad' : 'warn';
  return { at: from ?? to, host, text, tone, weight: 50, techniques: [], count: 1, evidence: evidence[0] };
}

function endDeeds(story: Story): Deed[] {
  return intruderSessions(story)
    .filter(({ end }) => end !== null)
    .map(({ end, host, user, state, evidence }) => {
      const text = state === 'closed' ? `${nameOf(user)} logged out` : `${nameOf(user)}: the session was cut`;
      const last = evidence[evidence.length - 1];
      return { at: end, host, text, tone: 'plain', weight: 5, techniques: [], count: 1, evidence: last };
    });
}

/** All that a story tells, in order of time: entries, steps of every session, findings, holes; what has no time last. */
function happenings(story: Story): Deed[] {
  const steps = story.sessions.flatMap(({ steps: done, host }) => done.map((step) => stepDeed(step, host)));
  const deeds = [
    ...story.entries.map((entry) => entryDeed(entry, story)),
    ...story.findings.map(findingDeed),
    ...steps,
  ];
  const apart = ({ at, host, text }: Deed): string => `${at}\n${host}\n${text}`;
  return [...merged(deeds, apart), ...story.missing.map(holeDeed), ...endDeeds(story)].sort(byTime);
}

const NARROW = 110;

function columnsFor(narrow: boolean): Column[] {
  const techniques: Column = { flexible: true, least: 9, most: narrow ? 9 : 30, lines: 3 };
  return [{}, { flexible: true, most: 16 }, { flexible: true, least: 20, lines: 3 }, techniques, {}];
}

/** Rows: time, host (where there is room, or the citation does not say it), what, techniques, citation. */
function rowsOf(telling: Telling, deeds: readonly Deed[], narrow: boolean): Line[][] {
  const { clock, paths, citeRoom, story } = telling;
  return deeds.map((deed) => {
    const said = narrow && paths.cite(deed.evidence, citeRoom).startsWith(deed.host);
    const host = story.hosts.length > 1 && !said ? nameOf(deed.host) : '';
    const prefix = narrow && host !== '' ? `${host}: ` : '';
    return [
      line(say(clock.time(deed.at), 'faint')),
      line(narrow ? '' : host),
      line(prefix, say(deed.text, deed.tone), say(deed.count > 1 ? ` ×${number(deed.count)}` : '', 'faint')),
      line(say(deed.techniques.join(' '), 'code')),
      cite(telling, deed.evidence),
    ];
  });
}

/** All of a story in order of time, day by day, with ATT&CK techniques and citations. */
export function timeline(story: Story, options: TellOptions): string {
  const telling = tellingOf(story, options);
  const deeds = happenings(story);
  const narrow = options.columns < NARROW;
  const days = deeds.map(({ at }) => (Number.isNaN(instantOf(at)) ? 'Without a time' : telling.clock.date(at)));
  const lines: Line[] = [line(say(` ${spanOf(story)}`, 'faint'))];
  const rows = tableRows(rowsOf(telling, deeds, narrow), columnsFor(narrow), options.columns - 2); // one table, so that columns stand still
  for (const [at, row] of rows.entries()) {
    if (days[at] !== days[at - 1]) lines.push([], line(say(` ${days[at]}`, 'label')));
    lines.push(...row.map((spans) => [say(' '), ...spans]));
  }
  if (rows.length === 0) lines.push(line(say(' nothing to tell', 'faint')));
  return paint(lines, options.columns, options.color);
}
