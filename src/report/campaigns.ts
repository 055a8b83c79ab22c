import type { Campaign, CampaignKind } from '../trace/tracks.ts';
import { type Line, line, say, wrap } from './layout.ts';
import { type Column, table } from './table.ts';
import { andMore, type Telling } from './telling.ts';
import { count, nameOf } from './words.ts';

const MOST = 3;

/** What a campaign does, as a noun. */
const CAMPAIGN: Readonly<Record<CampaignKind, string>> = {
  guessing: 'guessing',
  web: 'web attacks',
  scan: 'scanning',
  flood: 'flood',
};

const COLUMNS: readonly Column[] = [
  {},
  { flexible: true, least: 14, most: 40, lines: 2 },
  { flexible: true, least: 20, most: 90, lines: 2 },
  {},
];

/** `812 addresses, 41 networks` */
function sizeOf({ addresses, networks }: Campaign): string {
  const many = count(addresses.length, 'address', 'addresses');
  return networks > 1 ? `${many}, ${count(networks, 'network')}` : many;
}

function row({ clock, entries }: Telling, campaign: Campaign): Line[] {
  const inside = campaign.entries.some((id) => entries.some((entry) => entry.id === id));
  const why = nameOf(campaign.reasons[0] ?? '', CAMPAIGN[campaign.kind]);
  const flood = campaign.kind === 'flood' ? 'flood: ' : '';
  return [
    line(say(campaign.id.toUpperCase(), inside ? 'bad' : 'strong')),
    line(sizeOf(campaign)),
    line(...(inside ? [say('got in', 'bad'), ': '] : []), `${flood}${why}`),
    line(say(campaign.first === null ? '' : `since ${clock.day(campaign.first)}`, 'faint')),
  ];
}

/** The weightiest campaigns, one a row. */
export function campaignRows(telling: Telling): Line[] {
  const { campaigns } = telling.story;
  const rows = campaigns.slice(0, MOST).map((campaign) => row(telling, campaign));
  return [...table(rows, COLUMNS, telling.room), ...andMore(campaigns.length - MOST, 'campaign', '--json')];
}

/** All of one campaign: why its addresses are one, and what they tried. */
export function campaignLines({ room }: Telling, campaign: Campaign): Line[] {
  const names = campaign.names.slice(0, 12).map((name) => nameOf(name, '(empty)'));
  const tried = names.length > 0 ? [line(say('names ', 'faint'), names.join('  '))] : [];
  const head = line(say(campaign.id.toUpperCase(), 'strong'), `  ${CAMPAIGN[campaign.kind]}, ${sizeOf(campaign)}`);
  return [head, ...campaign.reasons.slice(0, 4).map((reason) => line(`· ${reason}`)), ...tried].flatMap((spans) =>
    wrap(spans, room, 2),
  );
}
