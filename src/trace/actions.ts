import { CidrSet } from '../core/cidr.ts';
import { addTo } from '../core/grouped.ts';
import { isBlockable, parseIp } from '../core/ip.ts';
import { removeKeysWritten, removeKeyUsed } from './actions/keys.ts';
import { inspectLeft, isPlantedJob } from './actions/left.ts';
import { closePages } from './actions/pages.ts';
import { quote, quotePath } from './actions/words.ts';
import type { SessionDraft, StepDraft } from './draft.ts';
import type { NamedSession } from './findings.ts';
import { enteredByHops } from './hops/entered.ts';
import { accountsMade, accountsTaken } from './step-tells.ts';
import type { Action, Attacker, Entry, Finding } from './story.ts';
import type { Hop, HopEnd } from './tracks.ts';
import { type Suspect, untimedOf } from './ways-in.ts';

export interface AdviceFacts {
  readonly suspects: readonly Suspect[];
  readonly entries: readonly Entry[];
  readonly sessions: readonly NamedSession[];
  readonly loose: readonly StepDraft[];
  readonly hops: readonly Hop[];
  /** Hosts of a breach that no login explains. */
  readonly breached: readonly string[];
  /** What is found of those who came in through a web server. */
  readonly throughWeb: readonly Finding[];
  /** The worst, with their places. */
  readonly attackers: readonly Attacker[];
  readonly block: readonly string[];
  /** What was handed in, for commands to paste. */
  readonly paths: readonly string[];
  /** Options that name what was read, where that was no path: `--live --since …`. */
  readonly live?: string | undefined;
  /** Never to be blocked, by such a command either. */
  readonly keep: readonly string[];
}

/** What to do now, most urgent first: what would be lost, then what lets in, then who tries, then who is to know. */
export function adviseActions(facts: AdviceFacts): Action[] {
  const touched = touchedEnds(facts.hops);
  const intrusions = intrusionsOf(facts);
  const actions = [
    ...preserve(facts, touched),
    ...closePages(facts.throughWeb),
    ...shutOut(facts, intrusions),
    ...facts.entries.flatMap(lock),
    ...inspect(facts, intrusions),
    ...block(facts),
    ...collect(touched),
    ...report(facts),
  ];
  const once = new Map<string, Action>();
  for (const action of actions) {
    const key = `${action.kind} ${action.host} ${action.target}`;
    if (!once.has(key)) once.set(key, action);
  }
  return [...once.values()];
}

/** Both ends of every hop of chains that lead to or from an intruder's login, but the attacker's own machine. */
function touchedEnds(hops: readonly Hop[]): HopEnd[] {
  const chains = new Set(hops.filter(({ entry }) => entry !== null).map(({ chain }) => chain));
  const touched = hops.filter(({ chain }) => chains.has(chain));
  return touched.flatMap(({ depth, from, to }) => (depth > 1 ? [from, to] : [to]));
}

/** Every host that was entered, or that the way leads through. */
function preserve({ entries, breached }: AdviceFacts, touched: readonly HopEnd[]): Action[] {
  const own = touched.filter((end) => !isStrange(end)).map(nameOf);
  const hosts = [...entries.map(({ host }) => host), ...breached, ...own].filter((host) => host !== '');
  const reason = 'copy its disk before you change anything on it';
  return [...new Set(hosts)].map((host) => ({ kind: 'preserve', host, target: host, reason, command: '' }));
}

/** An address on the internet of which nothing is known: a server of the owner's, or the intruder's own. */
function isStrange({ host, address, logs }: HopEnd): boolean {
  return !logs && host === '' && isBlockable(address);
}

function nameOf({ host, address }: HopEnd): string {
  return host || address;
}

/** Hosts on the way whose logs are not here. */
function collect(touched: readonly HopEnd[]): Action[] {
  const unseen = touched.filter((end) => !end.logs && nameOf(end) !== '');
  return unseen.map((end) => {
    const reason = isStrange(end)
      ? 'if it is yours: the intruder’s way leads there, and none of its logs is here'
      : 'the intruder’s way leads there, and none of its logs is here';
    const target = `the logs of ${nameOf(end)}`;
    return { kind: 'collect', host: nameOf(end), target, reason, command: '' };
  });
}

/** What an intruder did, login by login. */
interface Intrusions {
  /** The intruder's logins. */
  readonly drafts: readonly SessionDraft[];
  /** Those on other hosts that they led to. */
  readonly entered: readonly SessionDraft[];
  /** Steps of both, with those that belong to them though nothing but the account says so. */
  readonly steps: ReadonlyMap<SessionDraft, readonly StepDraft[]>;
}

function intrusionsOf({ suspects, sessions, loose, hops }: AdviceFacts): Intrusions {
  const drafts = suspects.map(({ draft }) => draft);
  const entered = enteredByHops(sessions, hops).filter((draft) => !drafts.includes(draft));
  const stepsOf = (draft: SessionDraft) => [...draft.steps, ...untimedOf(draft, loose)];
  return { drafts, entered, steps: new Map([...drafts, ...entered].map((draft) => [draft, stepsOf(draft)])) };
}

