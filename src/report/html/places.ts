import { fillText, html, type Markup, NOTHING } from '../../core/markup.ts';
import type { Story } from '../../trace/story.ts';
import { entryAddresses } from '../attackers.ts';
import { number } from '../words.ts';
import { countryName } from './countries.ts';
import { NOTES } from './notes.ts';
import { counted, type Page, section } from './page.ts';
import { TERMS, TRACK_TERMS } from './terms.ts';
import { MAP, type Outline, worldMap } from './world.ts';

const MAX_COUNTRIES = 12;
const SHADES = 4;

/** What came from one country. */
interface Land {
  readonly code: string;
  readonly addresses: number;
  readonly failures: number;
  /** Somebody got in from there. */
  readonly entered: boolean;
}

/** Countries of the listed attackers and entries, most addresses first, and how many addresses have none. */
export function landsOf(story: Story): { readonly lands: readonly Land[]; readonly unknown: number } {
  const lands = new Map<string, Land>();
  const inside = entryAddresses(story);
  let unknown = 0;
  for (const { address, place, failures } of story.attackers) {
    const code = place.country ?? '';
    if (!/^[A-Z]{2}$/.test(code)) {
      unknown += 1;
      continue;
    }
    const held = lands.get(code) ?? { code, addresses: 0, failures: 0, entered: false };
    const entered = held.entered || inside.has(address);
    lands.set(code, { code, addresses: held.addresses + 1, failures: held.failures + failures, entered });
  }
  const order = [...lands.values()].sort((a, b) => b.addresses - a.addresses || (a.code < b.code ? -1 : 1));
  return { lands: order, unknown };
}

/** 1 (few) to 4 (most), by the logarithm. */
function shade(addresses: number, most: number): number {
  if (most <= 1) return 2;
  return 1 + Math.round((Math.log(addresses) / Math.log(most)) * (SHADES - 1));
}

function drawing(lands: readonly Land[]): Markup {
  const most = lands[0]?.addresses ?? 1;
  const byCode = new Map(lands.map((land) => [land.code, land]));
  const world = worldMap();
  const rest = world.filter(({ code, path }) => path !== '' && !byCode.has(code)).map(({ path }) => path);
  const hit = world.filter(({ code }) => byCode.has(code));
  const shaded = hit
    .filter(({ path }) => path !== '')
    .map(({ code, path }) => {
      const { addresses } = byCode.get(code) as Land;
      return html`<path class="land l-${shade(addresses, most)}" d="${path}"/>`;
    });
  const points = hit.map((outline) => point(outline, byCode.get(outline.code) as Land, most));
  return html`<svg class="world" viewBox="0 0 ${MAP.width} ${MAP.height}" role="img" aria-labelledby="h-world"><path class="land" d="${rest.join('')}"/>${shaded}${points}</svg>`;
}

function point({ middle: [x, y] }: Outline, { code, addresses, entered }: Land, most: number): Markup {
  const radius = most === 1 ? 6 : Math.round((5 + 12 * Math.sqrt(addresses / most)) * 10) / 10;
  const name = countryName(code);
  const more = entered && html`<circle class="ring" cx="${x}" cy="${y}" r="${radius + 5}"/>`;
  return html`<g><title>${name.en === name.ko ? name.en : `${name.en} · ${name.ko}`}: ${number(addresses)}</title>${more}<circle class="${entered ? 'point in' : 'point'}" cx="${x}" cy="${y}" r="${radius}"/>${radius >= 8 && html`<text class="count" x="${x}" y="${y + 4}">${number(addresses)}</text>`}</g>`;
}

/** Where the attacking addresses lie. */
export function worldSection({ story }: Page): Markup {
  const { lands, unknown } = landsOf(story);
  if (story.attackers.length === 0) return NOTHING;
  if (lands.length === 0) return section('world', html`<p class="note">${NOTES.noPlaces}</p>`);
  const rows = lands
    .slice(0, MAX_COUNTRIES)
    .map(
      ({ code, addresses, failures, entered }) =>
        html`<tr><td>${countryName(code)}${entered && html` <span class="pill bad">${TRACK_TERMS.gotIn}</span>`}</td><td class="num">${number(addresses)}</td><td class="num">${number(failures)}</td></tr>`,
    );
  const { attackers } = story.totals;
  const bounded = story.attackers.length < attackers;
  return section(
    'world',
    html`<p class="note">${NOTES.world} ${bounded && fillText(NOTES.worldBounded, { n: number(story.attackers.length), all: number(attackers) })} ${
      unknown > 0 && (unknown === 1 ? NOTES.onePlace : counted(NOTES.noPlace, unknown))
    }</p>`,
    html`<div class="split">${drawing(lands)}<table><thead><tr><th scope="col">${TERMS.country}</th><th scope="col" class="num">${TERMS.addresses}</th><th scope="col" class="num">${TERMS.failures}</th></tr></thead><tbody>${rows}</tbody></table></div>`,
    story.geo.length > 0 && html`<p class="note small">${story.geo.join(' · ')}</p>`,
  );
}
