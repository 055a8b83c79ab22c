import { grouped } from '../../core/grouped.ts';
import { type Citer, cite, instant } from '../noted.ts';
import type { Missing } from '../story.ts';
import { isInside } from './inside.ts';
import type { Move } from './tree.ts';

const MAX_EVIDENCE = 6;
const MAX_TOLD = 3;

/** Hosts on the intruder's way whose logs are not at hand: each once, with what leads to it and from it. */
export function gapsOf(moves: readonly Move[], citer: Citer): Missing[] {
  const through = moves.filter((move) => nodeOf(move) !== '');
  return [...grouped(through, nodeOf)].map(([node, of]) => gapOf(node, of, citer));
}

// Whoever comes from, or goes to, the internet is not one of one's own hosts.
function nodeOf({ lost, through }: Move): string {
  const node = lost?.node ?? through;
  return isInside(node) || !/^[\d.]+$|:/.test(node) ? node : '';
}

function gapOf(node: string, moves: readonly Move[], citer: Citer): Missing {
  const into = moves.flatMap(({ lost }) => (lost ? [lost] : []));
  const out = moves.flatMap(({ login }) => (login ? [login] : []));
  const times = [...into.flatMap(({ commands }) => commands.map(({ time }) => time)), ...out.map(({ from }) => from)]
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const led = into.map(({ by, commands }) =>
    commands.length > 0 ? `${by.host} opened a session there` : `the intruder was on ${by.host} before`,
  );
  const went = out.map(({ host, from }) => `${host} was entered from it${instant(from) ? ` at ${instant(from)}` : ''}`);
  const told = [...new Set([...led, ...went])];
  const more = told.length > MAX_TOLD ? `, and ${told.length - MAX_TOLD} more` : '';
  const noted = [
    ...into.flatMap(({ commands }) => commands.map(({ step }) => step.noted)),
    ...out.flatMap(({ draft }) => draft.evidence.slice(0, 1)),
  ];
  return {
    kind: 'host_unseen',
    host: node,
    file: '',
    from: instant(times[0] ?? Number.NaN),
    to: instant(times.at(-1) ?? Number.NaN),
    detail: `nothing from ${node} is here, though ${told.slice(0, MAX_TOLD).join(', ')}${more}`,
    suspicion: 'low',
    evidence: noted.slice(0, MAX_EVIDENCE).map((one) => cite(citer, one)),
  };
}
