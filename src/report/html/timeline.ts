import { addTo } from '../../core/grouped.ts';
import { type Content, fill, fillText, html, type Markup, NOTHING } from '../../core/markup.ts';
import { byTime } from '../clock.ts';
import { number } from '../words.ts';
import { dated } from './dates.ts';
import { type Happening, intruderHappenings, otherHappenings, unlistedSteps } from './happenings.ts';
import { NOTES } from './notes.ts';
import { andMore, type Page, rawLines, section } from './page.ts';
import { techniqueName } from './technique-names.ts';
import { TERMS } from './terms.ts';
import { triesOf } from './way-in.ts';

const MAX_ROWS = 200;
const MAX_FOUND = 100;
const MAX_TECHNIQUES = 6;

/** A technique: its id, and its name where it is known. */
function technique(id: string): Markup {
  const name = techniqueName(id);
  return html`<li><abbr class="id">${id}</abbr>${name !== '' && html` ${name}`}</li>`;
}

function techniques(ids: readonly string[]): Markup {
  return ids.length === 0 ? NOTHING : html`<ul class="techs">${ids.slice(0, MAX_TECHNIQUES).map(technique)}</ul>`;
}

/** One row: when, where, what, techniques; its lines behind a click. */
function row(page: Page, happening: Happening, when: Content): Markup {
  const { host, text, tone, count, evidence } = happening;
  const [first] = evidence;
  const times = count > 1 && html` <span class="faint">×${number(count)}</span>`;
  const cite = first && html`<span class="cite">${page.paths.cite(first, 60)}</span>`;
  const body = html`<span class="when">${when}</span><span class="host">${host}</span><span class="what t-${tone}">${page.say(text)}${times}</span>${cite}`;
  const names = techniques(happening.techniques);
  if (evidence.length === 0) return html`<li class="row"><div class="line">${body}</div>${names}</li>`;
  return html`<li class="row"><details><summary class="line">${body}</summary>${rawLines(page, evidence)}</details>${names}</li>`;
}

/** The guessing before the first login, where it is known when it began. */
function beginning({ story, entries, clock }: Page): { at: string; markup: Markup } | null {
  const [first] = entries;
  const tries = first && triesOf(first);
  const began = story.attackers.find(({ address }) => address === first?.address)?.first;
  if (!first || !tries || !began || (first.at !== null && began > first.at)) return null;
  const text = fill(TERMS.begins, { address: html`<strong class="mono">${first.address}</strong>`, tries });
  const body = html`<span class="when">${clock.time(began)}</span><span class="host">${first.host}</span><span class="what">${text}</span>`;
  return { at: began, markup: html`<li class="row"><div class="line">${body}</div></li>` };
}

/** Rows under the headings of their days. */
function byDay(page: Page, happenings: readonly Happening[]): Markup {
  const { clock } = page;
  const rows = happenings.map((one) => ({ at: one.at, markup: row(page, one, clock.time(one.at) || TERMS.noTime) }));
  const began = beginning(page);
  const all = began ? [began, ...rows].sort(byTime) : rows;
  const days = new Map<string, Markup[]>();
  for (const { at, markup } of all) addTo(days, clock.date(at), markup);
  return html`${[...days].map(
    ([day, some]) =>
      html`<h3 class="day">${day === '' ? TERMS.noTimeDay : dated(day)}</h3><ol class="timeline">${some}</ol>`,
  )}`;
}

/** What the intruders did, with ATT&CK techniques; rows open to the raw lines. */
export function deedsSection(page: Page): Markup {
  const all = intruderHappenings(page.story);
  if (all.length === 0) return NOTHING;
  const total = all.length + unlistedSteps(page.story);
  const gravest = [...all].sort((a, b) => b.weight - a.weight || byTime(a, b)).slice(0, MAX_ROWS);
  const bounded =
    gravest.length < total && fillText(NOTES.deedsBounded, { n: number(gravest.length), all: number(total) });
  return section(
    'deeds',
    html`<p class="note">${NOTES.deeds}</p>`,
    byDay(page, gravest.sort(byTime)),
    bounded && html`<p class="note">${bounded}</p>`,
  );
}

/** What else was found, by no intruder that is known. */
export function foundSection(page: Page): Markup {
  const all = otherHappenings(page.story);
  if (all.length === 0) return NOTHING;
  const rows = all
    .slice(0, MAX_FOUND)
    .map((one) =>
      row(page, one, dated(page.clock.stamp(one.at)).en === '' ? TERMS.noTime : dated(page.clock.stamp(one.at))),
    );
  return section('found', html`<ol class="timeline dated">${rows}</ol>`, andMore(all.length - MAX_FOUND));
}
