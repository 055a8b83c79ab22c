import { SHORTEST } from '../access/passwords.ts';
import { ROLES } from '../access/roles.ts';
import { html, type Markup, NOTHING } from '../core/markup.ts';
import type { ShownLink } from './access.ts';
import { document } from './shell.ts';

/** What a form was refused for. */
export const told = (fault: string | null): Markup =>
  fault === null ? NOTHING : html`<p class="told" role="alert">${fault}</p>`;

const framed = (title: string, body: Markup): string =>
  document(`${title} · Spoor`, body, { caller: null, narrow: true });

/** Name and password. `again`: somebody is signed in, and has to prove himself anew. `ways`: other ways in, below the form. */
export function signInPage({
  next,
  fault = null,
  name = '',
  again = false,
  ways = NOTHING,
}: {
  readonly next: string;
  readonly fault?: string | null;
  readonly name?: string;
  readonly again?: boolean;
  readonly ways?: Markup;
}): string {
  const why = again ? html`<p class="soft">To change this, show once more that it is you.</p>` : NOTHING;
  return framed(
    'Sign in',
    html`<h1>Sign in to Spoor</h1>${why}${told(fault)}<form method="post" action="/sign-in" class="stack"><input type="hidden" name="next" value="${next}">
<label>Name<input name="name" value="${name}" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>${ways}<p class="soft">No account? Whoever runs this server makes one: <code>spoor admin add NAME</code>, and the first one: <code>spoor admin link</code>.</p>`,
  );
}

/** The second factor. */
export function codePage({
  next,
  fault = null,
  ways = NOTHING,
}: {
  next: string;
  fault?: string | null;
  ways?: Markup;
}): string {
  return framed(
    'Sign in',
    html`<h1>One more step</h1>${told(fault)}<form method="post" action="/sign-in/code" class="stack"><input type="hidden" name="next" value="${next}">
<label>Code of your authenticator, or a recovery code<input name="code" inputmode="numeric" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required autofocus></label>
<button>Sign in</button></form>${ways}<p class="soft">Telephone gone, and no recovery code? An admin, or whoever runs the server, makes a link: <code>spoor admin link NAME</code>.</p>`,
  );
}

/** A link was opened: a name and a password are chosen. */
export function linkPage(
  link: ShownLink,
  { fault = null, name = '' }: { fault?: string | null; name?: string },
): string {
  const title = link.name === null ? 'Make your account' : `Set the password of ${link.name}`;
  const nameField =
    link.name === null
      ? html`<label>Name<input name="name" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>`
      : html`<input name="name" value="${link.name}" autocomplete="username" hidden>`;
  return framed(
    title,
    html`<h1>${title}</h1><p class="soft">Role ${link.role}: ${ROLES[link.role].for}.</p>${told(fault)}<form method="post" class="stack">${nameField}
<label>Password, ${SHORTEST} characters or more<input name="password" type="password" autocomplete="new-password" required></label>
<label>Once more<input name="again" type="password" autocomplete="new-password" required></label>
<button>${link.name === null ? 'Make the account' : 'Set the password'}</button></form>`,
  );
}

/** A link does not hold. */
export const endedLinkPage = (): string =>
  framed(
    'No such link',
    html`<h1>This link does not hold, or no more</h1><p>A link holds once, and for 24 hours. <code>spoor admin link</code>, on the server, makes another.</p><p><a href="/sign-in">Sign in</a></p>`,
  );
