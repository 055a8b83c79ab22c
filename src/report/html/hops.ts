import { fill, html, type Markup, NOTHING } from '../../core/markup.ts';
import { printable } from '../../core/text.ts';
import type { Hop } from '../../trace/tracks.ts';
import { duration } from '../clock.ts';
import { lasted, stamped } from './dates.ts';
import { type Edge, type Graph, layOut, NODE, type Node } from './hop-graph.ts';
import { NOTES } from './notes.ts';
import { andMore, evidenceOf, methodName, type Page, reasonsOf, section } from './page.ts';
import { TRACK_TERMS } from './terms.ts';
import { CONFIDENCE } from './words.ts';

const MAX_HOPS = 100;
const NAME_ROOM = 22;
const SMALL_ROOM = 30;

/** A curve from the right side of one box to the left of the next; around below where the way leads back. */
function curve({ from, to }: Edge): string {
  const start = { x: from.x + NODE.width, y: from.y + NODE.height / 2 };
  const end = { x: to.x - 7, y: to.y + NODE.height / 2 };
  if (to.x > from.x) {
    const middle = (end.x - start.x) / 2;
    return `M${start.x},${start.y}C${start.x + middle},${start.y} ${end.x - middle},${end.y} ${end.x},${end.y}`;
  }
  const low = Math.max(from.y, to.y) + NODE.height + 6;
  const [a, b] = [from.x + NODE.width / 2, to.x + NODE.width / 2];
  return `M${a},${from.y + NODE.height}C${a},${low + 14} ${b},${low + 14} ${b},${to.y + NODE.height + 7}`;
}

function box(page: Page, node: Node): Markup {
  const { by } = node;
  const kind = node.outside ? 'outside' : node.logs ? 'known' : 'unseen';
  const way = by && methodName(by.method);
  const who = by && by.to.user !== '' ? printable(by.to.user, 16) : '';
  const second = node.outside
    ? html`<text class="small" x="${node.x + 14}" y="${node.y + 46}">${text(TRACK_TERMS.outside)}</text>`
    : html`<text class="small" x="${node.x + 14}" y="${node.y + 46}">${who}${way && html`${who !== '' && ', '}${text(way)}`}${node.more > 0 && ` +${node.more}`}</text>`;
  const last = node.logs || node.outside ? stamped(page.clock, by?.at ?? null) : TRACK_TERMS.noLogs;
  return html`<g class="node n-${kind}"><rect x="${node.x}" y="${node.y}" width="${NODE.width}" height="${NODE.height}" rx="9"/><text class="name" x="${node.x + 14}" y="${node.y + 25}">${printable(node.name, NAME_ROOM)}</text>${second}<text class="small" x="${node.x + 14}" y="${node.y + 64}">${text(last)}</text></g>`;
}

/** A text in both languages within a drawing. */
export function text({ en, ko }: { en: string; ko: string }): Markup {
  const [english, korean] = [printable(en, SMALL_ROOM), printable(ko, SMALL_ROOM)];
  return en === ko
    ? html`${english}`
    : html`<tspan class="en" lang="en">${english}</tspan><tspan class="ko" lang="ko">${korean}</tspan>`;
}

function drawing(page: Page, graph: Graph): Markup {
  const { nodes, edges, width, height } = graph;
  const low = edges.some(({ from, to }) => to.x <= from.x) ? 20 : 0;
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="h-hops"><svg class="graph" viewBox="0 0 ${width} ${height + low}" width="${width}" height="${height + low}" role="img" aria-labelledby="h-hops"><defs><marker id="arrow" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0,0L8,4L0,8z"/></marker></defs>${edges.map(
    (edge) => html`<path class="edge e-${edge.sure}" d="${curve(edge)}" marker-end="url(#arrow)"/>`,
  )}${nodes.map((node) => box(page, node))}</svg></div>`;
}

function nameOfEnd({ host, address }: Hop['from']): string {
  return host === '' ? address : host;
}

/** One login from machine to machine, with its reasons and lines. */
function hopRow(page: Page, hop: Hop): Markup {
  const { from, to, method, key, skewSeconds } = hop;
  const way = methodName(method);
  const skew = skewSeconds !== null && duration(Math.abs(skewSeconds)) !== '' && Math.abs(skewSeconds) >= 2;
  return html`<li class="hop"><p><span class="when">${stamped(page.clock, hop.at)}</span> <strong>${nameOfEnd(from)}</strong> → <strong>${nameOfEnd(to)}</strong> <span class="faint">${to.user}${way && html`, ${way}`}</span> <span class="sure s-${hop.confidence}">${CONFIDENCE[hop.confidence]}</span>${!to.logs && html` <span class="sure s-low">${TRACK_TERMS.noLogs}</span>`}</p>${key !== '' && html`<p class="faint mono small">${key}</p>`}${skew && html`<p class="faint small">${fill(TRACK_TERMS.skew, { time: lasted(Math.abs(skewSeconds)) })}</p>`}${reasonsOf(page, hop.reasons)}${evidenceOf(page, hop.evidence)}</li>`;
}

/** The way from machine to machine: a graph, then each step with what it rests on. */
export function hopsSection(page: Page): Markup {
  const { hops } = page.story;
  if (hops.length === 0) return NOTHING;
  const graph = layOut(hops);
  return section(
    'hops',
    html`<p class="note">${NOTES.hops}</p>`,
    drawing(page, graph),
    andMore(graph.left),
    html`<ol class="hops">${hops.slice(0, MAX_HOPS).map((hop) => hopRow(page, hop))}</ol>`,
    andMore(hops.length - MAX_HOPS),
  );
}