/** What brings the intruder back when all logins are closed, host by host. */
function inspect({ loose, breached }: AdviceFacts, { steps: done }: Intrusions): Action[] {
  const byHost = new Map<string, StepDraft[]>();
  for (const [draft, steps] of done) for (const step of steps) addTo(byHost, draft.host, step);
  const hosts = new Set([...byHost.keys(), ...breached]);
  for (const step of loose) if (hosts.has(step.noted.host) && isPlantedJob(step)) addTo(byHost, step.noted.host, step);
  return [...byHost].flatMap(([host, steps]) => inspectLeft(host, steps));
}

/** Accounts and keys that the intruder made or holds, on every host where one of them opened a login. */
function shutOut({ sessions }: AdviceFacts, { drafts, entered, steps: done }: Intrusions): Action[] {
  const written = [...done].flatMap(([draft, steps]) => [
    ...accountsMade(draft).flatMap((account) => (account === '' ? [] : [lockMade(draft.host, account)])),
    ...accountsTaken(draft).map((account) => lockTaken(draft.host, account)),
    ...steps.flatMap((step) => removeKeysWritten(draft.host, step)),
  ]);
  const used = drafts.flatMap((draft) => removeKeyUsed(draft));
  const held = new Set([...written, ...used].flatMap(({ kind, target }) => (kind === 'remove_key' ? [target] : [])));
  const elsewhere = sessions.filter(({ draft, suspect }) => !suspect && held.has(draft.fingerprint));
  const reason = 'the intruder holds this key, which opens logins here too';
  const onward = 'the intruder came on from another host with it';
  return [
    ...written,
    ...used,
    ...entered.flatMap((draft) => removeKeyUsed(draft, onward)),
    ...elsewhere.flatMap(({ draft }) => removeKeyUsed(draft, reason)),
  ];
}

/** An account that the intruder made: locked now, removed when the disk was copied. */
function lockMade(host: string, account: string): Action {
  const reason = 'made by the intruder; remove it when the disk is copied';
  return { kind: 'lock_account', host, target: account, reason, command: `usermod -L -e 1 ${quote(account)}` };
}

/** An account that the intruder opened for later. Root is told by its own login: locked, nobody could come to mend. */
function lockTaken(host: string, account: string): Action {
  const reason = 'the intruder changed its password, shell or user id';
  const command = account === 'root' ? 'passwd root' : `usermod -L -e 1 ${quote(account)}`;
  return { kind: 'lock_account', host, target: account, reason, command };
}

/** An account that was used to enter. Who came by key is kept out by the key alone. */
function lock({ host, user, method }: Entry): Action[] {
  if (user === '' || method === 'publickey') return [];
  const reason = method === 'password' ? 'the intruder knows its password' : 'it was used to enter';
  const command = user === 'root' ? 'passwd -l root' : `usermod -L -e 1 ${quote(user)}`;
  return [{ kind: 'lock_account', host, target: user, reason, command }];
}

function networks(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'network' : 'networks'}`;
}

function block({ block, ...facts }: AdviceFacts): Action[] {
  if (block.length === 0) return [];
  const command = `spoor investigate --blocklist nft ${handedIn(facts)} | nft -f -`;
  return [{ kind: 'block', host: '', target: networks(block.length), reason: 'they attacked', command }];
}

/** The same evidence and the same kept addresses: without them the command would block what is kept. */
function handedIn({ paths, keep, live }: Pick<AdviceFacts, 'paths' | 'keep' | 'live'>): string {
  return [...keep.map((one) => `--keep ${quotePath(one)}`), ...(live ? [live] : paths.map(quotePath))].join(' ');
}

/** Whoever runs the machines that attacked: one letter for each network. */
function report({ attackers, block, ...facts }: AdviceFacts): Action[] {
  if (block.length === 0) return [];
  const single = new Set(block);
  const wide = CidrSet.from(block.filter((entry) => entry.includes('/')));
  const owners = new Set(
    attackers.flatMap(({ address, place }) =>
      single.has(address) || wide.has(address) ? [place.asn === undefined ? rangeOf(address) : `AS${place.asn}`] : [],
    ),
  );
  if (owners.size === 0) return [];
  const command = facts.live ? '' : `spoor investigate --abuse abuse-reports ${handedIn(facts)}`; // drafts are made from files
  const reason = 'only the owners of the machines that attacked can stop them there';
  return [{ kind: 'report', host: '', target: networks(owners.size), reason, command }];
}

/** What stands for a network that nobody knows: the /24 of IPv4, the /48 of IPv6. */
function rangeOf(address: string): string {
  const ip = parseIp(address);
  if (ip === null) return address;
  return ip.version === 4 ? `4 ${ip.value >>> 8}` : `6 ${ip.words[0]} ${ip.words[1] >>> 16}`;
}
