import { grouped } from '../core/grouped.ts';
import { keysIn } from './keys.ts';
import type { Attacker, Session, Story } from './story.ts';
import type { Hop } from './tracks.ts';
import { namesAddress, nameThing } from './trail/name.ts';
import type { Thing, ThingKind } from './trail/thing.ts';

/** Everything known of one thing: the document of `spoor trace --json`. */
export interface Trail
  extends Pick<
    Story,
    | 'case'
    | 'verdict'
    | 'zone'
    | 'entries'
    | 'sessions'
    | 'attackers'
    | 'campaigns'
    | 'hops'
    | 'controllers'
    | 'findings'
    | 'missing'
    | 'live'
  > {
  readonly schema: 'spoor.trace/1';
  readonly thing: Thing;
  /** Hop.id: how its way began, from the first way in on. */
  readonly before: readonly string[];
  /** Hop.id: hops of the thing itself: by the address, to the host, as the user, with the key. */
  readonly own: readonly string[];
  /** Hop.id: all that was touched from there. */
  readonly after: readonly string[];
  /** Attackers that tried this name (a user), or came to it (a host), listed or not. */
  readonly attackersTotal: number;
}

const MOST_ATTACKERS = 20;

/**
 * Follows one thing through a story: back to the first way in, and on to all that it touched. `text` is an address, an account,
 * a host or a key's fingerprint (or its beginning); where it could be two of them, `user:root` says which.
 * Throws E_NOT_FOUND when the evidence does not know it, E_USAGE when it can be two things.
 */
export function followTrail(story: Story, text: string): Trail {
  const thing = nameThing(story, text);
  const about = ABOUT[thing.kind](thing.name);
  const own = story.hops.filter(about.hop);
  const laid = sessionsBehind(story, thing);
  const roots = [...own, ...story.hops.filter(({ to }) => to.session !== null && laid.has(to.session))];
  const before = without(ancestors(story.hops, roots), own);
  const after = without(descendants(story.hops, own), [...own, ...before]);
  const hops = inOrder(story.hops, [...before, ...own, ...after]);
  const touched = new Set(hops.flatMap(({ from, to }) => [from.session, to.session]));
  const sessions = story.sessions.filter(
    (session) => about.session(session) || touched.has(session.id) || laid.has(session.id),
  );
  const ids = new Set(sessions.map(({ id }) => id));
  const attackers = story.attackers.filter(about.attacker);
  const addresses = new Set(attackers.map(({ address }) => address));
  return {
    schema: 'spoor.trace/1',
    thing,
    case: story.case,
    verdict: story.verdict,
    zone: story.zone,
    ...(story.live && { live: story.live }),
    before: before.map(({ id }) => id),
    own: own.map(({ id }) => id),
    after: after.map(({ id }) => id),
    hops,
    entries: story.entries.filter(({ session, address }) => ids.has(session ?? '') || about.address(address)),
    sessions,
    attackers: attackers.slice(0, MOST_ATTACKERS),
    attackersTotal: attackers.length,
    campaigns: story.campaigns.filter(
      ({ addresses: members }) => thing.kind === 'address' && members.some((member) => addresses.has(member)),
    ),
    controllers: story.controllers.filter(({ address, affected }) =>
      thing.kind === 'host' ? affected.includes(thing.name) : about.address(address),
    ),
    findings: story.findings.filter(({ session, host, detail }) => {
      if (session !== null) return ids.has(session);
      return thing.kind === 'host' ? host === thing.name : thing.kind === 'address' && namesAddress(detail, thing.name);
    }),
    missing: story.missing.filter(({ host, suspicion }) =>
      thing.kind === 'host' ? host === thing.name : suspicion !== 'low' && sessions.some((one) => one.host === host),
    ),
  };
}

/** What belongs to a thing. */
interface About {
  readonly hop: (hop: Hop) => boolean;
  readonly session: (session: Session) => boolean;
  readonly attacker: (attacker: Attacker) => boolean;
  readonly address: (address: string) => boolean;
}

const no = () => false;

const ABOUT: Readonly<Record<ThingKind, (name: string) => About>> = {
  address: (name) => ({
    hop: ({ from, to }) => from.address === name || to.address === name,
    session: ({ address }) => address === name, // those that name it in a command come by `sessionsBehind`
    attacker: ({ address }) => address === name,
    address: (address) => address === name,
  }),
  user: (name) => ({
    hop: ({ to }) => to.user === name,
    session: ({ user, steps }) => user === name || steps.some((step) => step.user === name || step.asUser === name),
    attacker: ({ names }) => names.includes(name),
    address: no,
  }),
  host: (name) => ({
    hop: ({ to }) => to.host === name,
    session: no, // those of the intruder come by the hops; all others are everyday life
    attacker: ({ hosts }) => hosts.includes(name),
    address: no,
  }),
  key: (name) => ({
    hop: ({ key }) => key === name,
    session: ({ key }) => key?.fingerprint === name,
    attacker: no,
    address: no,
  }),
};

/** Sessions in which the key was laid down, the account was made or the address was named: what came before it was used. */
function sessionsBehind(story: Story, { kind, name }: Thing): ReadonlySet<string> {
  if (kind === 'host') return new Set();
  const isIt = (text: string) => {
    if (kind === 'address') return namesAddress(text, name);
    return kind === 'key' ? keysIn(text).some(({ fingerprint }) => fingerprint === name) : makesAccount(text, name);
  };
  return new Set(story.sessions.filter(({ steps }) => steps.some(({ text }) => isIt(text))).map(({ id }) => id));
}

const ADDING = /^(?:\S{0,80}\/)?(?:useradd|adduser) /;

// By the words of what useradd said, or by its command line.
function makesAccount(text: string, name: string): boolean {
  return (
    text.startsWith(`account ${name} added`) || (ADDING.test(text) && text.slice(0, 2048).split(' ').includes(name))
  );
}

function ancestors(all: readonly Hop[], from: readonly Hop[]): Hop[] {
  const byId = new Map(all.map((hop) => [hop.id, hop]));
  const found = new Set<Hop>();
  for (const start of from) {
    for (let hop: Hop | undefined = start; hop !== undefined && !found.has(hop); hop = byId.get(hop.after ?? ''))
      found.add(hop);
  }
  return [...found];
}

function descendants(all: readonly Hop[], from: readonly Hop[]): Hop[] {
  const children = grouped(all, ({ after }) => after);
  const found = new Set<Hop>();
  const waiting = [...from];
  for (let hop = waiting.pop(); hop !== undefined; hop = waiting.pop()) {
    if (found.has(hop)) continue;
    found.add(hop);
    waiting.push(...(children.get(hop.id) ?? []));
  }
  return inOrder(all, [...found]);
}

function without(hops: readonly Hop[], others: readonly Hop[]): Hop[] {
  const known = new Set(others);
  return hops.filter((hop) => !known.has(hop));
}

function inOrder(all: readonly Hop[], some: readonly Hop[]): Hop[] {
  const wanted = new Set(some);
  return all.filter((hop) => wanted.has(hop));
}
