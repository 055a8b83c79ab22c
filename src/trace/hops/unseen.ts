import { grouped } from '../../core/grouped.ts';
import { actsAs } from './fits.ts';
import type { Identities } from './identities.ts';
import { isInside, isNobody } from './inside.ts';
import type { Outward } from './outward.ts';
import type { Passed } from './path.ts';
import type { Login, World } from './world.ts';

/** A way of the intruder's to a host whose logs are not at hand. */
export interface Lost {
  /** The host, as it was named first: an address or a name. */
  readonly node: string;
  /** As a command names it: a name, or the address. */
  readonly name: string;
  readonly by: Login;
  readonly account: string;
  /** What led there; none where only the same account tells. */
  readonly commands: readonly Outward[];
  /** Other sessions that could have run them. */
  readonly rivals: readonly Login[];
}

/** Ways out to hosts without logs, and which of the addresses that logins come from are those hosts'. */
export interface Unseen {
  readonly lost: readonly Lost[];
  /** Address of a login → the node it is taken for. */
  readonly nodeOf: ReadonlyMap<string, string>;
}

/** Domains that name hosts of one's own. */
const OWN_DOMAINS = /\.(?:local|lan|internal|intern|intra|home|corp|localdomain|private)$/;

export function findUnseen(world: World, passed: ReadonlyMap<Login, Passed>, who: Identities): Unseen {
  const lost: Lost[] = [];
  const onHost = grouped([...passed.keys()], ({ host }) => host);
  for (const [host, logins] of onHost) {
    const calls = (world.outward.get(host) ?? []).filter((call) => isLost(call, world, who));
    for (const group of grouped(calls, ({ target, account }) => `${target} ${account}`).values())
      lost.push(...lostBy(group, logins, world, who));
  }
  const nodeOf = nodesOf(lost, passed, who);
  return { lost: [...lost, ...byAccount(lost, nodeOf, passed, who)], nodeOf };
}

/**
 * Sessions that were opened from a host without logs after the intruder went there, by accounts that did not come from it
 * before.
 */
export function beyondUnseen(
  world: World,
  passed: ReadonlyMap<Login, Passed>,
  unseen: Unseen,
  who: Identities,
): Login[] {
  const since = new Map<string, number>();
  for (const { node, by, commands } of unseen.lost) {
    if (commands.length === 0) continue;
    const began = who.clocks.common(by.host, by.from);
    since.set(node, Math.min(began, since.get(node) ?? Number.POSITIVE_INFINITY));
  }
  const time = ({ host, from }: Login) => who.clocks.common(host, from);
  const coming = world.logins.filter(({ draft, from }) => Number.isFinite(from) && since.has(draft.address));
  const known = new Set<string>();
  const habit = ({ host, draft }: Login) => `${host}\n${draft.user}\n${draft.address}`;
  for (const login of coming) if (time(login) < (since.get(login.draft.address) as number)) known.add(habit(login));
  return coming.filter(
    (login) =>
      !passed.has(login) &&
      !known.has(habit(login)) &&
      time(login) - (since.get(login.draft.address) as number) < DAY_MS,
  );
}

const DAY_MS = 24 * 3_600_000;

function isLost({ target, isAddress, scheduled }: Outward, world: World, who: Identities): boolean {
  if (scheduled || isNobody(target) || who.hostOf(target) !== '') return false;
  if (isAddress || !target.includes('.') || OWN_DOMAINS.test(target)) return true;
  return [...world.byHost.keys()].some((host) => host.includes('.') && target.endsWith(host.slice(host.indexOf('.'))));
}

/** Each session with the commands that are its own; those without a time go to one that may have typed them. */
function lostBy(calls: readonly Outward[], logins: readonly Login[], world: World, who: Identities): Lost[] {
  const found = new Map<Login, { commands: Outward[]; rivals: Login[] }>();
  for (const call of calls) {
    const able = logins.filter((login) => isAble(login, call, world)).sort(byEntry);
    const [by, ...rivals] = able;
    if (by === undefined) continue;
    const known = found.get(by) ?? { commands: [], rivals };
    known.commands.push(call);
    found.set(by, known);
  }
  const [{ target = '', account = '' } = {}] = calls;
  const node = who.aliasOf(target);
  return [...found].map(([by, { commands, rivals }]) => ({ node, name: target, by, account, commands, rivals }));
}

function isAble(login: Login, call: Outward, world: World): boolean {
  const ranIn = world.ranIn.get(call.step);
  if (ranIn) return ranIn === login;
  if (Number.isFinite(call.time) && !(login.from <= call.time && call.time <= login.to)) return false;
  return actsAs(login, call.user);
}

// Ways in before others; a session with a terminal, and a long one, before one that only came and went.
function byEntry(a: Login, b: Login): number {
  const rank = ({ entry, draft }: Login) => (entry ? 2 : 0) + (draft.terminal ? 1 : 0);
  return rank(b) - rank(a) || b.to - b.from - (a.to - a.from) || (a.id < b.id ? -1 : 1);
}

/** An address that logins come from is a node by itself; a lone name and a lone address are one host. */
function nodesOf(
  lost: readonly Lost[],
  passed: ReadonlyMap<Login, Passed>,
  who: Identities,
): ReadonlyMap<string, string> {
  const nodes = new Map<string, string>();
  const addresses = new Set<string>();
  for (const { login } of passed.values()) {
    const { address } = login.draft;
    if (isInside(address) && who.claims(address).length === 0) addresses.add(address);
  }
  const told = new Set(lost.map(({ node }) => node));
  for (const address of addresses) nodes.set(address, address);
  const names = [...told].filter((node) => !addresses.has(node) && !/^[\d.]+$|:/.test(node));
  const untold = [...addresses].filter((address) => !told.has(address));
  const [name, address] = [names[0], untold[0]];
  if (names.length === 1 && untold.length === 1 && name !== undefined && address !== undefined)
    nodes.set(address, name);
  return nodes;
}

/** Into a host without logs no command leads: somebody who used the same account or key elsewhere before went there. */
function byAccount(
  lost: readonly Lost[],
  nodeOf: ReadonlyMap<string, string>,
  passed: ReadonlyMap<Login, Passed>,
  who: Identities,
): Lost[] {
  const told = new Set(lost.map(({ node }) => node));
  const time = ({ host, from }: Login) => who.clocks.common(host, from);
  const all = [...passed.keys()].sort((a, b) => time(a) - time(b));
  const found = new Map<string, Lost>();
  for (const first of all) {
    const node = nodeOf.get(first.draft.address);
    if (node === undefined || told.has(node)) continue;
    told.add(node); // only what came before its first sign can have led there
    const by = all.findLast(
      (login) => time(login) < time(first) && isSameHand(login, first) && isOpen(login, time(first), who),
    );
    if (by) found.set(node, { node, name: node, by, account: first.draft.user, commands: [], rivals: [] });
  }
  return [...found.values()];
}

function isOpen({ host, to }: Login, at: number, who: Identities): boolean {
  return at <= who.clocks.common(host, to);
}

/** Accounts that each host has: the same name says nothing. */
const EVERYBODYS = new Set(['', 'root', 'admin', 'administrator', 'ubuntu', 'debian', 'ec2-user', 'centos', 'pi']);

function isSameHand({ draft, host }: Login, first: Login): boolean {
  if (host === first.host || draft.address === first.draft.address) return false;
  const sameKey = draft.fingerprint !== '' && draft.fingerprint === first.draft.fingerprint;
  return sameKey || (draft.acts.has(first.draft.user) && !EVERYBODYS.has(first.draft.user.toLowerCase()));
}
