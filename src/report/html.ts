import { createHash } from 'node:crypto';
import { flag, html, type Markup, styleElement } from '../core/markup.ts';
import type { Story } from '../trace/story.ts';
import { actionsSection, blockSection } from './html/actions.ts';
import { attackersSection } from './html/attackers.ts';
import { campaignsSection } from './html/campaigns.ts';
import { hopsSection } from './html/hops.ts';
import { inputsSection, madeSection } from './html/inputs.ts';
import { missingSection } from './html/missing.ts';
import { type Language, type Page, pageOf } from './html/page.ts';
import { worldSection } from './html/places.ts';
import { sessionsSection } from './html/sessions.ts';
import { STYLE } from './html/style.ts';
import { TERMS } from './html/terms.ts';
import { deedsSection, foundSection } from './html/timeline.ts';
import { controllersSection, motivesSection } from './html/tracks.ts';
import { titleOf, verdictBanner } from './html/verdict.ts';
import { wayInSection } from './html/way-in.ts';
import { HEADINGS, type SectionName } from './html/words.ts';

export type { Language } from './html/page.ts';

/** The parts in their order: what happened, what to do, what is known of it, what it rests on. */
const SECTIONS: readonly (readonly [SectionName, (page: Page) => Markup])[] = [
  ['way-in', wayInSection],
  ['deeds', deedsSection],
  ['hops', hopsSection],
  ['actions', actionsSection],
  ['missing', missingSection],
  ['found', foundSection],
  ['motives', motivesSection],
  ['sessions', sessionsSection],
  ['campaigns', campaignsSection],
  ['attackers', attackersSection],
  ['world', worldSection],
  ['controllers', controllersSection],
  ['block', blockSection],
  ['inputs', inputsSection],
  ['made', madeSection],
];

// Nothing may be loaded or run; the one style sheet is allowed by its digest (CSP Level 3, 8.3).
const DIGEST = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${DIGEST}'; base-uri 'none'; form-action 'none'`;

function head(story: Story, language: Language): Markup {
  return html`<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex"><title>${titleOf(story)[language]}</title>${styleElement(STYLE)}</head>`;
}

function top({ story }: Page, language: Language): Markup {
  const is = (name: Language) => flag('checked', name === language);
  return html`<a class="skip" href="#main">${TERMS.skip}</a><header class="top"><p class="brand">Spoor <span class="faint">${TERMS.report}${story.case !== '' && html` · ${story.case}`}</span></p><div class="switches"><fieldset><legend>${TERMS.language}</legend><label lang="en"><input type="radio" name="lang" id="lang-en"${is('en')}>English</label><label lang="ko"><input type="radio" name="lang" id="lang-ko"${is('ko')}>한국어</label></fieldset><fieldset><legend>${TERMS.theme}</legend><label><input type="radio" name="theme" id="theme-auto" checked>${TERMS.auto}</label><label><input type="radio" name="theme" id="theme-light">${TERMS.light}</label><label><input type="radio" name="theme" id="theme-dark">${TERMS.dark}</label></fieldset></div></header>`;
}

/**
 * A story as one page that needs nothing else: no network, no script. English and Korean are both in it, `language` is
 * what it opens with. Nothing of a story can become markup, whatever its logs hold. The same story gives the same bytes.
 */
export function htmlPage(story: Story, language: Language): string {
  const page = pageOf(story, language);
  const told = SECTIONS.map(([name, tell]) => ({ name, part: tell(page) })).filter(({ part }) => String(part) !== '');
  const contents = told.map(({ name }) => html`<li><a href="#${name}">${HEADINGS[name]}</a></li>`);
  const body = html`<body>${top(page, language)}<div class="frame"><nav aria-labelledby="contents"><p class="hidden" id="contents">${TERMS.contents}</p><ol>${contents}</ol></nav><main id="main">${verdictBanner(page)}${told.map(({ part }) => part)}</main></div></body>`;
  return `<!doctype html>\n${html`<html lang="${language}">${head(story, language)}${body}</html>`}\n`;
}
