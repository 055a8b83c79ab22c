import { CidrSet } from '../../core/cidr.ts';
import type { Event } from '../../core/event.ts';
import { isBlockable, parseIp } from '../../core/ip.ts';
import type { Attacker, Citation, Entry, Place, Story } from '../../trace/story.ts';
import type { Hop } from '../../trace/tracks.ts';
import type { LineReader } from './line-reader.ts';

/** One line of evidence, and what it says where it was understood. */
export interface Line {
  readonly raw: string;
  readonly event: Event | null;
}

/** One address that is to be reported, with all that speaks against it. */
export interface Case {
  /** Canonical. */
  readonly address: string;
  readonly place: Place;
  readonly attacker: Attacker | null;
  /** Logins from it that are thought an intruder's. */
  readonly entries: readonly Entry[];
  /** How it was entered itself before it was used against us; null when that is not seen. */
  readonly entered: Hop | null;
  readonly first: string | null;
  readonly last: string | null;
  readonly lines: readonly Line[];
}

/** Cases of one network: one letter goes to its keeper. */
export interface NetworkCase {
  readonly asn: number | null;
  /** As the data or the registry calls it; '' when unknown. A stranger's text. */
  readonly organisation: string;
  /** CIDR, where the autonomous system is unknown. */
  readonly range: string;
  readonly cases: readonly Case[];
}

/** Why addresses that attacked are not reported. */
export interface Spared {
  /** Private or kept addresses, such from which somebody logged in whom nothing speaks against, and such that did too little. */
  readonly addresses: number;
  /** Attackers that the story counts and does not list. */
  readonly unlisted: number;
}

export interface CaseOptions {
  readonly keep: readonly string[];
  readonly readLine: LineReader;
  /** Further lines of an address, beside those that the story cites. */
  readonly moreLines?: ReadonlyMap<string, readonly string[]>;
}

const MAX_LINES = 12;

/** Addresses that may be reported: those that may be blocked, which spares good logins, private ranges and kept addresses. */
export function reportable(story: Story, keep: readonly string[]): ReadonlySet<string> {
  const block = CidrSet.from(story.block.filter(isNetwork));
  const kept = CidrSet.from(keep);
  const good = goodLogins(story);
  const may = (address: string): boolean =>
    isBlockable(address) && block.has(address) && !kept.has(address) && !good.has(canonical(address));
  const entered = story.entries.filter(({ confidence }) => confidence !== 'low').map(({ address }) => address);
  const all = [...story.attackers.map(({ address }) => address), ...entered];
  return new Set(all.filter(may).map(canonical));
}

/** Addresses of logins that nothing speaks against. The block list spares them too; a letter accuses, so it is asked twice. */
function goodLogins({ sessions, entries, attackers }: Story): ReadonlySet<string> {
  const theirs = new Set(entries.map(({ session }) => session));
  const hostile = new Set(entries.map(({ address }) => address));
  const good = sessions.filter(({ id, start, state }) => start !== null && state !== 'no_start' && !theirs.has(id));
  const succeeded = attackers.filter(({ successes, address }) => successes > 0 && !hostile.has(address));
  return new Set([...good, ...succeeded].map(({ address }) => canonical(address)));
}

function isNetwork(text: string): boolean {
  try {
    CidrSet.from([text]);
    return true;
  } catch {
    return false;
  }
}

