import { type Content, fill, html, type Markup, NOTHING, type Twin } from '../../core/markup.ts';
import { pageOfUrl } from '../../trace/finding-of.ts';
import type { Entry, Session } from '../../trace/story.ts';
import { DUMPED, GUESSED_LOGIN, LED, SHELL } from '../../trace/web-kinds.ts';
import { type WebFinding, webWayIn } from '../open-question.ts';
import { loginLine } from '../telling.ts';
import { number } from '../words.ts';
import { lasted, stamped } from './dates.ts';
import {
  andMore,
  counted,
  evidenceOf,
  methodName,
  type Page,
  placeName,
  rawLines,
  reasonsOf,
  section,
  strong,
  tries,
} from './page.ts';
import { TERMS } from './terms.ts';
import { CONFIDENCE, STATES } from './words.ts';

const MAX_ENTRIES = 50;

/** `412 tries in 37 min`; null when there was none. */
export function triesOf({ failuresBefore, guessingSeconds }: Entry): Markup | null {
  if (failuresBefore === 0) return null;
  const time = lasted(guessingSeconds);
  return time.en === '' ? html`${tries(failuresBefore)}` : fill(TERMS.inTime, { tries: tries(failuresBefore), time });
}

function how(entry: Entry): Markup {
  const way = methodName(entry.method) ?? TERMS.unknownHow;
  const before = triesOf(entry);
  const byPassword = entry.method === '' || entry.method.startsWith('password') || entry.method.startsWith('keyboard');
  const tail =
    before && !byPassword
      ? fill(TERMS.afterTries, { tries: before })
      : before || entry.method === ''
        ? null
        : TERMS.noTry;
  return html`${fill(TERMS.loggedIn, { user: strong(entry.user, TERMS.anUnknownUser) })}, ${way}${tail && html`, ${tail}`}`;
}

/** How long a session lasted and what it amounted to, as parts of a line. */
export function stayParts(session: Session): Twin[] {
  const time = lasted(session.seconds);
  const state = STATES[session.state];
  const stay = session.state === 'closed' ? TERMS.stayed : TERMS.atLeast;
  return [
    time.en === '' ? null : { en: stay.en.replace('{time}', time.en), ko: stay.ko.replace('{time}', time.ko) },
    state,
    session.root ? TERMS.asRoot : null,
    session.stepsTotal > 1 ? counted(TERMS.things, session.stepsTotal) : null,
  ].filter((part) => part !== null);
}

/** The first login as numbered steps, ending with the line that shows it. */
function steps(page: Page, entry: Entry): Markup {
  const { story, clock } = page;
  const place = placeName(entry.place);
  const session = story.sessions.find(({ id }) => id === entry.session);
  const proof = loginLine(entry, story);
  const guessed = triesOf(entry);
  const parts: Content[] = [
    html`<strong class="bad mono">${entry.address === '' ? TERMS.noAddress : entry.address}</strong>${place && html` <span class="faint">${place}</span>`}`,
    guessed &&
      entry.method !== 'publickey' &&
      html`${fill(TERMS.guessed, { user: strong(entry.user, TERMS.anUnknownUser) })}: <strong>${guessed}</strong>`,
    html`${how(entry)} <span class="faint">· ${stamped(clock, entry.at)}</span>`,
    session && stayParts(session).length > 0 && stayParts(session).map((part, at) => [at > 0 && ' · ', part]),
  ];
  const items = parts.filter((part) => part !== null && part !== false && part !== undefined);
  return html`<div class="card grave"><ol class="steps">${items.map((part) => html`<li>${part}</li>`)}</ol>${
    proof && html`<div class="proof"><h3>${TERMS.theLine}</h3>${rawLines(page, [proof])}</div>`
  }</div>`;
}

function row(page: Page, entry: Entry): Markup {
  const { clock } = page;
  const way = methodName(entry.method);
  const why = html`${reasonsOf(page, entry.reasons)}${evidenceOf(page, entry.evidence)}`;
  const head = html`<tr><td class="when">${stamped(clock, entry.at)}</td><td><strong>${entry.host}</strong></td><td>${entry.user}</td><td>${way}</td><td class="mono">${entry.address}</td><td><span class="sure s-${entry.confidence}">${CONFIDENCE[entry.confidence]}</span></td></tr>`;
  return html`${head}<tr class="under"><td colspan="6">${why}</td></tr>`;
}

const WAYS: ReadonlyMap<string, Twin> = new Map([
  [SHELL.title, TERMS.byShell],
  [DUMPED.title, TERMS.readDatabase],
  [GUESSED_LOGIN.title, TERMS.guessedWebLogin],
]);

function throughPage({ title, request, count }: WebFinding): Markup {
  const said = WAYS.get(title) ?? TERMS.ranCommands;
  const name = html`<strong class="mono">${pageOfUrl(request.urls[0] ?? '')}</strong>`;
  return html`${fill(said, { page: name })}${count > 1 && title !== LED.title && html` <span class="faint">×${number(count)}</span>`}`;
}

/** The same for who came through a web server. */
function requestSteps(page: Page, found: WebFinding): Markup {
  const { story, clock } = page;
  const { address } = found.request;
  const known = story.attackers.find((attacker) => attacker.address === address);
  const place = known ? placeName(known.place) : '';
  const items = [
    html`<strong class="bad mono">${address === '' ? TERMS.noAddress : address}</strong>${place && html` <span class="faint">${place}</span>`}`,
    html`${throughPage(found)} <span class="faint">· ${stamped(clock, found.at)}</span>`,
  ];
  return html`<div class="card grave"><ol class="steps">${items.map((item) => html`<li>${item}</li>`)}</ol><div class="proof"><h3>${TERMS.theLine}</h3>${rawLines(page, found.evidence.slice(0, 1))}</div></div>`;
}

/** How the first intruder came in, and every login that is thought to be an intruder's. */
export function wayInSection(page: Page): Markup {
  const { entries } = page;
  const [first] = entries;
  const request = webWayIn(page.story);
  if (request !== null) return section('way-in', requestSteps(page, request));
  if (!first) return NOTHING;
  const heads = [TERMS.when, TERMS.host, TERMS.user, TERMS.how, TERMS.from, TERMS.sure];
  return section(
    'way-in',
    steps(page, first),
    html`<h3>${TERMS.allEntries} (${entries.length})</h3><div class="scroll" tabindex="0" role="group" aria-labelledby="h-way-in"><table class="entries"><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${entries.slice(0, MAX_ENTRIES).map((entry) => row(page, entry))}</tbody></table></div>`,
    andMore(entries.length - MAX_ENTRIES),
  );
}
