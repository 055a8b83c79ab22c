import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { aggregate, CidrSet } from '../../core/cidr.ts';
import { without } from '../../core/cidr-without.ts';
import { canonicalIp, isBlockable } from '../../core/ip.ts';
import { SPECIAL } from '../../core/special.ts';
import type { Judged } from '../attackers.ts';
import { SessionDraft } from '../draft.ts';
import type { NamedSession } from '../findings.ts';
import type { Entry } from '../story.ts';
import type { Tally } from '../tally.ts';
import type { Campaign } from '../tracks.ts';
import { type BlockFacts, blockList } from './block.ts';

const NOTHING = { failures: 0, invalidNames: 0, hostile: 0, webFailures: 0, probes: 0, blocked: 0, successes: 0 };
const counts = (given: Partial<typeof NOTHING>) => ({ ...NOTHING, ...given }) as unknown as Tally;
const entry = (address: string) => ({ address }) as Entry;
const campaign = (given: Partial<Campaign>) =>
  ({ kind: 'guessing', confidence: 'high', addresses: [], cidrs: [], ...given }) as unknown as Campaign;

function session(address: string, suspect: boolean): NamedSession {
  const draft = new SessionDraft('web', 'anna');
  draft.address = address;
  draft.start = 1;
  draft.seen.login = true;
  return { id: 's', draft, suspect };
}

function facts(
  given: Partial<BlockFacts> & { guesses?: Readonly<Record<string, Partial<typeof NOTHING>>> },
): BlockFacts {
  const tallies = new Map(Object.entries(given.guesses ?? {}).map(([address, tally]) => [address, counts(tally)]));
  const judged = [...tallies].map(([address, tally]): Judged => ({ address, tally, kinds: ['password_guessing'] }));
  return { judged, tallies, entries: [], sessions: [], campaigns: [], relays: new Set(), keep: [], ...given };
}

describe('the block list', () => {
  test('holds who tried often enough, and no one else', () => {
    const guesses = { '203.0.113.5': { failures: 3 }, '203.0.113.6': { failures: 2 }, '10.0.0.9': { failures: 900 } };
    expect(blockList(facts({ guesses }))).toEqual(['203.0.113.5']);
  });

  test('holds all that acted as one, however little each did', () => {
    const addresses = ['203.0.113.6', '203.0.113.7'];
    expect(blockList(facts({ campaigns: [campaign({ addresses })] }))).toEqual(['203.0.113.6/31']);
    expect(blockList(facts({ campaigns: [campaign({ addresses, confidence: 'low' })] }))).toEqual([]);
  });

  test('spares those who pass on what others ask, also where they act alike', () => {
    const guesses = { '203.0.113.5': { hostile: 30 }, '203.0.113.9': { hostile: 30 } };
    const campaigns = [campaign({ addresses: ['203.0.113.5', '203.0.113.9'] })];
    expect(blockList(facts({ guesses, campaigns, relays: new Set(['203.0.113.5']) }))).toEqual(['203.0.113.9']);
  });

  test('splits a flood’s network around somebody who logged in', () => {
    const guesses = { '203.0.113.2': { successes: 1 } };
    const campaigns = [campaign({ kind: 'flood', addresses: ['203.0.113.0'], cidrs: ['203.0.113.0/30'] })];
    expect(blockList(facts({ guesses, campaigns }))).toEqual(['203.0.113.0/31', '203.0.113.3']);
  });

  test('spares an address that an intruder shares with somebody who belongs here', () => {
    const entries = [entry('203.0.113.9')];
    expect(blockList(facts({ entries, sessions: [session('203.0.113.9', true)] }))).toEqual(['203.0.113.9']);
    expect(blockList(facts({ entries, sessions: [session('203.0.113.9', false)] }))).toEqual([]);
  });
});

// Addresses close together, on both sides of the edges of private and shared ranges, of both families, and mapped ones.
const address = fc.oneof(
  fc.nat(31).map((last) => `198.51.100.${last}`),
  fc.nat(15).map((last) => `172.15.255.${240 + last}`),
  fc.nat(15).map((last) => `172.16.0.${last}`),
  fc.nat(15).map((last) => `100.63.255.${240 + last}`),
  fc.nat(15).map((last) => `100.64.0.${last}`),
  fc.nat(31).map((last) => `2001:db8::${last.toString(16)}`),
  fc.constantFrom(
    '127.0.0.1',
    '::1',
    'fe80::1',
    'fc00::1',
    '224.0.0.1',
    '2002:a00:1::1',
    '64:ff9b::c0a8:1',
    '9.255.255.255',
  ),
);
const network = fc
  .tuple(address, fc.nat(10))
  .map(([base, free]) => `${base}/${(base.includes(':') ? 128 : 32) - free}`);
const mapped = fc.nat(31).map((last) => `::ffff:198.51.100.${last}`);
const actor = fc.record({
  address,
  failures: fc.constantFrom(0, 2, 50),
  successes: fc.constantFrom(0, 0, 1),
  session: fc.constantFrom('none', 'none', 'good', 'suspect'),
});

property.prop([
  fc.uniqueArray(actor, { selector: (one) => one.address, maxLength: 30 }),
  fc.array(fc.oneof(address, network, mapped), { maxLength: 6 }),
  fc.array(network, { maxLength: 6 }),
  fc.array(address, { maxLength: 6 }),
])('nobody who logged in well, nothing private, nothing kept is ever blocked', (actors, keep, cidrs, members) => {
  const guesses = Object.fromEntries(
    actors.map(({ address, failures, successes }) => [address, { failures, successes }]),
  );
  const sessions = actors
    .filter((one) => one.session !== 'none')
    .map((one) => session(one.address, one.session === 'suspect'));
  const entries = actors.filter((one) => one.session === 'suspect').map((one) => entry(one.address));
  const campaigns = [campaign({ kind: 'flood', cidrs }), campaign({ addresses: members })];
  const block = blockList(facts({ guesses, sessions, entries, campaigns, keep }));
  const good = actors
    .filter((one) => one.session === 'good' || (one.successes > 0 && one.session !== 'suspect'))
    .map((one) => one.address);
  expect(without(block, [...keep, ...SPECIAL, ...good])).toEqual(block);
  expect(aggregate(block)).toEqual(block);
  const [blocked, spared] = [CidrSet.from(block), CidrSet.from([...keep, ...good])];
  for (const { address, failures, successes, session: seen } of actors) {
    const bad = seen === 'suspect' || (failures >= 3 && successes === 0);
    const sought = canonicalIp(address) ?? '';
    if (bad && isBlockable(sought) && !spared.has(sought)) expect(blocked.has(sought)).toBe(true);
  }
});