/** All cases by network, the network with the most addresses first, and what was spared. */
export function findCases(story: Story, options: CaseOptions): { networks: NetworkCase[]; spared: Spared } {
  const addresses = reportable(story, options.keep);
  const cases = [...addresses].map((address) => ({ address, attacker: null, entries: [], entered: null }) as Known);
  const byAddress = new Map(cases.map((one) => [one.address, one]));
  for (const attacker of story.attackers) {
    const known = byAddress.get(canonical(attacker.address));
    if (known !== undefined) known.attacker ??= attacker;
  }
  for (const entry of story.entries)
    if (entry.confidence !== 'low') byAddress.get(canonical(entry.address))?.entries.push(entry);
  for (const [address, hop] of enteredBy(story.hops)) {
    const known = byAddress.get(address);
    if (known !== undefined) known.entered = hop;
  }
  const told = cases.map((one) => caseOf(one, options)).filter(({ lines }) => lines.length > 0);
  const spared = {
    addresses: story.attackers.filter(({ address }) => !addresses.has(canonical(address))).length,
    unlisted: Math.max(0, story.totals.attackers - story.attackers.length),
  };
  return { networks: byNetwork(told), spared };
}

/** What the story knows of an address, while it is put together. */
interface Known {
  readonly address: string;
  attacker: Attacker | null;
  readonly entries: Entry[];
  entered: Hop | null;
}

const canonical = (address: string): string => parseIp(address)?.text ?? address;

function caseOf(known: Known, { readLine, moreLines }: CaseOptions): Case {
  const { address, attacker, entries } = known;
  const instants = [attacker?.first, attacker?.last, ...entries.map(({ at }) => at)].filter((at) => at != null).sort();
  const cited = [...(attacker?.evidence ?? []), ...entries.flatMap(({ evidence }) => evidence)];
  return {
    ...known,
    place: attacker?.place ?? entries[0]?.place ?? {},
    first: instants[0] ?? null,
    last: instants.at(-1) ?? null,
    lines: linesOf(cited, moreLines?.get(address) ?? [], readLine, address),
  };
}

/** Machines from which somebody went on to us who had entered them before: by address, the hop into each. */
function enteredBy(hops: readonly Hop[]): Map<string, Hop> {
  const byId = new Map(hops.map((hop) => [hop.id, hop]));
  const entered = new Map<string, Hop>();
  for (const { from, after, confidence } of hops) {
    const into = after === null || confidence === 'low' ? undefined : byId.get(after);
    if (into !== undefined && into.confidence !== 'low') entered.set(canonical(from.address), into);
  }
  return entered;
}

/** Lines that name the address, each once, in the order in which they were found. Others are none of its network's business. */
function linesOf(cited: readonly Citation[], more: readonly string[], readLine: LineReader, address: string): Line[] {
  const raws = new Set([...cited.map(({ raw }) => raw), ...more].filter((raw) => raw !== ''));
  const lines: Line[] = [];
  for (const raw of raws) {
    const event = readLine(raw);
    const of =
      event === null || event.address === '' ? raw.includes(address) : parseIp(event.address)?.text === address;
    if (of) lines.push({ raw, event });
    if (lines.length === MAX_LINES) break;
  }
  return lines.sort((a, b) => timeOf(a) - timeOf(b));
}

const timeOf = ({ event }: Line): number => (Number.isFinite(event?.time) ? (event?.time ?? 0) : 0);

function byNetwork(cases: readonly Case[]): NetworkCase[] {
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const key = one.place.asn === undefined ? rangeOf(one.address) : `AS${one.place.asn}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const networks = [...groups].map(([key, group]) => ({
    asn: group[0]?.place.asn ?? null,
    organisation: group[0]?.place.asn === undefined ? '' : (group[0].place.organisation ?? ''),
    range: group[0]?.place.asn === undefined ? key : '',
    cases: group,
  }));
  return networks.sort((a, b) => b.cases.length - a.cases.length); // stable: then the worst attacker's network
}

/** The /24 or /48 around an address. */
function rangeOf(address: string): string {
  const ip = parseIp(address);
  if (ip === null) return '';
  if (ip.version === 4) return `${ip.text.split('.').slice(0, 3).join('.')}.0/24`;
  const [first, second] = ip.words;
  const group = (word: number): string => word.toString(16);
  return `${group(first >>> 16)}:${group(first & 0xffff)}:${group(second >>> 16)}::/48`;
}
