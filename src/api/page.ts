import { html, type Markup, NOTHING } from '../core/markup.ts';
import type { Caller } from './caller.ts';
import { document } from './shell.ts';
import type { Part, ShownEvent, ShownSource, ShownSourceEvent, SourcePage, Status } from './view.ts';
import type { Unmasking } from './watched.ts';

const count = (n: number) => n.toLocaleString('en');
const instant = (at: string | null) => html`<time>${at?.slice(0, 19).replace('T', ' ') ?? ''}</time>`;

/** Sources that are shown, of how many, and what they were looked for by. */
interface FoundSources extends Pick<SourcePage, 'sources' | 'total'> {
  readonly q: string;
}

/** The one page: how the server is, who sends, what came last. No script; everything from a log is escaped text. */
export function page(
  status: Status,
  sources: FoundSources | null,
  told: readonly ShownSourceEvent[] | null,
  events: readonly ShownEvent[] | null,
  caller: Caller | null = null,
  unmasked: Unmasking | null = null,
): string {
  const body = html`<h1>Spoor</h1><p class="soft">${status.ledger.origin} · since ${instant(status.startedAt)} UTC</p>
${protection(status)}${cards(status)}
<h2>Sources</h2>${sourcesTable(sources)}
${toldTable(told)}
<h2>Latest events</h2>${masks(caller, unmasked)}${eventsTable(events)}
<h2>Parts</h2>${partsTable(status.parts)}${troubles(status)}`;
  return document('Spoor', body, { caller, refresh: true });
}

/** What of events this reader sees, and how he sees more. */
function masks(caller: Caller | null, unmasked: Unmasking | null): Markup {
  if (caller === null || caller.kind === 'local') return NOTHING;
  if (unmasked !== null)
    return html`<form method="post" action="/mask" class="row"><p class="warn">Personal fields are shown to you until ${instant(unmasked.until)} UTC: ${unmasked.reason}</p><button class="quiet">Mask them</button></form>`;
  if (caller.kind !== 'person' || !caller.may.has('unmask'))
    return html`<p class="soft">Names, addresses and what people typed are masked.</p>`;
  return html`<p class="soft">Names, addresses and what people typed are masked. <a href="/unmask">Show them for an hour</a></p>`;
}

function protection({ unprotected, ledger }: Status): Markup {
  if (ledger.tampered !== null)
    return html`<p class="bad big"><strong>The ledger was tampered with${ledger.closed ? ', and nothing is kept' : ''}.</strong></p><p class="bad">${ledger.tampered}</p><p>${ledger.todo ?? ''}</p>`;
  if (unprotected.length === 0) return html`<p class="good"><strong>Protected.</strong></p>`;
  return html`<p class="warn"><strong>Not yet protected.</strong> ${unprotected.join(' ')}</p>`;
}

function card(title: string, value: string, detail: string): Markup {
  return html`<div class="card">${title}<b>${value}</b><span class="soft">${detail}</span></div>`;
}

function cards({ ledger, index }: Status): Markup {
  return html`<div class="cards">${card('Records kept', count(ledger.size), `${count(ledger.sealed)} under a signed checkpoint`)}${card('Indexed', count(index.indexed), index.lag === 0 ? 'nothing waits' : `${count(index.lag)} wait`)}</div>`;
}

function sourcesTable(page: FoundSources | null): Markup {
  if (page === null) return html`<p class="warn">Not known now: the state’s database does not answer.</p>`;
  const { sources, total, q } = page;
  if (total === 0 && q === '') return html`<p class="soft">None has sent yet.</p>`;
  const find =
    q === '' && total === sources.length
      ? NOTHING
      : html`<form method="get" action="/" class="row"><label>Stream <input name="sources" value="${q}" maxlength="500"></label><button class="quiet">Find</button><span class="soft">${count(sources.length)} of ${count(total)} shown</span></form>`;
  const rows = sources.map(
    (one) =>
      html`<tr><td>${one.stream}<br><span class="soft">${one.hosts.slice(-3).join(', ')}</span></td><td>${one.trust}</td><td class="${one.state === 'active' ? 'good' : 'warn'}">${one.state}</td><td class="n">${count(one.records)}</td><td class="n">${share(one)}</td><td>${instant(one.lastSeen)}</td></tr>`,
  );
  return html`${find}<div class="box"><table><thead><tr><th>Stream</th><th>Known by</th><th>State</th><th>Records</th><th>Understood</th><th>Last (UTC)</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function toldTable(told: readonly ShownSourceEvent[] | null): Markup {
  if (told === null || told.length === 0) return NOTHING;
  const rows = told.map(
    ({ stream, kind, at, endedAt, words }) =>
      html`<tr><td>${instant(at)}</td><td>${stream}</td><td class="${endedAt === null ? 'warn' : 'soft'}">${kind.replace('_', ' ')}${endedAt === null ? ' (lasts)' : ''}</td><td>${words}</td></tr>`,
  );
  return html`<h2>What was seen of sources</h2><div class="box"><table><thead><tr><th>Since (UTC)</th><th>Stream</th><th>What</th><th>In words</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function share({ parsed, unparsed }: ShownSource): string {
  const all = parsed + unparsed;
  return all === 0 ? '–' : `${Math.floor((100 * parsed) / all)} %`;
}

function eventsTable(events: readonly ShownEvent[] | null): Markup {
  if (events === null)
    return html`<p class="warn">Not known now: the index does not answer. The records are safe in the ledger.</p>`;
  if (events.length === 0) return html`<p class="soft">None yet.</p>`;
  const rows = events.map(
    ({ at, host, program, message, position }) =>
      html`<tr><td>${instant(at)}</td><td>${host}</td><td>${program}</td><td class="m">${message.slice(0, 400)}</td><td class="n id">${position}</td></tr>`,
  );
  return html`<div class="box"><table><thead><tr><th>Time (UTC)</th><th>Host</th><th>Program</th><th>What it said</th><th>Record</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function partsTable(parts: readonly Part[]): Markup {
  const rows = parts.map(
    ({ name, state, detail }) =>
      html`<tr><td>${name}</td><td class="${state === 'running' ? 'good' : 'warn'}">${state}</td><td>${detail}</td></tr>`,
  );
  return html`<div class="box"><table><tbody>${rows}</tbody></table></div>`;
}

function troubles({ troubles: all }: Status): Markup {
  if (all.length === 0) return NOTHING;
  const rows = all.map(({ at, what }) => html`<tr><td>${instant(at)}</td><td>${what}</td></tr>`);
  return html`<h2>Troubles</h2><div class="box"><table><tbody>${rows}</tbody></table></div>`;
}
