import { type Content, fill, fillText, html, type Markup, NOTHING, type Twin } from '../../core/markup.ts';
import type { Entry, Story } from '../../trace/story.ts';
import { instantOf } from '../clock.ts';
import { intruderSessions } from '../deeds.ts';
import { openQuestion, webWayIn } from '../open-question.ts';
import { number } from '../words.ts';
import { dated, lasted } from './dates.ts';
import { methodName, nameList, type Page, placeName, reasonsOf, strong } from './page.ts';
import { TERMS } from './terms.ts';
import { ANSWER, ANSWERS, BADGE, CONFIDENCE, w } from './words.ts';

function answer({ story }: Page): Twin {
  const open = openQuestion(story);
  if (open === 'login') return story.verdict === 'quiet' ? ANSWERS.calmToCheck : ANSWERS.toCheck;
  if (open === 'web' && story.verdict === 'attacked') return ANSWERS.webToCheck;
  if (story.verdict === 'cannot_tell' && story.totals.events === 0) return ANSWERS.unread;
  return ANSWER[story.verdict];
}

/** Who came in where, when and how, in one sentence; and where they went on to. */
function entered({ clock, entries }: Page, first: Entry): Markup {
  const how = methodName(first.method);
  const place = placeName(first.place);
  const from = first.address !== '' && html`<strong class="bad">${first.address}</strong>${place && html` (${place})`}`;
  const gaps: Record<string, Content> = {
    host: strong(first.host, TERMS.aHost),
    user: strong(first.user, TERMS.anUnknownUser),
    how: how && fillText(ANSWERS.by, { how }),
    from: from && fill(ANSWERS.from, { address: from }),
    date: html`<strong>${dated(clock.date(first.at))}</strong>`,
    time: html`<strong>${clock.time(first.at)}</strong>`,
    offset: clock.offset(first.at),
  };
  const others = [...new Set(entries.map(({ host }) => host))].filter((host) => host !== first.host && host !== '');
  const known = clock.date(first.at) !== '';
  return html`<p class="lead">${fill(known ? ANSWERS.entered : ANSWERS.enteredSome, gaps)}${
    others.length > 0 && html` ${fill(ANSWERS.onward, { hosts: nameList(others) })}`
  }</p>`;
}

const amount = (n: number, one: Twin, many: Twin): Twin => fillText(n === 1 ? one : many, { n: number(n) });
const ADDRESSES = [w('1 address', '주소 1개'), w('{n} addresses', '주소 {n}개')] as const;
const FAILURES = [
  w('1 failed login', '로그인이 1회 실패했습니다'),
  w('{n} failed logins', '로그인이 {n}회 실패했습니다'),
] as const;
const LINES = [w('1 line', '1줄'), w('{n} lines', '{n}줄')] as const;
const HOSTS = [w('1 host', '서버 1대'), w('{n} hosts', '서버 {n}대')] as const;

function lead(page: Page): Markup {
  const { story, entries } = page;
  const [first] = entries;
  if (first && (story.verdict === 'breached' || story.verdict === 'attacked')) return entered(page, first);
  if (story.verdict === 'breached')
    return html`<p class="lead">${webWayIn(story) ? ANSWERS.throughWeb : ANSWERS.inside}</p>`;
  const { totals, hosts } = story;
  if (story.verdict === 'attacked' && totals.attackers > 0)
    return html`<p class="lead">${fill(totals.failures > 0 ? ANSWERS.tried : ANSWERS.triedOnly, {
      addresses: html`<strong>${amount(totals.attackers, ...ADDRESSES)}</strong>`,
      failures: amount(totals.failures, ...FAILURES),
    })}</p>`;
  if (totals.lines === 0) return NOTHING;
  return html`<p class="lead">${fillText(ANSWERS.looked, {
    lines: amount(totals.lines, ...LINES),
    hosts: amount(hosts.length, ...HOSTS),
  })}</p>`;
}

interface Figure {
  readonly value: Content;
  readonly label: Twin;
  readonly bad: boolean;
}

/** From the first login of an intruder to the last thing seen of any. */
function insideSeconds({ story, entries }: Page): number | null {
  const start = instantOf(entries[0]?.at ?? null);
  const ends = intruderSessions(story).flatMap(({ end, steps }) => [end, ...steps.map(({ at }) => at)]);
  const last = [...ends, ...entries.map(({ at }) => at)].map(instantOf).filter((at) => at >= start);
  return last.length === 0 ? null : (last.reduce((a, b) => Math.max(a, b)) - start) / 1000;
}

function figures(page: Page): Figure[] {
  const { story, entries } = page;
  const { totals, missing, hosts } = story;
  const inside = [...new Set(entries.map(({ host }) => host).filter(Boolean))];
  const roots = new Set(
    intruderSessions(story)
      .filter(({ root }) => root)
      .map(({ host }) => host),
  );
  const wiped = missing.filter(({ suspicion }) => suspicion === 'high').length;
  const seconds = insideSeconds(page);
  const found: (Figure | false)[] = [
    inside.length > 0 && {
      value: html`${number(inside.length)}${hosts.length > 0 && html` <small>${fillText(TERMS.ofHosts, { n: number(hosts.length) })}</small>`}`,
      label: TERMS.hostsEntered,
      bad: true,
    },
    roots.size > 0 && { value: number(roots.size), label: TERMS.rootOn, bad: true },
    seconds !== null && seconds > 0 && { value: lasted(seconds), label: TERMS.inside, bad: false },
    wiped > 0 && { value: number(wiped), label: TERMS.wiped, bad: true },
    totals.attackers > 0 && { value: number(totals.attackers), label: TERMS.attackers, bad: false },
    totals.failures > 0 && { value: number(totals.failures), label: TERMS.failures, bad: false },
    inside.length === 0 && { value: number(hosts.length), label: TERMS.hosts, bad: false },
    { value: number(totals.lines), label: TERMS.lines, bad: false },
  ];
  return found.filter((one) => one !== false).slice(0, 6);
}

/** The verdict: a badge, the answer, one sentence, why, and the figures that tell how bad it is. */
export function verdictBanner(page: Page): Markup {
  const { story } = page;
  const tiles = figures(page).map(
    ({ value, label, bad }) =>
      html`<div class="${bad ? 'tile grave' : 'tile'}"><dt>${label}</dt><dd>${value}</dd></div>`,
  );
  return html`<div class="verdict v-${story.verdict}"><p class="badges"><span class="badge">${BADGE[story.verdict]}</span> <span class="sure">${CONFIDENCE[story.confidence]}</span></p><h1>${answer(page)}</h1>${lead(page)}${story.partial && html`<p class="warn">${TERMS.partial}</p>`}${
    story.reasons.length > 0 && html`<div class="why"><h2>${TERMS.why}</h2>${reasonsOf(page, story.reasons)}</div>`
  }</div><dl class="tiles">${tiles}</dl>`;
}

/** The title of the page, in its own language. */
export function titleOf(story: Story): Twin {
  const name = story.case === '' ? '' : `${story.case}: `;
  const { en, ko } = ANSWER[story.verdict];
  return w(`${name}${en} – Spoor`, `${name}${ko} – Spoor`);
}
