import { describe, expect, test } from 'vitest';
import { type AdviceFacts, adviseActions } from './actions.ts';
import { SessionDraft } from './draft.ts';
import type { Attacker, Entry } from './story.ts';
import type { Hop, HopEnd } from './tracks.ts';
import type { Suspect } from './ways-in.ts';

const KEY = 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU';
const NOTHING: AdviceFacts = {
  suspects: [],
  entries: [],
  sessions: [],
  loose: [],
  hops: [],
  breached: [],
  throughWeb: [],
  attackers: [],
  block: [],
  paths: ['logs'],
  keep: [],
};

const end = (host: string, logs = true, address = ''): HopEnd => ({ host, address, user: 'root', session: null, logs });
const hop = (chain: number, depth: number, from: HopEnd, to: HopEnd, entry: string | null = 'e1') =>
  ({ chain, depth, from, to, entry }) as Hop;

function login(host: string, user: string, fingerprint: string): SessionDraft {
  const draft = new SessionDraft(host, user);
  draft.method = 'publickey';
  draft.fingerprint = fingerprint;
  return draft;
}

const told = (facts: Partial<AdviceFacts>) =>
  adviseActions({ ...NOTHING, ...facts }).map(({ kind, host, target }) => `${kind} ${host} ${target}`);

describe('what to do now', () => {
  test('nothing where nothing was', () => {
    expect(adviseActions(NOTHING)).toEqual([]);
  });

  test('every host on an intruder’s way is kept, and what is not here is collected', () => {
    const hops = [
      hop(1, 1, end('', false, '203.0.113.7'), end('gate')),
      hop(1, 2, end('gate'), end('', false, '10.0.0.12'), null),
      hop(1, 3, end('', false, '10.0.0.12'), end('vault'), null),
      hop(2, 1, end('', false, '192.0.2.9'), end('calm'), null),
    ];
    expect(told({ hops, entries: [{ host: 'gate', user: '' } as Entry] })).toEqual([
      'preserve gate gate',
      'preserve 10.0.0.12 10.0.0.12',
      'preserve vault vault',
      'collect 10.0.0.12 the logs of 10.0.0.12',
    ]);
  });

  test('a breach without a login: its hosts are kept', () => {
    expect(told({ breached: ['shop'] })).toEqual(['preserve shop shop']);
  });

  test('an unknown server on the internet is nobody’s to copy, and its logs are asked for if it is one’s own', () => {
    const hops = [
      hop(1, 1, end('', false, '203.0.113.7'), end('gate')),
      hop(1, 2, end('gate'), end('', false, '9.9.9.9'), null),
    ];
    const actions = adviseActions({ ...NOTHING, hops });
    expect(actions.map(({ kind, host }) => `${kind} ${host}`)).toEqual(['preserve gate', 'collect 9.9.9.9']);
    expect(actions[1]?.reason).toMatch(/^if it is yours/);
  });

  test('a key by which the intruder came on is removed, where that is sure', () => {
    const draft = login('vault', 'root', KEY);
    const sessions = [{ id: 's2', draft, suspect: false }];
    const onward = (confidence: string) => [
      hop(1, 1, end('', false, '203.0.113.7'), end('gate')),
      { ...hop(1, 2, end('gate'), { ...end('vault'), session: 's2' }, null), confidence } as Hop,
    ];
    expect(told({ sessions, hops: onward('high') })).toContain(`remove_key vault ${KEY}`);
    expect(told({ sessions, hops: onward('medium') })).not.toContain(`remove_key vault ${KEY}`);
  });

  test('a key that an intruder holds is removed wherever it opens a login', () => {
    const draft = login('gate', 'anna', KEY);
    const suspects = [{ draft } as Suspect];
    const sessions = [
      { id: 's1', draft, suspect: true },
      { id: 's2', draft: login('vault', 'root', KEY), suspect: false },
      { id: 's3', draft: login('shop', 'tom', 'SHA256:other'), suspect: false },
    ];
    expect(told({ suspects, sessions })).toEqual([`remove_key gate ${KEY}`, `remove_key vault ${KEY}`]);
  });

  test('one letter for each network that attacked', () => {
    const attacker = (address: string, asn?: number) =>
      ({ address, place: asn === undefined ? {} : { asn } }) as Attacker;
    const attackers = [
      attacker('203.0.113.7', 64500),
      attacker('198.51.100.1', 64500),
      attacker('192.0.2.1'),
      attacker('192.0.2.9'),
    ];
    const block = ['203.0.113.7', '198.51.100.1', '192.0.2.0/28'];
    const actions = adviseActions({ ...NOTHING, attackers, block, paths: ["it's", '-x'] });
    expect(actions.map(({ kind, target }) => [kind, target])).toEqual([
      ['block', '3 networks'],
      ['report', '2 networks'],
    ]);
    expect(actions[1]?.command).toBe(`spoor investigate --abuse abuse-reports 'it'\\''s' ./-x`);
  });

  test('first what would be lost, then what lets in, then who tries, then who is to know', () => {
    const entries = [{ host: 'gate', user: 'anna', method: 'password' } as Entry];
    const attackers = [{ address: '203.0.113.7', place: {} } as Attacker];
    expect(told({ entries, attackers, block: ['203.0.113.7'] })).toEqual([
      'preserve gate gate',
      'lock_account gate anna',
      'block  1 network',
      'report  1 network',
    ]);
  });

  test('commands to paste keep what is kept', () => {
    const actions = adviseActions({
      ...NOTHING,
      block: ['203.0.113.7'],
      keep: ['192.0.2.0/24', '2001:db8::/32'],
      paths: ['a b'],
    });
    expect(actions.map(({ command }) => command)).toEqual([
      "spoor investigate --blocklist nft --keep 192.0.2.0/24 --keep '2001:db8::/32' 'a b' | nft -f -",
    ]);
  });
});
