import { test as property } from '@fast-check/vitest';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Event } from '../../core/event.ts';
import { roleOf } from '../role.ts';
import { Tallies } from '../tally.ts';
import { packTallies } from '../tally-pack.ts';
import { TallyTable } from '../tally-table.ts';
import { crowdOf } from './crowd.ts';
import { MAX_NAMES, NameLists } from './name-lists.ts';

const FIELDS = {
  'event.category': ['authentication'],
  'event.type': ['start'],
  'event.outcome': 'failure',
  'spoor.auth.method': 'password',
};

interface Try {
  readonly address: number;
  readonly name: number;
  readonly seconds: number;
}

function eventOf({ address, name, seconds }: Try, line: number): Event {
  return {
    ...{ line, lines: 1, count: 1, parser: 'sshd', time: 1_700_000_000_000 + seconds * 1000, certainty: 'exact' },
    ...{ host: `h${name % 2}`, process: 'sshd', pid: 1, message: '', fields: FIELDS, shape: null },
    ...{ address: `10.${address}.0.1`, user: `n${name}`, raw: '' },
  };
}

/** Counts on threads: each task, which is four tries, on its own. */
function counted(tries: readonly Try[], threads: number): Tallies {
  const tables = Array.from({ length: threads }, () => new TallyTable());
  for (const [at, one] of tries.entries()) {
    const event = eventOf(one, at % 4);
    tables[(at >> 2) % threads]?.add(event, roleOf(event), at >> 2);
  }
  return new Tallies(tables.map(packTallies));
}

const tries = fc.array(fc.record({ address: fc.integer({ min: 0, max: 3 }), name: fc.nat(60), seconds: fc.nat(40) }), {
  maxLength: 300,
});

property.prop([tries, fc.integer({ min: 1, max: 4 })])(
  'names of an address are those that its counts tell, in their order, on any number of threads',
  (all, threads) => {
    const lists = new NameLists();
    const numbers = new Map<string, number>();
    for (const tally of counted(all, threads).byAddress.values()) {
      lists.read(tally);
      const names = tally.names().slice(0, MAX_NAMES);
      for (const name of names) if (!numbers.has(name)) numbers.set(name, numbers.size);
      expect([...lists.words.subarray(0, lists.size)]).toEqual(names.map((name) => numbers.get(name)));
    }
  },
);

property.prop([tries, fc.integer({ min: 2, max: 4 })])(
  'a crowd is the same on any number of threads',
  (all, threads) => {
    const [one, more] = [1, threads].map((count) => crowdOf([...counted(all, count).byAddress]));
    for (const key of ['addresses', 'traits', 'wordCounts', 'rarest', 'attempts', 'hosts', 'kinds'] as const)
      expect(more?.[key]).toEqual(one?.[key]);
  },
);
