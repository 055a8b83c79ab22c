import { printable } from '../core/text.ts';
import type { Hop, HopEnd } from '../trace/tracks.ts';
import { type Line, line, type Span, say } from './layout.ts';
import { type Column, table } from './table.ts';
import { andMore, cite, labelled, type Telling } from './telling.ts';
import { byMethod, nameOf } from './words.ts';

const MOST = 8;
/** `SHA256:` and enough of a fingerprint to know it by. */
const KEY_COLUMNS = 18;
const COLUMNS: readonly Column[] = [{}, { flexible: true, least: 24, most: 90, lines: 2 }, {}, {}];

/** A host by its name, else by its address. */
export function endOf({ host, address }: HopEnd): string {
  return nameOf(host || address, 'an unknown host');
}

/** `→ shop as svc-batch, by password`; what is not known from logs is said so. */
export function hopText({ to, method, key }: Hop): Span[] {
  const how = byMethod(method);
  const proof = key === '' ? '' : ` ${printable(key, KEY_COLUMNS)}`;
  const parts: Span[] = [say('→ ', 'faint'), say(endOf(to), to.logs ? 'strong' : 'warn')];
  if (to.user) parts.push(say(` as ${nameOf(to.user)}`));
  if (how) parts.push(say(`, ${how}${proof}`));
  if (!to.logs) parts.push(say(', no logs of it', 'warn'));
  return parts;
}

/** Where a hop began. */
export function sourceText({ from }: Hop): Span {
  return say(`${endOf(from)} `, from.host !== '' && !from.logs ? 'warn' : 'plain');
}

/** A hop as a row: when, from where to where, how sure, where it is written. */
function row(telling: Telling, hop: Hop): Line[] {
  const indent = '  '.repeat(Math.min(6, Math.max(0, hop.depth - 1)));
  const unsure = hop.confidence === 'high' ? '' : hop.confidence;
  return [
    line(telling.clock.stamp(hop.at)),
    line(say(indent), sourceText(hop), ...hopText(hop)),
    line(say(unsure, 'warn')),
    cite(telling, hop.evidence[0]),
  ];
}

/** Hops as rows. */
export function hopRows(telling: Telling, hops: readonly Hop[], room = telling.room): Line[] {
  return table(
    hops.map((hop) => row(telling, hop)),
    COLUMNS,
    room,
  );
}

/** The way from host to host, where there is more than the way in. */
export function pathSection(telling: Telling): Line[] {
  const { hops } = telling.story;
  if (!hops.some(({ depth, from }) => depth > 1 || from.host !== '')) return [];
  const rows = hopRows(telling, hops.slice(0, MOST));
  return labelled('The path', [...rows, ...andMore(hops.length - MOST, 'hop', '--json')]);
}
