import { fill, fillText, html, type Markup, NOTHING } from '../../core/markup.ts';
import type { InputReport, LiveReading } from '../../trace/story.ts';
import { bytes, number, spanOf } from '../words.ts';
import { dated } from './dates.ts';
import { NOTES } from './notes.ts';
import { andMore, counted, nameList, type Page, section } from './page.ts';
import { TERMS } from './terms.ts';

const MAX_INPUTS = 500;

function row({ paths }: Page, input: InputReport): Markup {
  const { path, source, lines, unparsed, refused, size, sha256, hosts } = input;
  const note =
    refused !== null
      ? html`<br><span class="warn">${fill(NOTES.notRead, { why: refused })}</span>`
      : unparsed > 0 && html`<br><span class="faint small">${counted(NOTES.notUnderstood, unparsed)}</span>`;
  const label = source !== '' && html`<span class="pill">${source}</span> `;
  return html`<tr><td class="path">${label}${paths.short(path, 4096)}${note}<br><span class="hash">${sha256}</span></td><td>${nameList(hosts, 3)}</td><td class="num">${number(lines)}</td><td class="num">${bytes(size)}</td></tr>`;
}

/** What of a server's store was read. What is missing is in the server's words. */
function liveRead({ origin, since, until, host, sender, records, missing }: LiveReading): Markup {
  const whose = [host, sender].filter(Boolean).join(', ');
  const end = until === null ? NOTES.liveOpen : fillText(NOTES.liveUntil, { until });
  const told = fill(NOTES.liveRead, { origin, since, until: html`${end}`, n: number(records) });
  return html`<p class="note">${told}${whose !== '' && html` ${fill(NOTES.liveOf, { whose })}`}</p>${
    missing.length === 0
      ? html`<p class="note">${NOTES.liveWhole}</p>`
      : html`<p class="warn">${NOTES.liveBut}</p><ul lang="en">${missing.map((words) => html`<li>${words}</li>`)}</ul>`
  }`;
}

/** Every input with its SHA-256, and what could not be read. */
export function inputsSection(page: Page): Markup {
  const { story } = page;
  const { inputs, totals } = story;
  if (inputs.length === 0) return NOTHING;
  const span = spanOf(story);
  const heads = [TERMS.file, TERMS.host];
  return section(
    'inputs',
    html`<p>${nameList(story.hosts.map(({ host }) => host).filter(Boolean), 12)}${span !== '' && html` · ${dated(span.split(', times')[0] ?? '')}`} · ${number(totals.lines)} ${TERMS.linesShort} · ${bytes(totals.bytes)}</p>`,
    totals.unparsed > 0 && html`<p class="note">${counted(NOTES.unparsed, totals.unparsed)}</p>`,
    totals.outOfRange > 0 && html`<p class="note">${counted(NOTES.outOfRange, totals.outOfRange)}</p>`,
    story.live === undefined ? html`<p class="note">${NOTES.inputs}</p>` : liveRead(story.live),
    html`<details class="long"><summary>${counted(story.live ? NOTES.liveStreams : NOTES.inputsList, inputs.length)}</summary><div class="scroll" tabindex="0" role="group" aria-labelledby="h-inputs"><table class="inputs"><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}<th scope="col" class="num">${TERMS.linesShort}</th><th scope="col" class="num">B</th></tr></thead><tbody>${inputs.slice(0, MAX_INPUTS).map((input) => row(page, input))}</tbody></table></div>${andMore(inputs.length - MAX_INPUTS)}</details>`,
  );
}

/** How the page came to be, and what it cannot tell. Told last: by then it is known what stayed English. */
export function madeSection({ story, clock, untranslated }: Page): Markup {
  const left = untranslated.size;
  const facts = [NOTES.made, NOTES.limits, NOTES.judge, NOTES.hostile, NOTES.placesHint];
  return section(
    'made',
    html`<ul class="made">${facts.map((fact) => html`<li>${fact}</li>`)}<li>${fillText(NOTES.zone, { offset: dated(clock.offsets(story.from, story.to)), zone: story.zone })}</li>${
      left > 0 && html`<li class="ko" lang="ko">${counted(NOTES.untranslated, left).ko}</li>`
    }${story.geo.map((source) => html`<li>${source}</li>`)}</ul>`,
  );
}
