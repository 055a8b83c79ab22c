import { addTo } from '../core/grouped.ts';
import type { Session, Story } from '../trace/story.ts';
import type { Hop } from '../trace/tracks.ts';
import type { Trail } from '../trace/trail.ts';
import { campaignLines } from './campaigns.ts';
import { controllerRows } from './controllers.ts';
import { type Deed, deedRows, findingDeed, merged, stepDeed } from './deeds.ts';
import { holeRows } from './holes.ts';
import { type Line, line, paint, type Span, say, wrap } from './layout.ts';
import { hopText, sourceText } from './path.ts';
import { sessionRows } from './sessions.ts';
import { type Column, table } from './table.ts';
import { andMore, cite, labelled, stack, type Telling, type TellOptions, tellingOf } from './telling.ts';
import { count, deedsOf, KIND, list, nameOf, placeOf } from './words.ts';

const DEEDS = 3;
const SESSIONS = 12;
const FINDINGS = 12;
const HOLES = 8;
const ATTACKERS = 5;
const COLUMNS: readonly Column[] = [{}, { flexible: true, least: 24, most: 110, lines: 2 }, {}];

/** A trail as a `Story` of nothing else, so that every part of a report can tell it. */
export function storyOf(trail: Trail, story: Story): Story {
  const { entries, sessions, attackers, campaigns, hops, controllers, findings, missing } = trail;
  return { ...story, entries, sessions, attackers, campaigns, hops, controllers, findings, missing };
}

const WORD = { address: 'Address', user: 'User', host: 'Host', key: 'Key' } as const;

function head({ room }: Telling, { thing, attackers, sessions, attackersTotal }: Trail): Line[] {
  const own = thing.kind === 'address' ? attackers[0] : undefined;
  const place = thing.kind === 'address' ? placeOf(own?.place ?? sessions[0]?.place ?? {}) : '';
  const lines = wrap(line(say(thing.name, 'strong'), place ? `  ${place}` : ''), room, 2);
  if (own)
    lines.push(
      ...wrap(
        line(
          deedText(
            own.kinds.map((kind) => KIND[kind]),
            deedsOf(own),
          ),
        ),
        room,
        2,
      ),
    );
  if (thing.kind === 'user' && attackersTotal > 0)
    lines.push(line(`a name that ${count(attackersTotal, 'attacking address', 'attacking addresses')} tried`));
  if (thing.kind === 'host' && attackersTotal > 0)
    lines.push(line(`${count(attackersTotal, 'attacking address', 'attacking addresses')} came to it`));
  return labelled(WORD[thing.kind], lines);
}

function deedText(kinds: readonly string[], deeds: readonly string[]): string {
  return [list(kinds, 6), deeds.join(', ')].filter(Boolean).join(': ');
}

/** One hop of the tree, with the lines that draw its branch. */
interface Branch {
  readonly hop: Hop;
  readonly stem: string;
  /** Drawn before what hangs below it. */
  readonly below: string;
  readonly root: boolean;
}

/** The hops as a tree by `after`, each with the stem that leads to it. */
function branches(hops: readonly Hop[]): Branch[] {
  const ids = new Set(hops.map(({ id }) => id));
  const children = new Map<string | null, Hop[]>();
  for (const hop of hops) {
    const parent = hop.after !== null && ids.has(hop.after) ? hop.after : null;
    addTo(children, parent, hop);
  }
  const drawn: Branch[] = [];
  const walk = (parent: string | null, stem: string) => {
    const here = children.get(parent) ?? [];
    for (const [at, hop] of here.entries()) {
      const last = at === here.length - 1;
      const below = `${stem}${last ? '   ' : '│  '}`;
      drawn.push({ hop, stem: `${stem}${last ? '└─ ' : '├─ '}`, below, root: parent === null });
      children.delete(parent); // a loop in the links ends here
      walk(hop.id, below.slice(0, 24));
    }
  };
  walk(null, '');
  return drawn;
}

/** The gravest things done in the session that a hop opened, in the order of time. */
function deedsIn(session: Session | undefined, story: Story): Deed[] {
  if (!session) return [];
  const found = story.findings.filter((finding) => finding.session === session.id).map(findingDeed);
  const steps = session.steps.filter(({ techniques }) => techniques.length > 0).map((step) => stepDeed(step, ''));
  const gravest = merged([...found, ...steps])
    .sort((a, b) => b.weight - a.weight)
    .slice(0, DEEDS);
  return gravest.sort((a, b) => timeOf(a.at) - timeOf(b.at));
}

