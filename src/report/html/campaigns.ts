import { type Content, fillText, html, type Markup, NOTHING, type Twin } from '../../core/markup.ts';
import type { Campaign } from '../../trace/tracks.ts';
import { number } from '../words.ts';
import { countryName } from './countries.ts';
import { dated } from './dates.ts';
import { NOTES } from './notes.ts';
import { andMore, counted, evidenceOf, nameList, type Page, reasonsOf, section } from './page.ts';
import { TERMS, TRACK_TERMS } from './terms.ts';
import { CAMPAIGNS, CONFIDENCE } from './words.ts';

const MAX_CAMPAIGNS = 30;
const MAX_ADDRESSES = 1000;
const MAX_NAMES = 40;
const MAX_COUNTRIES = 6;

/** `label: value` pairs; those without a value are left out. */
export function facts(pairs: readonly (readonly [Twin, Content])[]): Markup {
  const shown = pairs.filter(([, value]) => value !== null && value !== '' && value !== false && value !== undefined);
  return html`<dl class="facts">${shown.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Names as chips; beyond `most` they are counted. */
export function chips(names: readonly string[], total: number, most = MAX_NAMES): Markup {
  if (names.length === 0) return NOTHING;
  const shown = names.slice(0, most);
  const left = total - shown.length;
  return html`<span class="chips">${shown.map((name) => html`<code>${name}</code> `)}${left > 0 && html`<span class="faint">${counted(TRACK_TERMS.namesMore, left)}</span>`}</span>`;
}

/** Addresses or networks behind a click, in columns. */
export function addressList(label: Twin, addresses: readonly string[]): Markup {
  if (addresses.length === 0) return NOTHING;
  return html`<details class="long"><summary>${counted(label, addresses.length)}</summary><p class="columns mono">${addresses
    .slice(0, MAX_ADDRESSES)
    .map((address) => html`<span>${address}</span> `)}</p>${andMore(addresses.length - MAX_ADDRESSES)}</details>`;
}

function countries(codes: readonly string[]): Content {
  const names = codes.slice(0, MAX_COUNTRIES).map(countryName);
  if (names.length === 0) return null;
  const left = codes.length - names.length;
  return html`${names.map((name, at) => [at > 0 && ', ', name])}${left > 0 && html` ${counted(TRACK_TERMS.namesMore, left)}`}`;
}

function card(page: Page, campaign: Campaign): Markup {
  const { id, kind, addresses, networks, cidrs, attempts, mostOfOne, names, namesTotal, client, hosts } = campaign;
  const sum = fillText(networks === 1 ? TRACK_TERMS.oneNetwork : TRACK_TERMS.campaignSum, {
    addresses: number(addresses.length),
    networks: number(networks),
  });
  const entered = campaign.entries.length > 0;
  return html`<article class="${entered ? 'card grave' : 'card'}"><h3><span class="id">${id.toUpperCase()}</span> ${CAMPAIGNS[kind]}${entered && html` <span class="pill bad">${TRACK_TERMS.gotIn}</span>`}</h3><p class="lead">${sum}</p><p class="sure s-${campaign.confidence}">${CONFIDENCE[campaign.confidence]}</p><h4>${TRACK_TERMS.joined}</h4>${reasonsOf(page, campaign.reasons)}${facts(
    [
      [TRACK_TERMS.active, dated(page.clock.range(campaign.first, campaign.last))],
      [TRACK_TERMS.attempts, number(attempts)],
      [TRACK_TERMS.mostOfOne, number(mostOfOne)],
      [TRACK_TERMS.targets, hosts.length > 0 && nameList(hosts)],
      [TERMS.country, countries(campaign.countries)],
      [TRACK_TERMS.client, client !== '' && html`<code>${client}</code>`],
      [TERMS.names, names.length > 0 && chips(names, namesTotal)],
    ],
  )}${addressList(TRACK_TERMS.allAddresses, addresses)}${addressList(cidrs.length === 1 ? TRACK_TERMS.oneCidr : TRACK_TERMS.cidrs, cidrs)}${evidenceOf(page, campaign.evidence)}</article>`;
}

/** Addresses that act as one, a card each. */
export function campaignsSection(page: Page): Markup {
  const { campaigns } = page.story;
  if (campaigns.length === 0) return NOTHING;
  return section(
    'campaigns',
    html`<p class="note">${NOTES.campaigns}</p>`,
    html`<div class="cards">${campaigns.slice(0, MAX_CAMPAIGNS).map((campaign) => card(page, campaign))}</div>`,
    andMore(campaigns.length - MAX_CAMPAIGNS),
  );
}
