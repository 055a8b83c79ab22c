import type { Attacker, AttackerKind, Story } from '../trace/story.ts';
import { campaignRows } from './campaigns.ts';
import { type Line, line, say, wrap } from './layout.ts';
import { hasPath } from './path.ts';
import { type Column, table } from './table.ts';
import { andMore, FEW, labelled, type Telling } from './telling.ts';
import { count, deedsOf, KIND, list, number } from './words.ts';

const MOST_KINDS = 4;
/** Addresses listed beside campaigns or a path, unless more are asked for. */
const FEW_BESIDE = 3;

/** Addresses that an entry came from. */
export function entryAddresses({ entries }: Story): ReadonlySet<string> {
  return new Set(entries.map(({ address }) => address).filter((address) => address !== ''));
}

const WIDE_ROOM = 100;
const COLUMNS: readonly Column[] = [
  { flexible: true, least: 15, most: 39 },
  {},
  { flexible: true, least: 10, most: 36 },
  { flexible: true, least: 14, most: 40 },
  { flexible: true, least: 12, most: 60 },
];

function row(attacker: Attacker, inside: boolean, wide: boolean): Line[] {
  const { address, place, kinds } = attacker;
  const network = [place.asn === undefined ? '' : `AS${place.asn}`, place.organisation ?? ''].filter(Boolean).join(' ');
  const what = kinds.map((kind) => KIND[kind]).join(', ');
  const [deed = ''] = deedsOf(attacker);
  const got = inside ? [say('got in', 'bad'), say(deed ? ', ' : '')] : [];
  return [
    line(say(address, inside ? 'bad' : 'strong')),
    line(say(place.country ?? '', 'faint')),
    line(say(network, 'faint')),
    line(...got, deed),
    line(wide || deed === '' ? what : ''),
  ];
}

/** How many of the listed attackers are of each kind, the most frequent first. */
function kindCounts(attackers: readonly Attacker[]): [AttackerKind, number][] {
  const counts = new Map<AttackerKind, number>();
  for (const { kinds } of attackers) for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

function summary({ story, room }: Telling): Line[] {
  const { attackers, campaigns, totals } = story;
  const deeds = [
    totals.failures > 0 ? count(totals.failures, 'failed login') : '',
    totals.hostileRequests > 0 ? count(totals.hostileRequests, 'hostile request') : '',
    totals.webFailures > 0 ? count(totals.webFailures, 'wrong web login') : '',
  ].filter(Boolean);
  const head = [
    say(count(totals.attackers, 'address', 'addresses'), 'strong'),
    say(campaigns.length > 0 ? `, ${count(campaigns.length, 'campaign')}` : '', 'strong'),
    say(deeds.length > 0 ? `: ${list(deeds)}` : ''),
  ];
  const kinds = kindCounts(attackers).map(([kind, times]) => `${number(times)} ${KIND[kind]}`);
  const among = attackers.length < totals.attackers ? `the ${number(attackers.length)} worst: ` : '';
  const what = attackers.length > 1 ? wrap(line(`${among}${kinds.slice(0, MOST_KINDS).join(' · ')}`), room, 2) : [];
  return [...wrap(head, room, 2), ...what];
}

/** Attackers as rows; those that got in come first. */
function rows({ story, room }: Telling, top: number): Line[][] {
  const inside = entryAddresses(story);
  const order = [...story.attackers].sort((a, b) => Number(inside.has(b.address)) - Number(inside.has(a.address)));
  return order.slice(0, top).map((attacker) => row(attacker, inside.has(attacker.address), room >= WIDE_ROOM));
}

/** How many attacked, in what ways, and the worst few. */
export function attackersSection(telling: Telling): Line[] {
  const { story, room } = telling;
  if (story.totals.attackers === 0) return [];
  const crowded = story.campaigns.length > 0 || hasPath(story);
  const top = crowded && telling.top === FEW ? FEW_BESIDE : telling.top;
  const worst = table(rows(telling, top), COLUMNS, room);
  const left = story.totals.attackers - Math.min(top, story.attackers.length);
  return labelled('Attackers', [
    ...summary(telling),
    ...campaignRows(telling),
    ...worst,
    ...andMore(left, 'address', '--top 50', 'addresses'),
  ]);
}

/** The worst attackers as lines of a table. */
export function attackerRows(telling: Telling, top: number): Line[] {
  return table(rows(telling, top), COLUMNS, telling.room);
}
