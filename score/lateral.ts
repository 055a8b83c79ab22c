import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { everything } from '../src/investigate/fixtures/everything.ts';
import { investigate } from '../src/investigate/run.ts';
import type { Hop } from '../src/trace/tracks.ts';
import type { ScoreRow } from './row.ts';
import type { OnMiss } from './suite.ts';
import { casesOf } from './web-cases.ts';

const NOW = Date.parse('2026-06-30T12:00:00Z');
/** Collectors stamp events some time after they happened. */
const SLACK_MS = 60_000;

interface Moves {
  readonly name: string;
  readonly file: string;
  readonly first: string;
  readonly last: string;
  readonly expect: {
    readonly moved: boolean;
    readonly source_host: string;
    readonly source_ip: string;
    readonly targets: readonly { readonly host: string; readonly ip: string }[];
    readonly user: string | null;
  };
}

async function hopsIn(path: string): Promise<readonly Hop[]> {
  const { hops } = await investigate([path], { ...everything(NOW), top: 100 });
  return hops;
}

/** Is this hop the move to that target: from the source, as the account, while the events were taken? */
function isMove(hop: Hop, target: string, { expect, first, last }: Moves): boolean {
  const at = Date.parse(hop.at ?? '');
  return (
    hop.to.host === target &&
    hop.from.host === expect.source_host &&
    hop.from.address === expect.source_ip &&
    hop.to.user === expect.user &&
    at >= Date.parse(first) - SLACK_MS &&
    at <= Date.parse(last)
  );
}

/** Moves between Windows hosts that an operator made: each must be told with source, target, account and time, and no other. */
export async function scoreLateral(corpusDir: string, onMiss: OnMiss): Promise<ScoreRow[]> {
  if (!existsSync(join(corpusDir, 'lateral_movement.jsonl'))) return [];
  const found = { right: 0, total: 0 };
  const wrong = { right: 0, total: 0 };
  for (const moves of casesOf<Moves>(corpusDir, 'lateral_movement.jsonl')) {
    const hops = await hopsIn(join(corpusDir, moves.file));
    const right = new Set<Hop>();
    for (const { host } of moves.expect.targets) {
      const fitting = hops.filter((hop) => isMove(hop, host, moves));
      for (const hop of fitting) right.add(hop);
      found.total += 1;
      if (fitting.length > 0) found.right += 1;
      else onMiss(`lateral ${moves.name}: the move to ${host} is not told`);
    }
    const others = hops.filter((hop) => !right.has(hop));
    wrong.total += 1;
    if (others.length > 0) wrong.right += 1;
    for (const { from, to, at } of others)
      onMiss(`lateral ${moves.name}: ${from.host || from.address} to ${to.host} as ${to.user} at ${at} is no move`);
  }
  return [
    { suite: 'mordor', name: 'moves: source, target, account, time', ...found, bar: '>= 80 %' },
    { suite: 'mordor', name: 'files with a move that nobody made', ...wrong, bar: '<= 10 %' },
  ];
}