// Without a time: last.
const timeOf = (at: string | null) => (at === null ? Number.MAX_VALUE : Date.parse(at));

function branchRows(telling: Telling, { hop, stem, below, root }: Branch, own: ReadonlySet<string>): Line[][] {
  const { clock, story } = telling;
  const mark: Span[] = own.has(hop.id) ? [say('▸ ', 'bad')] : [];
  const source = root ? [sourceText(hop)] : []; // below it, the branch says so
  const unsure = hop.confidence === 'high' ? [] : [say(`  ${hop.confidence}`, 'warn')];
  const shown = line(say(stem, 'faint'), ...mark, ...source, ...hopText(hop), ...unsure);
  const rows: Line[][] = [[line(clock.stamp(hop.at)), shown, cite(telling, hop.evidence[0])]];
  const session = story.sessions.find(({ id }) => id === hop.to.session);
  for (const deed of deedsIn(session, story)) {
    const text = line(say(`${below}  `, 'faint'), say(deed.text, deed.tone));
    rows.push([line(say(clock.time(deed.at), 'faint')), text, cite(telling, deed.evidence)]);
  }
  return rows;
}

/** The tree from the first way in to all that was touched; the thing's own hops are marked. */
function tree(telling: Telling, trail: Trail): Line[] {
  const own = new Set(trail.own);
  const rows = branches(trail.hops).flatMap((branch) => branchRows(telling, branch, own));
  return labelled('The trail', table(rows, COLUMNS, telling.room));
}

function tried({ thing, attackers, attackersTotal }: Trail): Line[] {
  if (thing.kind === 'address' || thing.kind === 'key') return [];
  const lines = attackers.slice(0, ATTACKERS).map((attacker) => {
    const place = placeOf(attacker.place);
    return line(say(attacker.address, 'strong'), place ? `  ${place}` : '', `  ${deedsOf(attacker).join(', ')}`);
  });
  const left = attackersTotal - Math.min(ATTACKERS, attackers.length);
  return labelled('Attackers', [...lines, ...andMore(left, 'address', '--json', 'addresses')]);
}

function findings(telling: Telling, { findings: all, own }: Trail): Line[] {
  const told = new Set(telling.story.hops.map(({ to }) => to.session));
  const left = all.filter(({ session }) => own.length === 0 || !told.has(session));
  const deeds = merged(left.map(findingDeed)).sort((a, b) => b.weight - a.weight);
  return labelled('Noticed', [
    ...deedRows(telling, deeds.slice(0, FINDINGS)),
    ...andMore(deeds.length - FINDINGS, 'finding', '--json'),
  ]);
}

/**
 * Everything known of one thing: what it is, the tree of hops back to the first way in and on to all that it touched, what else
 * was noticed, its sessions, its campaign, who it was led from, and what is missing.
 */
export function trailText(trail: Trail, story: Story, options: TellOptions): string {
  const telling = tellingOf(storyOf(trail, story), options);
  const { sessions, campaigns, controllers, missing } = trail;
  const blocks = [
    head(telling, trail),
    tree(telling, trail),
    findings(telling, trail),
    labelled('Logins', [
      ...sessionRows(telling, sessions.slice(0, SESSIONS)),
      ...andMore(sessions.length - SESSIONS, 'session', '--json'),
    ]),
    labelled(
      'Campaign',
      campaigns.flatMap((campaign) => campaignLines(telling, campaign)),
    ),
    tried(trail),
    labelled('Led from', controllerRows(telling, controllers.slice(0, ATTACKERS))),
    labelled('Missing', holeRows(telling, missing, HOLES)),
    trail.hops.length + trail.entries.length > 0 ? [] : labelled('The trail', [line(say(nothing(trail), 'faint'))]),
  ];
  return paint(stack(...blocks), options.columns, options.color);
}

function nothing({ thing, sessions }: Trail): string {
  if (thing.kind === 'host') return 'no intruder is seen to have come to it';
  return sessions.length > 0
    ? 'none of its logins is thought an intruder’s'
    : `it never got in, as far as these logs tell: nothing goes on from ${nameOf(thing.name)}`;
}
