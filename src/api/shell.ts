import { html, type Markup, NOTHING, styleElement } from '../core/markup.ts';
import type { Caller } from './caller.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#60646c;--line:#d9dce0;--back:#fcfcfd;--card:#fff;--good:#18794e;--bad:#b3261e;--warn:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a3a8b0;--line:#333842;--back:#14171c;--card:#1b1f26;--good:#5fcf9a;--bad:#ff8a80;--warn:#f0b95a}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:2rem 0 .5rem}
p{margin:.25rem 0}.soft{color:var(--soft)}.bad{color:var(--bad)}.big{font-size:1.6rem}.good{color:var(--good)}.warn{color:var(--warn)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));gap:.75rem;margin-top:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem}.card b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.box{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.5rem}table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}tr:last-child td{border-bottom:0}td:first-child{overflow-wrap:anywhere;min-width:9rem}th{color:var(--soft);font-weight:500}
td.n{text-align:right;font-variant-numeric:tabular-nums}td.m{font-family:ui-monospace,monospace;font-size:.85rem;overflow-wrap:anywhere;min-width:18rem}time,.id{white-space:nowrap;font-variant-numeric:tabular-nums}
.bar{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;justify-content:flex-end;padding:.5rem 1rem;border-bottom:1px solid var(--line);font-size:.9rem}.bar :first-child{margin-right:auto}
main.narrow{max-width:30rem}a{color:inherit}form{margin:0}.stack{display:grid;gap:.75rem;margin-top:1rem}.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end}
label{display:grid;gap:.2rem}label.tick{display:flex;gap:.5rem;align-items:baseline}input:not([type=checkbox]),select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:.35rem;padding:.45rem .6rem;width:100%}
button{font:inherit;color:var(--card);background:var(--ink);border:1px solid var(--ink);border-radius:.35rem;padding:.45rem .9rem;cursor:pointer}button.quiet{color:inherit;background:none;border-color:var(--line);padding:.15rem .6rem}
:focus-visible{outline:2px solid var(--good);outline-offset:2px}code,.code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}.codes{columns:2;margin:.5rem 0;padding:.75rem 1rem;list-style:none}svg.qr{width:13rem;height:13rem;background:#fff;border-radius:.5rem;display:block}
.told{border-left:3px solid var(--bad);padding:.25rem .75rem;margin:1rem 0}.told.good{border-color:var(--good)}`;

interface ShellOptions {
  /** Who looks; null while nobody is known. */
  readonly caller: Caller | null;
  /** Load it again every ten seconds. */
  readonly refresh?: boolean;
  /** One column, as forms have it. */
  readonly narrow?: boolean;
}

/** A whole page around `body`: no script, nothing from elsewhere. */
export function document(
  title: string,
  body: Markup,
  { caller, refresh = false, narrow = false }: ShellOptions,
): string {
  const again = refresh ? html`<meta http-equiv="refresh" content="10">` : NOTHING;
  const made = html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${again}<title>${title}</title>${styleElement(STYLE)}</head><body>${bar(caller)}<main class="${narrow ? 'narrow' : 'wide'}">${body}</main></body></html>`;
  return `<!doctype html>${made.toString()}`;
}

function bar(caller: Caller | null): Markup {
  if (caller?.kind === 'anyone')
    return html`<nav class="bar"><strong class="warn">Anyone on this machine can read this: make the first account.</strong><span>The command <code>spoor admin link</code> prints the link.</span></nav>`;
  if (caller?.kind !== 'person') return NOTHING;
  const people = caller.may.has('people') ? html`<a href="/people">People</a>` : NOTHING;
  return html`<nav class="bar"><a href="/">Spoor</a>${people}<a href="/account">${caller.name}</a><form method="post" action="/sign-out"><button class="quiet">Sign out</button></form></nav>`;
}
