import { html, type Markup, type Twin } from '../../core/markup.ts';
import type { Missing } from '../../trace/story.ts';
import { holeText } from '../holes.ts';
import { dated } from './dates.ts';
import { NOTES } from './notes.ts';
import { andMore, type Page, rawLines, section } from './page.ts';
import { MISSINGS } from './words.ts';

const MAX_HOLES = 100;

function hole(page: Page, missing: Missing): Markup {
  const { kind, host, file, from, to, suspicion, evidence } = missing;
  const when = dated(page.clock.range(from, to));
  const body = html`<span class="host">${host}</span><span class="what ${suspicion === 'high' ? 't-bad' : ''}">${page.say(holeText(missing))} <span class="faint small">${MISSINGS[kind]}${when.en !== '' && html` · ${when}`}</span></span><span class="cite">${page.paths.short(file, 60)}</span>`;
  if (evidence.length === 0) return html`<li class="row"><div class="line">${body}</div></li>`;
  return html`<li class="row"><details><summary class="line">${body}</summary>${rawLines(page, evidence)}</details></li>`;
}

function group(page: Page, heading: Twin, holes: readonly Missing[]): Markup | null {
  if (holes.length === 0) return null;
  return html`<h3>${heading}</h3><ul class="timeline holes">${holes.slice(0, MAX_HOLES).map((one) => hole(page, one))}</ul>${andMore(holes.length - MAX_HOLES)}`;
}

/** What somebody removed, hosts whose logs are not here, and what is missing for whatever reason. */
export function missingSection(page: Page): Markup {
  const { missing, totals } = page.story;
  const unseen = missing.filter(({ kind }) => kind === 'host_unseen');
  const others = missing.filter(({ kind }) => kind !== 'host_unseen');
  const parts = [
    group(
      page,
      NOTES.wipedHead,
      others.filter(({ suspicion }) => suspicion === 'high'),
    ),
    group(page, NOTES.unseen, unseen),
    group(page, NOTES.missingHead, [
      ...others.filter(({ suspicion }) => suspicion === 'medium'),
      ...others.filter(({ suspicion }) => suspicion === 'low'),
    ]),
  ];
  const none = missing.length === 0 && totals.lines > 0 && html`<p class="note">${NOTES.noMissing}</p>`;
  return section('missing', ...parts, none);
}
