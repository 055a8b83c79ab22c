import { html, type Markup, NOTHING } from '../core/markup.ts';
import type { Recognised } from './access.ts';
import type { OidcView } from './other-ways.ts';

/** Other ways in, below the form for name and password. */
export function wayLinks({ links }: OidcView): Markup {
  const places = links.map(({ id, label }) => html`<p><a href="/sign-in/oidc/${id}">Sign in by ${label}</a></p>`);
  return html`<div class="stack"><p><a href="/sign-in/passkey">Sign in with a passkey</a></p>${places}</div>`;
}

/** The other second factor, below the form for the code. */
export function secondLinks(half: Recognised | null): Markup {
  return half?.hasPasskey === true
    ? html`<p class="stack"><a href="/sign-in/passkey">Use a passkey instead</a></p>`
    : NOTHING;
}
