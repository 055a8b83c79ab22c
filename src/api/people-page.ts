import { ROLE_NAMES, ROLES } from '../access/roles.ts';
import { html, type Markup, NOTHING } from '../core/markup.ts';
import type { OfferedLink, PersonCaller, ShownPerson } from './access.ts';
import { document } from './shell.ts';
import { told } from './sign-in-page.ts';

/** All accounts, for an admin. `offered`: a link that was just made, with whom it is for. */
export function peoplePage(
  caller: PersonCaller,
  people: readonly ShownPerson[],
  {
    fault = null,
    offered = null,
  }: { fault?: string | null; offered?: (OfferedLink & { readonly name: string }) | null },
): string {
  const roles = ROLE_NAMES.map((role) => html`<option>${role}</option>`);
  const body = html`<h1>People</h1>${told(fault)}${offered === null ? NOTHING : linkPart(offered)}
<div class="box"><table><thead><tr><th>Name</th><th>Role</th><th>Signs in by</th><th>Since (UTC)</th><th></th></tr></thead><tbody>${people.map((one) => rowOf(one, one.id === caller.personId))}</tbody></table></div>
<h2>Add somebody</h2><form method="post" action="/people/add" class="row"><label>Name<input name="name" autocapitalize="none" spellcheck="false" required></label><label>Role<select name="role">${roles}</select></label><button>Add, and make a link</button></form>
<h2>Change a role</h2><form method="post" action="/people/role" class="row"><label>Name<input name="name" autocapitalize="none" spellcheck="false" required></label><label>Role<select name="role">${roles}</select></label><button>Change it</button></form>
<h2>Roles</h2><div class="box"><table><tbody>${ROLE_NAMES.map((role) => html`<tr><td>${role}</td><td>${ROLES[role].for}</td><td class="soft">${ROLES[role].may.join(', ')}</td></tr>`)}</tbody></table></div>`;
  return document('People · Spoor', body, { caller });
}

function linkPart({ name, url, expires }: OfferedLink & { readonly name: string }): Markup {
  return html`<p class="told good">Send this to ${name}: it holds once, until ${expires.slice(0, 16).replace('T', ' ')} UTC, and is shown this once.<br><code>${url}</code></p>`;
}

function rowOf({ name, role, created, disabled, hasPassword, hasTotp }: ShownPerson, isSelf: boolean): Markup {
  const ways = [hasPassword ? 'password' : '', hasTotp ? 'authenticator' : '']
    .filter((way) => way !== '')
    .join(' and ');
  const able =
    disabled === null
      ? html`<button class="quiet" formaction="/people/disable">Disable</button>`
      : html`<button class="quiet" formaction="/people/enable">Enable</button>`;
  return html`<tr><td>${name}</td><td>${role ?? 'none'}${disabled === null ? NOTHING : html`<br><span class="warn">disabled</span>`}</td><td>${ways === '' ? 'nothing yet' : ways}</td><td><time>${created.slice(0, 10)}</time></td><td>${isSelf ? NOTHING : html`<form method="post" action="/people/link" class="row"><input type="hidden" name="name" value="${name}"><button class="quiet">New link</button>${able}</form>`}</td></tr>`;
}
