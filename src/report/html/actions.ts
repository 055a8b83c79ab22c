import { fill, html, type Markup, NOTHING } from '../../core/markup.ts';
import { printable } from '../../core/text.ts';
import { type Advice, together } from '../advice.ts';
import { addressList } from './campaigns.ts';
import { NOTES } from './notes.ts';
import { andMore, counted, nameList, type Page, section } from './page.ts';
import { ORDERS, w } from './words.ts';

const MAX_ACTIONS = 60;
const MAX_COMMAND = 4000;
const ON = w('{order} on {hosts}', '{hosts}: {order}');

/** A command as it can be copied; said to be elsewhere where it holds what cannot be shown. */
function commandBox(command: string): Markup {
  if (command === '') return NOTHING;
  if (printable(command, MAX_COMMAND) !== command) return html`<p class="note">${NOTES.unpastable}</p>`;
  return html`<pre class="command" tabindex="0"><code>${command}</code></pre>`;
}

function item(page: Page, { action, hosts, targets }: Advice): Markup {
  const kept = [...new Set(targets)];
  const named = [...new Set(hosts)].filter((host) => host !== '' && !targets.includes(host));
  const plain = fill(ORDERS[action.kind], { target: nameList(kept, 12) });
  const order = named.length > 0 ? fill(ON, { order: plain, hosts: nameList(named) }) : plain;
  return html`<li><p class="order">${order}</p>${action.reason !== '' && html`<p class="faint">${page.say(action.reason)}</p>`}${commandBox(action.command)}</li>`;
}

/** What to do now, numbered, with commands. */
export function actionsSection(page: Page): Markup {
  const all = together(page.story.actions);
  if (all.length === 0) return NOTHING;
  return section(
    'actions',
    html`<p class="note">${NOTES.actions}</p>`,
    html`<ol class="actions">${all.slice(0, MAX_ACTIONS).map((advice) => item(page, advice))}</ol>`,
    andMore(all.length - MAX_ACTIONS),
  );
}

/** The networks to block. */
export function blockSection({ story }: Page): Markup {
  const { block } = story;
  if (block.length === 0) return NOTHING;
  const label = block.length === 1 ? NOTES.oneBlock : NOTES.blockSummary;
  return section('block', html`<p class="note">${NOTES.block}</p>`, addressList(counted(label, block.length), block));
}
