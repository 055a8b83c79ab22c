import { grouped } from '../../core/grouped.ts';
import type { Identities } from './identities.ts';
import type { Outward } from './outward.ts';
import type { Passed } from './path.ts';
import type { Move } from './tree.ts';
import type { Login, World } from './world.ts';

/**
 * A history without times still has an order: the first login is of the first command, and so on. Logins beyond the commands
 * have none.
 */
export function inHistoryOrder(
  passed: ReadonlyMap<Login, Passed>,
  world: World,
  who: Identities,
): ReadonlyMap<Login, Passed> {
  const untimed = [...passed.values()].filter(({ link }) => link?.command && Number.isNaN(link.command.time));
  const key = (call: Outward) => `${call.host}\n${who.hostOf(call.target)}\n${call.account}\n${call.step.noted.input}`;
  const calls = grouped(
    [...world.outward.values()].flat().filter(({ time }) => Number.isNaN(time)),
    key,
  );
  const result = new Map(passed);
  for (const [of, group] of grouped(untimed, ({ link }) => key(link?.command as Outward))) {
    const told = [...(calls.get(of) ?? [])].sort((a, b) => lineOf(a) - lineOf(b));
    const ordered = [...group].sort((a, b) => a.login.from - b.login.from || (a.login.id < b.login.id ? -1 : 1)); // all of one host
    ordered.forEach(({ login, link }, at) => {
      if (link) result.set(login, { login, link: { ...link, command: told[at] ?? null } });
    });
  }
  return result;
}

const lineOf = ({ step }: Outward) => step.noted.line;

/** Moves that one history led to get times in the order of its lines, whatever the hosts' clocks say. */
export function alignToHistories(moves: readonly Move[]): void {
  const led = moves.filter((move) => {
    const call = callOf(move);
    return call !== null && Number.isNaN(call.time);
  });
  const key = (move: Move) => {
    const call = callOf(move) as Outward;
    return `${move.before?.login?.id} ${call.host} ${call.step.noted.input}`;
  };
  for (const group of grouped(led, key).values()) {
    group.sort((a, b) => lineOf(callOf(a) as Outward) - lineOf(callOf(b) as Outward));
    let last = Number.NaN;
    for (const move of group) {
      if (move.login === null && last >= move.time) move.time = last + 1; // its own time is not known at all
      last = move.time;
    }
    for (let at = group.length - 2; at >= 0; at -= 1) {
      const [move, next] = [group[at] as Move, group[at + 1] as Move];
      if (move.time >= next.time) move.time = next.time - 1;
    }
  }
}

function callOf({ login, lost, link }: Move): Outward | null {
  return (login === null ? lost?.commands[0] : link?.command) ?? null;
}
