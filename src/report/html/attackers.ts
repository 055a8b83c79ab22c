import { fillText, html, type Markup, NOTHING, type Twin } from '../../core/markup.ts';
import type { Attacker } from '../../trace/story.ts';
import { entryAddresses } from '../attackers.ts';
import { number } from '../words.ts';
import { chips } from './campaigns.ts';
import { dated } from './dates.ts';
import { NOTES } from './notes.ts';
import { andMore, counted, evidenceOf, type Page, placeName, section, tries } from './page.ts';
import { TERMS, TRACK_TERMS } from './terms.ts';
import { KINDS, w } from './words.ts';

const FIRST = 25;
const MOST = 1000;
const MAX_NAMES = 12;

const AMOUNTS = {
  hostile: w('{n} hostile requests', '공격 요청 {n}회'),
  webLogins: w('{n} wrong web logins', '웹 로그인 실패 {n}회'),
  requests: w('{n} requests', '요청 {n}회'),
  packets: w('{n} blocked packets', '차단된 패킷 {n}개'),
  probes: w('{n} probes', '탐색 {n}회'),
} as const;

/** How much an address did, the largest first. */
function amounts({ failures, hostileRequests, webFailures, requests, blockedPackets, probes }: Attacker): Twin[] {
  return [
    failures > 0 ? tries(failures) : null,
    hostileRequests > 0 ? counted(AMOUNTS.hostile, hostileRequests) : null,
    webFailures > 0 ? counted(AMOUNTS.webLogins, webFailures) : null,
    requests > 0 && hostileRequests === 0 && webFailures === 0 ? counted(AMOUNTS.requests, requests) : null,
    blockedPackets > 0 ? counted(AMOUNTS.packets, blockedPackets) : null,
    probes > 0 && failures === 0 ? counted(AMOUNTS.probes, probes) : null,
  ].filter((part) => part !== null);
}

function row(page: Page, attacker: Attacker, inside: boolean, whole: boolean): Markup {
  const place = placeName(attacker.place);
  const { kinds, names, namesTotal, first, last } = attacker;
  const parts = amounts(attacker).map((part, at) => [at > 0 && ', ', part]);
  const what = kinds.map((kind, at) => [at > 0 && ', ', KINDS[kind]]);
  return html`<tr class="${inside ? 'theirs' : ''}"><td><strong class="mono">${attacker.address}</strong>${inside && html` <span class="pill bad">${TRACK_TERMS.gotIn}</span>`}${place && html`<br><span class="faint small">${place}</span>`}</td><td>${parts}<br><span class="faint small">${what}</span></td><td class="when">${dated(page.clock.range(first, last))}</td><td class="wide">${chips(names, namesTotal, MAX_NAMES)}${whole && evidenceOf(page, attacker.evidence)}</td></tr>`;
}

function table(rows: readonly Markup[]): Markup {
  const heads = [TERMS.address, TERMS.did, TERMS.when, TERMS.names];
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="h-attackers"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The attacking addresses, those that got in first, then the worst. */
export function attackersSection(page: Page): Markup {
  const { story } = page;
  if (story.attackers.length === 0) return NOTHING;
  const inside = entryAddresses(story);
  const order = [...story.attackers].sort((a, b) => Number(inside.has(b.address)) - Number(inside.has(a.address)));
  const rowOf = (attacker: Attacker, at: number): Markup =>
    row(page, attacker, inside.has(attacker.address), at < FIRST);
  const rest = order.slice(FIRST, MOST);
  const total = Math.max(order.length, story.totals.attackers);
  return section(
    'attackers',
    html`<p class="note">${total === 1 ? NOTES.oneAttacker : fillText(NOTES.attackers, { n: number(total) })}</p>`,
    table(order.slice(0, FIRST).map(rowOf)),
    rest.length > 0 &&
      html`<details class="long"><summary>${counted(TERMS.moreShown, rest.length)}</summary>${table(rest.map((one) => rowOf(one, FIRST)))}</details>`,
    andMore(total - Math.min(order.length, MOST)),
  );
}
