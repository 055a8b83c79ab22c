import { SHORTEST } from '../access/passwords.ts';
import { PERMISSIONS, ROLES, TOKEN_PERMISSIONS } from '../access/roles.ts';
import { html, type Markup, NOTHING } from '../core/markup.ts';
import type { OfferedTotp, PersonCaller, ShownAccount, ShownToken } from './access.ts';
import { qrCode } from './qr.ts';
import { document } from './shell.ts';
import { told } from './sign-in-page.ts';

const instant = (at: string) => html`<time>${at.slice(0, 16).replace('T', ' ')}</time>`;

export interface AccountParts {
  readonly account: ShownAccount;
  readonly tokens: readonly ShownToken[];
  readonly fault?: string | null;
}

/** One's own account. */
export function accountPage(caller: PersonCaller, { account, tokens, fault = null }: AccountParts): string {
  const body = html`<h1>${account.name}</h1><p class="soft">Role ${account.role}: ${ROLES[account.role].for}. ${account.isOfHere ? 'An admin can change it.' : 'The place that you sign in by gives it.'}</p>${told(fault)}
${account.isOfHere ? html`<h2>Second factor</h2>${secondFactor(account)}<h2>Passkeys</h2>${passkeysPart(account)}` : NOTHING}
<h2>Where you are signed in</h2>${signIns(account)}
<h2>Tokens</h2>${tokensPart(caller, tokens)}
<h2>Password</h2>${account.isOfHere ? passwordPart(account) : html`<p class="soft">You sign in by your account of another place: what proves that it is you is changed there.</p>`}`;
  return document(`${account.name} · Spoor`, body, { caller });
}

function passkeysPart({ passkeys }: ShownAccount): Markup {
  const words =
    passkeys === 0 ? 'None. A passkey signs you in by your finger, your face or a PIN.' : `You have ${passkeys}.`;
  return html`<p class="${passkeys === 0 ? 'soft' : 'good'}">${words}</p><p><a href="/account/passkeys">${passkeys === 0 ? 'Add one' : 'See and change them'}</a></p>`;
}

function secondFactor({ hasTotp, recoveryLeft, passkeys }: ShownAccount): Markup {
  if (!hasTotp && passkeys > 0)
    return html`<p class="good">A passkey is asked for beside the password.</p><p><a href="/account/totp">Set up an authenticator, too</a></p>`;
  if (!hasTotp)
    return html`<p class="warn">None: whoever learns the password is in.</p><p><a href="/account/totp">Set up an authenticator</a></p>`;
  return html`<p class="good">An authenticator is set up. ${recoveryLeft} recovery codes are left.</p><form method="post" action="/account/totp/remove"><button class="quiet">Remove it</button></form>`;
}

function signIns({ signIns: all }: ShownAccount): Markup {
  const rows = all.map(
    ({ id, how, address, agent, began, used, current }) =>
      html`<tr><td>${address}${current ? html`<br><span class="good">this one</span>` : NOTHING}</td><td>${agent.slice(0, 150)}</td><td>${how}</td><td>${instant(began)}</td><td>${instant(used)}</td><td>${current ? NOTHING : html`<form method="post" action="/account/sign-ins/end"><button class="quiet" name="id" value="${id}">End</button></form>`}</td></tr>`,
  );
  const others =
    all.length > 1
      ? html`<form method="post" action="/account/sign-ins/end-others"><button class="quiet">End all others</button></form>`
      : NOTHING;
  return html`<div class="box"><table><thead><tr><th>Address</th><th>Browser</th><th>By</th><th>Since (UTC)</th><th>Last used</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>${others}`;
}

function tokensPart({ may }: PersonCaller, tokens: readonly ShownToken[]): Markup {
  const rows = tokens.map(
    ({ id, name, may: can, expires, used }) =>
      html`<tr><td>${name}</td><td>${can.join(', ')}</td><td>${instant(expires)}</td><td>${used === null ? 'never' : instant(used)}</td><td><form method="post" action="/account/tokens/end"><button class="quiet" name="id" value="${id}">End</button></form></td></tr>`,
  );
  const table =
    tokens.length === 0
      ? html`<p class="soft">None. A token lets a program ask in your name, for what you tick and no more.</p>`
      : html`<div class="box"><table><thead><tr><th>For</th><th>May</th><th>Until (UTC)</th><th>Last used</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const ticks = TOKEN_PERMISSIONS.filter((one) => may.has(one)).map(
    (one) =>
      html`<label class="tick"><input type="checkbox" name="${one}" value="on"><span>${one}: ${PERMISSIONS[one]}</span></label>`,
  );
  return html`${table}<details><summary>Make a token</summary><form method="post" action="/account/tokens" class="stack"><label>What is it for?<input name="name" maxlength="100" required></label><label>Days that it holds<input name="days" type="number" min="1" max="366" value="90" required></label>${ticks}<button>Make it</button></form></details>`;
}

function passwordPart({ name, hasPassword }: ShownAccount): Markup {
  const current = hasPassword
    ? html`<label>Present password<input name="current" type="password" autocomplete="current-password" required></label>`
    : NOTHING;
  return html`<details><summary>${hasPassword ? 'Change it' : 'Set one'}</summary><form method="post" action="/account/password" class="stack"><input name="username" value="${name}" autocomplete="username" hidden>${current}<label>New password, ${SHORTEST} characters or more<input name="password" type="password" autocomplete="new-password" required></label><label>Once more<input name="again" type="password" autocomplete="new-password" required></label><button>Set it</button></form></details><p class="soft">All other browsers are signed out then.</p>`;
}

/** A second factor is set up: what the telephone reads, and the code that it then shows. */
export function totpPage(caller: PersonCaller, { secret, uri }: OfferedTotp, fault: string | null): string {
  const body = html`<h1>Set up an authenticator</h1>${told(fault)}<ol><li>Read this with an authenticator, such as FreeOTP, Aegis or Google Authenticator.${qrCode(uri)}<p class="soft">Or type it in: <code>${secret.replace(/(.{4})(?=.)/g, '$1 ')}</code></p></li><li><form method="post" action="/account/totp" class="stack"><label>The code that it shows now<input name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus></label><button>Turn it on</button></form></li></ol><p><a href="/account">Not now</a></p>`;
  return document('Authenticator · Spoor', body, { caller, narrow: true });
}

/** Recovery codes, this once. */
export function recoveryPage(caller: PersonCaller, codes: readonly string[]): string {
  const body = html`<h1>Keep these recovery codes</h1><p>Each signs you in once, on the day on which the telephone is gone. They are shown this once. Print them, or put them where your passwords are.</p><ul class="box codes code">${codes.map((code) => html`<li>${code}</li>`)}</ul><p>All other browsers were signed out.</p><p><a href="/account">I have them</a></p>`;
  return document('Recovery codes · Spoor', body, { caller, narrow: true });
}

/** A token's text, this once. */
export function tokenPage(caller: PersonCaller, text: string, { name, may, expires }: ShownToken): string {
  const body = html`<h1>The token for ${name}</h1><p>It is shown this once, and holds until ${instant(expires)} UTC.</p><p class="box code"><code>${text}</code></p><p class="soft">May: ${may.join(', ')}. Sent as <code>Authorization: Bearer …</code></p><p><a href="/account">I have it</a></p>`;
  return document('Token · Spoor', body, { caller, narrow: true });
}
