import { isBlockable } from '../../core/ip.ts';
import type { Judged } from '../attackers.ts';
import type { Citation, Confidence, Entry } from '../story.ts';
import type { Ref } from '../tally.ts';
import type { Campaign, Motive } from '../tracks.ts';
import type { Crowd } from './crowd.ts';
import { holdsWord, isDefaultName, looksParticular, ownWords } from './known-names.ts';
import { hostsOf, linesOf, listed, many, motive } from './telling.ts';
import { targetOf } from './web-targets.ts';

export interface AimFacts {
  readonly judged: readonly Judged[];
  readonly crowd: Crowd;
  readonly entries: readonly Entry[];
  readonly campaigns: readonly Campaign[];
  /** Accounts that are seen to exist, the ones that intruders made not among them. */
  readonly accounts: ReadonlySet<string>;
  /** Hosts whose logs are at hand. */
  readonly hosts: readonly string[];
  readonly citeRef: (ref: Ref) => Citation;
}

/** What speaks for an aimed attack (above 0) or for one on anybody (below). */
interface Sign {
  readonly weight: number;
  readonly text: string;
}

const FEW_TRIES = 50;
const FEW_NAMES = 5;
const MANY_NAMES = 20;
const MANY_TRIES = 1000;
const LARGE_CAMPAIGN = 10;
/** This many, and it makes sense to say of all what they are. */
const ENOUGH = 3;

/** Aimed at you or at anybody: of those who got in from outside, and of all the others. */
export function findAim(facts: AimFacts): Motive[] {
  return [...aimOfIntruders(facts), ...aimOfOthers(facts)];
}

/** Those that came from outside and not with what an earlier one left behind. */
function firstEntries(entries: readonly Entry[]): Entry[] {
  const outside = entries.filter(({ address }) => isBlockable(address));
  const [first] = outside;
  return outside.filter(({ address }) => address === first?.address);
}

function aimOfIntruders(facts: AimFacts): Motive[] {
  const entries = firstEntries(facts.entries);
  const [first] = entries;
  if (first === undefined) return [];
  const found = facts.judged.find(({ address }) => address === first.address);
  const signs = [...signsOfLogin(first, found, facts), ...signsOfCrowd(first.address, facts)];
  const score = signs.reduce((sum, { weight }) => sum + weight, 0);
  return [
    motive('aim', {
      ...judge('The intruder', score, signs),
      hosts: entries.map(({ host }) => host),
      count: entries.length,
      evidence: [...first.evidence, ...(found === undefined ? [] : linesOf([found], facts.citeRef))],
    }),
  ];
}

function signsOfLogin(entry: Entry, found: Judged | undefined, facts: AimFacts): Sign[] {
  const names = (found?.tally.names() ?? []).filter((name) => name !== '');
  const total = found?.tally.namesTotal ?? 0;
  const holes = (found === undefined ? [] : facts.crowd.pathsOf(found)).filter((path) => targetOf(path) !== '');
  const signs = [
    signOfAccount(entry, names),
    signOfOwnWord(names, facts.hosts),
    signOfTries(entry, names),
    signOfList(names, total),
    holes.length > 0
      ? { weight: -1, text: `it asked for ${many(holes.length, 'page')} of common software as well` }
      : null,
  ];
  return signs.filter((sign) => sign !== null);
}

function signOfAccount({ user }: Entry, names: readonly string[]): Sign | null {
  if (user !== '' && isDefaultName(user)) return { weight: -2, text: `${user} is a name that is tried everywhere` };
  if (names.length === 0 || names.some((name) => name !== user) || !looksParticular(user)) return null;
  return { weight: 2, text: `the only name tried was ${user}, which stands in no common list and exists here` };
}

function signOfOwnWord(names: readonly string[], hosts: readonly string[]): Sign | null {
  const words = ownWords(hosts);
  const own = names.find((name) => !isDefaultName(name) && holdsWord(name, words));
  return own === undefined ? null : { weight: 2, text: `the name ${own} holds a word of your own hosts’ names` };
}

function signOfTries({ failuresBefore: tries, method }: Entry, names: readonly string[]): Sign | null {
  const counted = many(tries, 'try', 'tries');
  if (tries === 0) return method === 'password' ? { weight: 1, text: 'the first password was right' } : null;
  if (tries >= MANY_TRIES) return { weight: -1, text: `it took ${counted}` };
  return tries <= FEW_TRIES && names.length <= FEW_NAMES ? { weight: 1, text: `it took only ${counted}` } : null;
}

function signOfList(names: readonly string[], total: number): Sign | null {
  const common = names.filter((name) => isDefaultName(name)).length;
  if (names.length >= ENOUGH && common * 2 >= names.length)
    return {
      weight: -2,
      text: `of ${many(names.length, 'name')} tried, ${common.toLocaleString('en-US')} are tried everywhere`,
    };
  return total >= MANY_NAMES ? { weight: -1, text: `${many(total, 'name')} were tried from a list` } : null;
}

