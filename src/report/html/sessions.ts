import { fillText, html, type Markup, NOTHING } from '../../core/markup.ts';
import { printable } from '../../core/text.ts';
import type { Session } from '../../trace/story.ts';
import { intruderSessions } from '../deeds.ts';
import { number } from '../words.ts';
import { dated, lasted, stamped } from './dates.ts';
import { text } from './hops.ts';
import { AREA, type Bar, type Lane, type Lanes, layLanes } from './lanes.ts';
import { NOTES } from './notes.ts';
import { andMore, counted, evidenceOf, methodName, type Page, placeName, section } from './page.ts';
import { TERMS } from './terms.ts';
import { stayParts } from './way-in.ts';

const MAX_LISTED = 200;

function bar(page: Page, { session, intruder, x, width, y }: Bar): Markup {
  const { clock } = page;
  const label = printable([session.user, session.id].filter(Boolean).join(' · '), 22);
  const long = [session.user, session.address, clock.stamp(session.start), lasted(session.seconds).en]
    .filter(Boolean)
    .join(' · ');
  const [cx, cy] = [x, y + AREA.row / 2];
  const mark = intruder && html`<path class="mark" d="M${cx},${cy - 8}l8,8l-8,8l-8,-8z"/>`;
  return html`<g class="${intruder ? 'bar theirs' : 'bar'}"><title>${long}</title><text class="who" x="${AREA.left - 14}" y="${cy + 4}">${label}</text><rect x="${x}" y="${y + 5}" width="${width}" height="${AREA.row - 10}" rx="4"/>${mark}</g>`;
}

function lane(page: Page, { host, y, height, bars, holes }: Lane): Markup {
  const hatched = holes.map(
    ({ x, width, missing }) =>
      html`<rect class="hole" x="${x}" y="${y}" width="${width}" height="${height}"><title>${missing.detail}</title></rect>`,
  );
  return html`<rect class="lane" x="${AREA.left}" y="${y}" width="${AREA.width - AREA.left - AREA.right}" height="${height}" rx="4"/>${hatched}<text class="lane-host" x="0" y="${y + 17}">${printable(host, 10)}</text>${bars.map((one) => bar(page, one))}`;
}

function drawing(page: Page, { lanes, ticks, height }: Lanes): Markup {
  const { clock } = page;
  const oneDay = clock.sameDay(ticks.map(({ at }) => at));
  const axis = ticks.map(({ at, x }, place) => {
    const newDay = !oneDay && clock.date(at) !== clock.date(ticks[place - 1]?.at ?? null);
    const shown = clock.time(at).slice(0, 5);
    const day = newDay ? dated(clock.stamp(at).replace(/ [\d:]+$/, '')) : null;
    return html`<line class="tick" x1="${x}" y1="22" x2="${x}" y2="${height - AREA.gap}"/><text class="axis" x="${x}" y="15">${day && html`${text(day)} `}${shown}</text>`;
  });
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="h-sessions"><svg class="lanes" viewBox="0 0 ${AREA.width} ${height}" width="${AREA.width}" height="${height}" role="img" aria-labelledby="h-sessions"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="stripe" width="2.5" height="7"/></pattern></defs>${lanes.map((one) => lane(page, one))}${axis}</svg></div>`;
}

function row(page: Page, session: Session, theirs: boolean): Markup {
  const { id, host, user, method, address, place, start, seconds } = session;
  const where = placeName(place);
  return html`<tr class="${theirs ? 'theirs' : ''}"><td class="mono">${id}</td><td class="when">${stamped(page.clock, start)}</td><td><strong>${host}</strong></td><td>${user}</td><td>${methodName(method)}</td><td><span class="mono">${address}</span>${where && html`<br><span class="faint small">${where}</span>`}</td><td>${lasted(seconds)}</td><td class="wide faint">${stayParts(
    session,
  )
    .slice(1)
    .map((part, at) => [at > 0 && ' · ', part])}${evidenceOf(page, session.evidence)}</td></tr>`;
}

/** Sessions as lanes over time, and as a table behind a click. */
export function sessionsSection(page: Page): Markup {
  const { story } = page;
  const lanes = layLanes(story);
  if (story.sessions.length === 0) return NOTHING;
  const intruders = new Set(intruderSessions(story));
  const order = [...story.sessions].sort((a, b) => Number(intruders.has(b)) - Number(intruders.has(a)));
  const total = Math.max(story.sessions.length, story.totals.sessions);
  const heads = [TERMS.session, TERMS.when, TERMS.host, TERMS.user, TERMS.how, TERMS.from, TERMS.duration];
  const bounded =
    lanes && lanes.drawn < total && fillText(NOTES.sessionsBounded, { n: number(lanes.drawn), all: number(total) });
  return section(
    'sessions',
    html`<p class="note">${NOTES.sessions}</p>`,
    lanes && drawing(page, lanes),
    bounded && html`<p class="note">${bounded}</p>`,
    html`<details class="long"><summary>${counted(TERMS.allSessions, Math.min(MAX_LISTED, order.length))}</summary><div class="scroll" tabindex="0" role="group" aria-labelledby="h-sessions"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}<th scope="col">${TERMS.did}</th></tr></thead><tbody>${order.slice(0, MAX_LISTED).map((one) => row(page, one, intruders.has(one)))}</tbody></table></div>${andMore(total - Math.min(MAX_LISTED, order.length))}</details>`,
  );
}
