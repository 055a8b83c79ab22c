import { html, type Markup } from '../core/markup.ts';
import type { Recognised } from './access.ts';
import type { Caller } from './caller.ts';
import type { ShownPasskey } from './other-ways.ts';
import { document } from './shell.ts';

const SCRIPT = html`<p id="said" class="bad" role="status"></p><script src="/passkeys.js"></script>`;
const NOWHERE = html`<p class="told">Passkeys need https and a host name. An admin can name in <code>http.names</code> what people type, as <code>logs.example.org</code>.</p>`;

/** Where somebody signs in by a passkey: alone, or after the password. `works`: passkeys can be at this address. */
export function passkeySignInPage(half: Recognised | null, works: boolean): string {
  const words =
    half === null
      ? html`<p>Your device asks for your finger, your face or its code. No name and no password is needed.</p>`
      : html`<p>The password of <strong>${half.name}</strong> was right. Now show the passkey.</p>`;
  const body = html`<h1>Sign in with a passkey</h1>${words}
<div class="stack">${works ? html`<button data-deed="sign-in" autofocus>Use a passkey</button>` : NOWHERE}</div>
${works ? SCRIPT : ''}<p><a href="/sign-in">Sign in otherwise</a></p>`;
  return document('Sign in with a passkey', body, { caller: null, narrow: true });
}

/** One's own passkeys. */
export function passkeysPage(caller: Caller, passkeys: readonly ShownPasskey[], works: boolean): string {
  const body = html`<h1>Your passkeys</h1>
<p>A passkey signs you in by itself: your device knows you by your finger, your face or its code. Who has one is asked for it, or for a code, beside the password.</p>
<div class="stack">${passkeys.length === 0 ? html`<p class="soft">There is none yet.</p>` : passkeys.map(row)}</div>
<h2>Add one</h2>${works ? ADD : NOWHERE}
${works ? SCRIPT : ''}<p><a href="/account">Back to your account</a></p>`;
  return document('Your passkeys', body, { caller, narrow: true });
}

const ADD = html`<div class="stack"><label>What do you call it?<input id="name" maxlength="60" placeholder="Telephone" autocomplete="off"></label><button data-deed="add">Add a passkey</button></div>`;

function row({ id, name, isSynced, created, used, doubled }: ShownPasskey): Markup {
  const told =
    doubled === null
      ? html`<p class="soft">${isSynced ? 'On all your devices' : 'On one device'} · since ${day(created)} · ${used === null ? 'never used' : `used ${day(used)}`}</p>`
      : html`<p class="bad">It seems to be there twice since ${day(doubled)}, so it lets nobody in. Remove it, and look who else has it.</p>`;
  return html`<div class="card" data-passkey="${id}"><label>Name<input value="${name}" maxlength="60" autocomplete="off"></label>${told}<div class="row"><button class="quiet" data-deed="rename">Save the name</button><button class="quiet" data-deed="remove">Remove</button></div></div>`;
}

const day = (at: string): string => at.slice(0, 10);