function signsOfCrowd(address: string, { campaigns }: AimFacts): Sign[] {
  const campaign = campaigns.find(({ addresses }) => addresses.length >= LARGE_CAMPAIGN && addresses.includes(address));
  if (campaign === undefined) return [];
  return [{ weight: -2, text: `${many(campaign.addresses.length, 'address', 'addresses')} did the same` }];
}

function judge(
  who: string,
  score: number,
  signs: readonly Sign[],
): { title: string; detail: string; confidence: Confidence } {
  const said = (side: number) => signs.filter(({ weight }) => Math.sign(weight) === side).map(({ text }) => text);
  const [aimed, chance] = [said(1), said(-1)];
  const sure = Math.abs(score) >= 4 && (aimed.length === 0 || chance.length === 0) ? 'high' : 'medium';
  if (score >= 3) return { title: `${who}: aimed at you`, detail: both(aimed, chance), confidence: sure };
  if (score <= -2) return { title: `${who}: after anybody`, detail: both(chance, aimed), confidence: sure };
  const detail = signs.length === 0 ? 'nothing speaks for one or the other' : both(aimed, chance);
  return { title: `${who}: aimed or by chance, cannot tell`, detail, confidence: 'low' };
}

function both(forIt: readonly string[], against: readonly string[]): string {
  if (forIt.length === 0) return against.join('; ');
  return against.length === 0 ? forIt.join('; ') : `${forIt.join('; ')}. Against it: ${against.join('; ')}`;
}

function aimOfOthers({ crowd, accounts, hosts, citeRef }: AimFacts): Motive[] {
  const { worst: others } = crowd.others;
  if (others.length === 0) return [];
  const words = ownWords(hosts);
  const knowing: Judged[] = [];
  const rest: Judged[] = [];
  const named = new Set<string>();
  let common = 0;
  for (const one of others) {
    const names = one.tally.names().filter((name) => name !== '');
    const telling = names.filter((name) => isTelling(name, accounts, words));
    if (telling.length > 0 && telling.length * 2 >= names.length) {
      knowing.push(one);
      for (const name of telling) named.add(name);
    } else {
      rest.push(one);
      if (isCommon(one, names, crowd)) common += 1;
    }
  }
  return [
    ...(knowing.length > 0 ? [aimed(knowing, [...named], citeRef)] : []),
    ...(rest.length > 0 ? [byChance(rest, common, crowd.others.isCut, citeRef)] : []),
  ];
}

/** A name that somebody must know who tries it: one of an account here that no list holds, or with your own words in it. */
function isTelling(name: string, accounts: ReadonlySet<string>, words: ReadonlySet<string>): boolean {
  if (isDefaultName(name)) return false;
  return (accounts.has(name) && looksParticular(name)) || holdsWord(name, words);
}

function isCommon(one: Judged, names: readonly string[], crowd: Crowd): boolean {
  const { kinds } = one;
  if (names.length > 0) return names.filter(isDefaultName).length * 2 >= names.length || names.length >= MANY_NAMES;
  if (kinds.includes('scanner') || kinds.includes('port_scan')) return true;
  return crowd.pathsOf(one).some((path) => targetOf(path) !== '');
}

function aimed(knowing: readonly Judged[], names: readonly string[], citeRef: (ref: Ref) => Citation): Motive {
  const who = `${many(knowing.length, 'address', 'addresses')} tried`;
  return motive('aim', {
    title: 'Some others: aimed at you',
    detail: `${who} names that only somebody who knows you would try: ${listed(names.toSorted())}`,
    hosts: hostsOf(knowing),
    count: knowing.length,
    confidence: knowing.length >= ENOUGH || names.length >= ENOUGH ? 'medium' : 'low',
    evidence: linesOf(knowing, citeRef, ...names),
  });
}

function byChance(others: readonly Judged[], common: number, isCut: boolean, citeRef: (ref: Ref) => Citation): Motive {
  const all = `${isCut ? 'the worst ' : ''}${many(others.length, 'address', 'addresses')}`;
  const told = common * 2 >= others.length && common > 0;
  return motive('aim', {
    title: told ? 'The others: after anybody' : 'The others: aimed or by chance, cannot tell',
    detail: told
      ? `${common.toLocaleString('en-US')} of ${all} tried names or pages that are tried everywhere`
      : `of ${all}, ${common.toLocaleString('en-US')} tried names or pages that are tried everywhere; nothing tells of the rest`,
    hosts: hostsOf(others),
    count: others.length,
    confidence: told ? (common * 10 >= others.length * 9 ? 'high' : 'medium') : 'low',
    evidence: linesOf(others, citeRef),
  });
}
