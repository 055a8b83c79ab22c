import { printable } from '../core/text.ts';
import type { Story } from '../trace/story.ts';
import type { Hop, HopEnd } from '../trace/tracks.ts';
import { type Line, line, type Span, say } from './layout.ts';
import { type Column, table } from './table.ts';
import { andMore, cite, labelled, type Telling } from './telling.ts';
import { byMethod, nameOf } from './words.ts';

const MOST = 8;
/** `SHA256:` and enough of a fingerprint to know it by. */
const KEY_COLUMNS = 18;
const COLUMNS: readonly Column[] = [{}, { flexible: true, least: 20, most: 90, lines: 2 }, {}];

/** A host by its name, else by its address. */
function endOf({ host, address }: HopEnd): string {
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
function row(telling: Telling, hop: Hop, oneDay: boolean): Line[] {
  const { clock } = telling;
  const indent = '  '.repeat(Math.min(6, Math.max(0, hop.depth - 1)));
  const unsure = hop.confidence === 'high' ? [] : [say(`  ${hop.confidence}`, 'warn')];
  return [
    line(oneDay ? clock.time(hop.at) : clock.stamp(hop.at)),
    line(say(indent), sourceText(hop), ...hopText(hop), ...unsure),
    cite(telling, hop.evidence[0]),
  ];
}

/** Hops as rows; times alone where the headline has said the day. */
function rows(telling: Telling, hops: readonly Hop[]): Line[] {
  const oneDay = telling.clock.sameDay([telling.entries[0]?.at ?? null, ...hops.map(({ at }) => at)]);
  return table(
    hops.map((hop) => row(telling, hop, oneDay && telling.entries.length > 0)),
    COLUMNS,
    telling.room,
  );
}

/** Is there more of a way than the way in? */
export function hasPath({ hops }: Story): boolean {
  return hops.some(({ depth, from }) => depth > 1 || from.host !== '');
}

/** The way from host to host, where there is more than the way in. */
export function pathSection(telling: Telling): Line[] {
  const { story } = telling;
  if (!hasPath(story)) return [];
  const left = story.hops.length - MOST;
  return labelled('The path', [...rows(telling, story.hops.slice(0, MOST)), ...andMore(left, 'hop', '--json')]);
}
