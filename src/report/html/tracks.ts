import { fill, html, type Markup, NOTHING } from '../../core/markup.ts';
import type { Controller, Motive, MotiveKind } from '../../trace/tracks.ts';
import { number } from '../words.ts';
import { facts } from './campaigns.ts';
import { dated, lasted } from './dates.ts';
import { NOTES } from './notes.ts';
import { andMore, counted, evidenceOf, nameList, type Page, placeName, prose, reasonsOf, section } from './page.ts';
import { TERMS, TRACK_TERMS } from './terms.ts';
import { CONFIDENCE, MOTIVES } from './words.ts';

const MAX_CONTROLLERS = 20;
const MAX_MOTIVES = 20;

function controllerCard(page: Page, controller: Controller, at: number): Markup {
  const { address, score, affected, quiet, ports, connections, period } = controller;
  const place = placeName(controller.place);
  return html`<article class="card"><h3><span class="id">${at + 1}</span> <span class="mono">${address}</span></h3><p class="faint">${place}</p><p>${counted(TRACK_TERMS.talks, connections)}${period !== null && html`, ${fill(TRACK_TERMS.every, { time: lasted(period) })}`} <span class="sure">${fill(TRACK_TERMS.standsOut, { n: number(Math.round(score * 100)) })}</span></p>${reasonsOf(page, controller.reasons)}${facts(
    [
      [TRACK_TERMS.affected, affected.length > 0 && nameList(affected, 12)],
      [TRACK_TERMS.quietHosts, quiet.length > 0 ? nameList(quiet, 12) : TERMS.none],
      [TRACK_TERMS.ports, ports.length > 0 && ports.slice(0, 12).join(', ')],
      [TRACK_TERMS.active, dated(page.clock.range(controller.first, controller.last))],
    ],
  )}${evidenceOf(page, controller.evidence)}</article>`;
}

/** Outside addresses that may lead the machines that were entered. */
export function controllersSection(page: Page): Markup {
  const { controllers } = page.story;
  if (controllers.length === 0) return NOTHING;
  return section(
    'controllers',
    html`<p class="note">${NOTES.controllers}</p>`,
    html`<div class="cards">${controllers.slice(0, MAX_CONTROLLERS).map((one, at) => controllerCard(page, one, at))}</div>`,
    andMore(controllers.length - MAX_CONTROLLERS),
  );
}

function motiveItem(page: Page, { title, detail, mend, hosts, count, confidence, evidence }: Motive): Markup {
  return html`<li class="motive"><p><strong>${page.say(title)}</strong> <span class="sure s-${confidence}">${CONFIDENCE[confidence]}</span></p>${detail !== '' && html`<p>${page.say(detail)}</p>`}${mend !== '' && html`<p class="mend"><span class="label">${TRACK_TERMS.mend}</span> ${prose(page.say(mend))}</p>`}<p class="faint small">${hosts.length > 0 && nameList(hosts)}${count > 1 && html` · ${counted(TRACK_TERMS.seen, count)}`}</p>${evidenceOf(page, evidence)}</li>`;
}

/** What they were after, whether it was aimed, and what invited them. */
export function motivesSection(page: Page): Markup {
  const { motives } = page.story;
  const kinds: readonly MotiveKind[] = ['sought', 'aim', 'invited'];
  const parts = kinds.map((kind) => {
    const own = motives.filter((motive) => motive.kind === kind);
    if (own.length === 0) return NOTHING;
    return html`<div><h3>${MOTIVES[kind]}</h3><ul class="motives">${own.slice(0, MAX_MOTIVES).map((one) => motiveItem(page, one))}</ul>${andMore(own.length - MAX_MOTIVES)}</div>`;
  });
  return motives.length === 0 ? NOTHING : section('motives', html`<div class="why-you">${parts}</div>`);
}
