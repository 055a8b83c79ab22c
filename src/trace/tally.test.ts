import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EcsFields, Event } from '../core/event.ts';
import { Distinct } from './distinct.ts';
import { PairTable } from './pair-table.ts';
import { roleOf } from './role.ts';
import { Tallies, type Tally } from './tally.ts';
import { buffersOf, packTallies } from './tally-pack.ts';
import { TallyTable } from './tally-table.ts';

interface Said {
  readonly address: string;
  readonly user: string | undefined;
  readonly seconds: number;
  readonly host: string;
  readonly count: number;
  readonly what: keyof typeof FIELDS;
}

const LOGIN = { 'event.category': ['authentication'], 'event.type': ['start'] };
const FIELDS = {
  failure: { ...LOGIN, 'event.outcome': 'failure', 'spoor.auth.method': 'password' },
  success: { ...LOGIN, 'event.outcome': 'success', 'spoor.auth.method': 'password' },
  offer: { ...LOGIN, 'event.outcome': 'failure', 'spoor.auth.method': 'publickey' },
  probe: { 'event.category': ['network'], 'event.type': ['end'], 'spoor.preauth': true },
  hostile: {
    'event.category': ['web'],
    'event.kind': 'alert',
    'rule.category': ['sqli'],
    'http.response.status_code': 404,
    'url.path': '/x',
  },
  packet: {
    'event.category': ['network'],
    'event.action': 'firewall',
    'event.type': ['denied'],
    'destination.port': 23,
  },
} satisfies Record<string, EcsFields>;

function eventOf({ address, user, seconds, host, count, what }: Said, line: number): Event {
  const fields: EcsFields = FIELDS[what];
  return {
    ...{ line, lines: 1, count, parser: 'sshd', time: 1_700_000_000_000 + seconds * 1000, certainty: 'exact' },
    ...{ host, process: 'sshd', pid: 1, message: '', fields, shape: null, address, user, raw: `line ${line}` },
  };
}

/** Counts events on threads: `threadOf` says which one reads a task, which is eight events. */
function count(all: readonly Said[], threadOf: (task: number) => number, threads: number): Tallies {
  const tables = Array.from({ length: threads }, () => new TallyTable());
  for (const [index, said] of all.entries()) {
    const event = eventOf(said, index + 1);
    const task = index >> 3;
    tables[threadOf(task)]?.add(event, roleOf(event), task);
  }
  return new Tallies(tables.map(packTallies));
}

function shown(tally: Tally): object {
  const { first, last, firstFailure, firstSuccess, lastSuccess, failures, offers, successes } = tally;
  const { invalidNames, probes, requests, refused, hostile, webFailures, blocked, namesTotal, namesFailed } = tally;
  return {
    ...{ first, last, firstFailure, firstSuccess, lastSuccess, failures, offers, successes },
    ...{ invalidNames, probes, requests, refused, hostile, webFailures, blocked, namesTotal, namesFailed },
    ...{ names: tally.names(), hosts: tally.hosts, categories: tally.categories, targets: tally.targets },
    ...{
      peak: tally.peak(),
      refs: tally.refs,
      signs: tally.signs,
      paths: tally.paths,
      until: [0, 1000, 1e6].map((at) => tally.failuresUntil(1.7e12 + at)),
    },
  };
}

const shownAll = (tallies: Tallies) => [...tallies.byAddress].map(([address, tally]) => [address, shown(tally)]);

const said = fc.record({
  address: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', 'host.example'),
  user: fc.option(fc.constantFrom('root', 'admin', 'x from y', 'müller'), { nil: undefined }),
  seconds: fc.integer({ min: 0, max: 2000 }),
  host: fc.constantFrom('web1', 'db1', ''),
  count: fc.integer({ min: 1, max: 40 }),
  what: fc.constantFrom<(keyof typeof FIELDS)[]>('failure', 'success', 'offer', 'probe', 'hostile', 'packet'),
});

property.prop([fc.array(said, { maxLength: 80 }), fc.array(fc.nat({ max: 2 }), { minLength: 1 })])(
  'any number of threads counts the same',
  (all, turns) => {
    const alone = count(all, () => 0, 1);
    const shared = count(all, (task) => turns[task % turns.length] ?? 0, 3);
    expect(shownAll(shared)).toEqual(shownAll(alone));
  },
);

property.prop([fc.array(said, { maxLength: 60 })])('the same after it went to another thread', (all) => {
  const table = new TallyTable();
  for (const [index, one] of all.entries()) {
    const event = eventOf(one, index + 1);
    table.add(event, roleOf(event), 1);
  }
  const packed = packTallies(table);
  const before = shownAll(new Tallies([structuredClone(packed)]));
  const moved = structuredClone(packed, { transfer: buffersOf(packed) });
  expect(shownAll(new Tallies([moved]))).toEqual(before);
});

test('more names than are kept: about how many there were, on one thread or two', () => {
  const all = Array.from({ length: 6000 }, (_, at): Said => {
    const user = `name${at % 3000}`;
    return { address: '192.0.2.1', user, seconds: at, host: 'web1', count: 1, what: 'failure' };
  });
  const alone = count(all, () => 0, 1).byAddress.get('192.0.2.1');
  const shared = count(all, (task) => (task >> 3) & 1, 2).byAddress.get('192.0.2.1');
  expect(alone?.names()).toHaveLength(256);
  expect(shared?.names()).toEqual(alone?.names());
  expect(shared?.namesTotal).toBe(alone?.namesTotal);
  expect(Math.abs((alone?.namesTotal ?? 0) - 3000)).toBeLessThan(150);
});

property.prop([fc.array(fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: -5, max: 60 })), { maxLength: 400 })])(
  'a table of pairs is a map of maps',
  (pairs) => {
    const table = new PairTable();
    const model = new Map<string, number>();
    for (const [owner, key] of pairs) {
      const found = table.find(owner, key);
      expect(found === -1).toBe(!model.has(`${owner} ${key}`));
      table.count(found === -1 ? table.add(owner, key) : found, 2);
      model.set(`${owner} ${key}`, (model.get(`${owner} ${key}`) ?? 0) + 2);
    }
    const { starts, keys, counts } = table.grouped(21);
    const told = new Map<string, number>();
    for (let owner = 0; owner < 21; owner += 1)
      for (let at = starts[owner] ?? 0; at < (starts[owner + 1] ?? 0); at += 1)
        told.set(`${owner} ${keys[at]}`, counts[at] ?? 0);
    expect(told).toEqual(model);
  },
);

property.prop([fc.array(fc.string({ maxLength: 6 }), { maxLength: 300 })])(
  'counts of different texts add up in any order',
  (texts) => {
    const whole = new Distinct();
    const [one, other] = [new Distinct(), new Distinct()];
    for (const [at, text] of texts.entries()) {
      whole.add(text);
      (at % 2 === 0 ? one : other).add(text);
    }
    one.merge(other);
    expect(one.estimate).toBe(whole.estimate);
    expect(Math.abs(whole.estimate - new Set(texts).size)).toBeLessThanOrEqual(12);
  },
);
