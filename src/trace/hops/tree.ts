import type { StepDraft } from '../draft.ts';
import { keysIn } from '../keys.ts';
import { accountsMade } from '../step-tells.ts';
import { untimedOf } from '../ways-in.ts';
import { alignToHistories } from './histories.ts';
import type { Identities } from './identities.ts';
import type { Link } from './links.ts';
import type { Passed } from './path.ts';
import type { Lost, Unseen } from './unseen.ts';
import type { Login } from './world.ts';

/** A hop before it is told: into a session, or into a host whose logs are not at hand. */
export interface Move {
  readonly login: Login | null;
  readonly lost: Lost | null;
  readonly link: Link | null;
  /** The host without logs that it came through; '' for none. */
  readonly through: string;
  /** Instant by the common clock; orders the moves. */
  time: number;
  before: Move | null;
  chain: number;
  depth: number;
}

/** Moves in the order of chains, and in each chain in the order of time, what leads on before what it leads to. */
export function movesOf(
  passed: ReadonlyMap<Login, Passed>,
  unseen: Unseen,
  loose: readonly StepDraft[],
  who: Identities,
): Move[] {
  const moves = plant(passed, unseen, who);
  alignToHistories(moves);
  for (const move of moves) move.depth = depthOf(move);
  number(moves, loose);
  return moves.sort(
    (a, b) => a.chain - b.chain || a.time - b.time || a.depth - b.depth || (nameOf(a) < nameOf(b) ? -1 : 1),
  );
}

const nameOf = ({ login, lost }: Move) => login?.id.padStart(9) ?? `${lost?.node} ${lost?.account}`;

function plant(passed: ReadonlyMap<Login, Passed>, unseen: Unseen, who: Identities): Move[] {
  const time = ({ host, from }: Login) => who.clocks.common(host, from);
  const byLogin = new Map<Login, Move>();
  for (const { login, link } of passed.values()) {
    const through = link ? '' : (unseen.nodeOf.get(login.draft.address) ?? '');
    byLogin.set(login, { login, lost: null, link, through, time: time(login), before: null, chain: 0, depth: 1 });
  }
  const lost = unseen.lost.map((one): Move => {
    const before = byLogin.get(one.by) ?? null;
    const [first] = one.commands;
    const began = time(one.by);
    const at = Number.isFinite(first?.time ?? Number.NaN) ? who.clocks.common(one.by.host, first?.time ?? 0) : began;
    return { login: null, lost: one, link: null, through: '', time: Math.max(at, began), before, chain: 0, depth: 1 };
  });
  const ordered = [...byLogin.values()].sort((a, b) => a.time - b.time);
  for (const move of ordered) move.before = leaderOf(move, byLogin, lost, ordered);
  return [...ordered, ...lost];
}

/** The move that led to where this one started. */
function leaderOf(
  { login, link, through, time }: Move,
  byLogin: ReadonlyMap<Login, Move>,
  lost: readonly Move[],
  ordered: readonly Move[],
): Move | null {
  if (login === null) return null;
  if (link?.by) return byLogin.get(link.by) ?? null;
  if (link) return ordered.findLast((other) => other.login?.host === link.host && other.time < time) ?? null;
  if (through === '') return null;
  const led = lost.filter((move) => move.lost?.node === through && move.time <= time && move.before?.login !== login);
  return led.at(-1) ?? null;
}

// A circle, which clocks that stand wrong could make, is cut where it closes.
function depthOf(move: Move): number {
  const met = new Set<Move>([move]);
  let depth = 1;
  for (let at = move; at.before !== null; at = at.before) {
    if (met.has(at.before)) {
      at.before = null;
      break;
    }
    met.add(at.before);
    depth += 1;
  }
  return depth;
}

/** Moves that one intruder made are one chain: by what led to them, address, account, and the keys and accounts left behind. */
function number(moves: readonly Move[], loose: readonly StepDraft[]): void {
  const union = new Union();
  const places = new Map(moves.map((move, at) => [move, at]));
  moves.forEach((move, at) => {
    for (const mark of [...marksOf(move), ...left(move, loose)]) union.join(at, mark);
    const led = move.before && places.get(move.before);
    if (typeof led === 'number') union.join(at, led);
  });
  const numbers = new Map<number | string, number>();
  const first = moves.map((move, at) => ({ move, root: union.root(at) })).sort((a, b) => a.move.time - b.move.time);
  for (const { move, root } of first) {
    if (!numbers.has(root)) numbers.set(root, numbers.size + 1);
    move.chain = numbers.get(root) as number;
  }
}

function marksOf({ login, lost, before, link }: Move): string[] {
  if (login === null) return [`node ${lost?.node}`];
  const { host, user, address, fingerprint } = login.draft;
  const marks = user === '' ? [] : [`account ${host} ${user}`];
  if (before === null && address !== '') marks.push(link ? `host ${link.host}` : `address ${address}`);
  if (fingerprint !== '' && (before === null || login.entry)) marks.push(`key ${fingerprint}`);
  return marks;
}

/** Keys laid down and accounts made in a session: who comes with them is the same. */
function left({ login }: Move, loose: readonly StepDraft[]): string[] {
  if (login === null) return [];
  const { draft } = login;
  const texts = [...draft.steps, ...untimedOf(draft, loose)].filter(({ text }) => text.includes('AAAA'));
  const keys = texts.flatMap(({ text }) => keysIn(text)).map(({ fingerprint }) => `key ${fingerprint}`);
  return [...keys, ...accountsMade(draft).map((account) => `account ${draft.host} ${account}`)];
}

class Union {
  readonly #parents = new Map<number | string, number | string>();

  root(of: number | string): number | string {
    let at = of;
    for (let up = this.#parents.get(at); up !== undefined; up = this.#parents.get(at)) at = up;
    if (at !== of) this.#parents.set(of, at);
    return at;
  }

  join(a: number | string, b: number | string): void {
    const [left, right] = [this.root(a), this.root(b)];
    if (left !== right) this.#parents.set(left, right);
  }
}
