import { html, NOTHING } from '../core/markup.ts';
import type { Caller } from './caller.ts';
import { document } from './shell.ts';

/** Where somebody says why he has to see personal fields. */
export function unmaskPage(caller: Caller, fault: string | null): string {
  const told = fault === null ? NOTHING : html`<p class="told" role="alert">${fault}</p>`;
  const body = html`<h1>Show personal fields</h1>${told}
<p>Names, addresses and what people typed are then shown for an hour, in this browser alone. The reason is kept in the ledger, where auditors read it.</p>
<form method="post" action="/unmask" class="stack"><label>Reason<input name="reason" required minlength="10" maxlength="400" autocomplete="off" autofocus></label><button>Show them for an hour</button></form>
<p><a href="/">Back</a></p>`;
  return document('Show personal fields', body, { caller, narrow: true });
}
