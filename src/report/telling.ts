import type { Citation, Entry, Story } from '../trace/story.ts';
import { byTime, type Clock, clockOf } from './clock.ts';
import { type Line, line, type Span, say } from './layout.ts';
import { type PathNames, pathsOf } from './paths.ts';
import { section, sectionRoom } from './table.ts';

/** Attackers that are listed unless more are asked for. */
export const FEW = 5;

/** How to show a story in a terminal. */
export interface TellOptions {
  /** Width of the terminal; no line is wider. */
  readonly columns: number;
  readonly color: boolean;
  /** Attackers to list; by default a few. */
  readonly top?: number;
}

/** A story with all that the parts of a screen need to tell it. */
export interface Telling {
  readonly story: Story;
  readonly clock: Clock;
  readonly paths: PathNames;
  /** Columns of a section's lines. */
  readonly room: number;
  /** Columns that a citation may take. */
  readonly citeRoom: number;
  /** Attackers to list. */
  readonly top: number;
  /** Entries in order of time. */
  readonly entries: readonly Entry[];
}

/** Prepares a story for a terminal of that width. */
export function tellingOf(story: Story, { columns, top = FEW }: TellOptions): Telling {
  const citeRoom = columns < 110 ? 22 : columns < 160 ? 44 : 72;
  const entries = [...story.entries].sort(byTime);
  return { story, clock: clockOf(story), paths: pathsOf(story), room: sectionRoom(columns), citeRoom, entries, top };
}

/** `gate/…/auth.log:8841`, faint; nothing without a citation. */
export function cite({ paths, citeRoom }: Telling, citation: Citation | undefined): Line {
  return citation ? line(say(paths.cite(citation, citeRoom), 'faint')) : [];
}

/** The line of an entry that shows the login itself: its session begins with it; the entry may cite failures before. */
export function loginLine({ session, evidence }: Entry, { sessions }: Story): Citation | undefined {
  const login = sessions.find(({ id }) => id === session)?.evidence[0];
  return evidence.find(({ file, line: at }) => file === login?.file && at === login.line) ?? evidence[0];
}

/** The raw line of a citation after its place, for one line of the screen. */
export function quote({ paths, citeRoom }: Telling, citation: Citation): Line {
  return line(say(paths.cite(citation, citeRoom), 'faint'), '  ', say(citation.raw, 'faint'));
}

/** A section with an ordinary label. */
export function labelled(label: string, lines: readonly Line[]): Line[] {
  return section(line(' ', say(label, 'label')), lines);
}

/** The sections that have lines, with an empty line before each. */
export function stack(...sections: readonly (readonly Line[])[]): Line[] {
  return sections.filter((lines) => lines.length > 0).flatMap((lines) => [[], ...lines]);
}

/** `… and 31 more things done: --session s1`, or nothing when none is left. `what` is the singular. */
export function andMore(left: number, what: string, where: string, many = `${what}s`): Line[] {
  if (left <= 0) return [];
  const tail: Span[] = where === '' ? [] : [say(': ', 'faint'), say(where, 'code')];
  return [[say(`… and ${left.toLocaleString('en-US')} more ${left === 1 ? what : many}`, 'faint'), ...tail]];
}
